"""Leave: a customer cancels a plan, stays for a coupon, or takes a cancellation back."""

from typing import Any

from starlette.responses import Response

from prorata.engine.portal.end_plan import (
    Ending,
    end_plan,
    feedback_options,
    foresee_end,
    has_coupon,
    renew_plan,
    stay_for,
)
from prorata.engine.portal.limits import why_no_cancel
from prorata.engine.portal.open_session import Guest
from prorata.model.errors import InvalidRequest
from prorata.resources.billing.subscription import Subscription
from prorata.resources.portal.session import Retention
from prorata.resources.products.coupon import Coupon
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.languages import Language
from prorata.web.portal.home import do_here
from prorata.web.portal.plans import own_subscription, plan
from prorata.web.portal.stay import Stay
from prorata.web.portal.wording import coupon_text, reason_text


def cancel(stay: Stay) -> Response:
    """Answer the question whether a plan is really to end; first an offer, if there is one."""
    try:
        return stay.show("portal/cancel.html", lambda tx, guest: _question(stay, tx, guest))
    except InvalidRequest as error:
        return stay.dead_end(error, stay.text("This plan cannot be canceled"))


def end(stay: Stay) -> Response:
    """Cancel a plan."""
    id, form = stay.visit.parts[4], stay.visit.form

    def take(tx: UnitOfWork, guest: Guest) -> None:
        end_plan(
            tx, guest.configuration.features, own_subscription(tx, guest, id),
            seen=form.get("seen", ""), feedback=form.get("feedback") or None,
            comment=form.get("comment", "").strip() or None,
        )  # fmt: skip

    return stay.try_to(
        take, "portal/cancel.html", lambda tx, guest: _question(stay, tx, guest), "canceled"
    )


def accept(stay: Stay) -> Response:
    """Give the customer the coupon that was offered for staying."""
    id = stay.visit.parts[4]

    def take(tx: UnitOfWork, guest: Guest) -> None:
        offer = _retention(guest, id)
        if offer is None or offer.coupon_offer is None:
            raise InvalidRequest("Nothing was offered for this subscription.")
        stay_for(tx, own_subscription(tx, guest, id), offer.coupon_offer.coupon)

    return stay.try_to(
        take,
        "portal/cancel.html",
        lambda tx, guest: _question(stay, tx, guest, offers=False),
        "stayed",
    )


def renew(stay: Stay) -> Response:
    """Take a cancellation back."""
    id = stay.visit.parts[4]

    def take(tx: UnitOfWork, guest: Guest) -> None:
        renew_plan(tx, guest.configuration.features, own_subscription(tx, guest, id))

    return do_here(stay, take, "renewed")


def _retention(guest: Guest, id: str) -> Retention | None:
    about = guest.flow.subscription_cancel if guest.flow is not None else None
    return about.retention if about is not None and about.subscription == id else None


def _outlook(language: Language, ending: Ending, currency: str) -> list[str]:
    """Return what is said of a cancellation: when the plan ends, and what is still to be paid."""
    _ = language.text
    said = []
    if ending.at is None:
        said.append(_("Your plan will end at once, and nothing more is charged."))
        if ending.credit:
            said.append(_(
                "What you have paid for the time from now on becomes credit for your next"
                " invoices: {amount}.",
                amount=language.amount(ending.credit, currency),
            ))  # fmt: skip
    elif ending.next is None:
        said.append(_(
            "Your plan will end on {date}. Until then you can use it, and nothing more is charged.",
            date=language.date(ending.at),
        ))  # fmt: skip
    else:
        said.append(_(
            "Your plan will end on {date}. Until then you can use it, and what it costs is charged"
            " as before.",
            date=language.date(ending.at),
        ))  # fmt: skip
        said.append(_(
            "As it stands, {amount} are charged on {date}.",
            amount=language.amount(ending.next.amount_due, currency),
            date=language.date(ending.next.period_end),
        ))  # fmt: skip
    if ending.owed:
        said.append(_(
            "Your last invoice is not paid yet: {amount} are still open.",
            amount=language.amount(ending.owed, currency),
        ))  # fmt: skip
    return said


def _question(stay: Stay, tx: UnitOfWork, guest: Guest, *, offers: bool = True) -> dict[str, Any]:
    id, language = stay.visit.parts[4], stay.language
    features = guest.configuration.features
    subscription = own_subscription(tx, guest, id)
    reason = why_no_cancel(tx, features, subscription)
    if reason is not None:
        raise InvalidRequest(reason)
    ending = foresee_end(tx, features, id)
    subscription = tx.get(Subscription, id)
    asked = features.subscription_cancel.cancellation_reason
    retention = _retention(guest, id)
    offer = None
    if offers and retention is not None and stay.visit.query.get("offer") != "declined":
        coupon = tx.look(Coupon, retention.coupon_offer.coupon if retention.coupon_offer else None)
        had = coupon is not None and has_coupon(tx, subscription, coupon.id)
        if coupon is not None and not had and stay.visit.method == "GET":
            offer = coupon_text(language, coupon, subscription.currency)
    return {
        "title": stay.text("Before you go") if offer else stay.text("Cancel your plan"),
        "id": id,
        "plan": plan(tx, guest, id, language),
        "says": _outlook(language, ending, subscription.currency),
        "seen": ending.mark,
        "offer": offer,
        "asks": asked.enabled,
        "reasons": [
            *((each, reason_text(language, each)) for each in asked.options if each != "other"),
            *((each.id, each.description) for each in feedback_options(tx, asked)),
            *((each, reason_text(language, each)) for each in asked.options if each == "other"),
        ],
        "sent": stay.visit.form,
    }
