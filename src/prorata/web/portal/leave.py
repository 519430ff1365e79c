"""Leave: a customer cancels a plan, pauses it, stays for a coupon, or comes back."""

from typing import Any

from starlette.responses import Response

from prorata.engine.portal.end_plan import end_plan, ends_at, feedback_options, renew_plan, stay_for
from prorata.engine.portal.limits import why_no_cancel, why_no_pause
from prorata.engine.portal.open_session import Guest
from prorata.engine.portal.pause_plan import goes_on_at, pause_plan, resume_plan
from prorata.model.errors import APIError, InvalidRequest
from prorata.resources.portal.configuration import PauseInterval
from prorata.resources.portal.session import Retention
from prorata.resources.products.coupon import Coupon
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.visit import see_other
from prorata.web.portal.home import do_here, with_error
from prorata.web.portal.payment import conclude
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
            feedback=form.get("feedback") or None, comment=form.get("comment", "").strip() or None,
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


def pause(stay: Stay) -> Response:
    """Answer the question for how long a plan is to stand still."""
    try:
        return stay.show("portal/pause.html", lambda tx, guest: _pause_question(stay, tx, guest))
    except InvalidRequest as error:
        return stay.dead_end(error, stay.text("This plan cannot be paused"))


def stand_still(stay: Stay) -> Response:
    """Pause a plan."""
    id, wanted = stay.visit.parts[4], stay.visit.form.get("interval", "")
    unit, _, count = wanted.partition("-")

    def take(tx: UnitOfWork, guest: Guest) -> None:
        options = guest.configuration.features.subscription_pause.duration.interval_options
        chosen = [each for each in options if (each.interval, str(each.interval_count)) ==
                  (unit, count)]  # fmt: skip
        pause_plan(
            tx, guest.configuration.features, own_subscription(tx, guest, id),
            chosen[0] if chosen else None,
        )  # fmt: skip

    return stay.try_to(
        take, "portal/pause.html", lambda tx, guest: _pause_question(stay, tx, guest), "paused"
    )


def resume(stay: Stay) -> Response:
    """Let a paused plan go on, once it is paid."""
    id = stay.visit.parts[4]
    try:
        stay.do(lambda tx, guest: resume_plan(tx, guest.configuration.features,
                                              own_subscription(tx, guest, id)))  # fmt: skip
    except APIError as error:
        return with_error(stay, error)
    return _conclude_resumption(stay, id)


def resumed(stay: Stay) -> Response:
    """Receive a customer who comes back from its bank."""
    return _conclude_resumption(stay, stay.visit.parts[4], back=True)


def _conclude_resumption(stay: Stay, id: str, *, back: bool = False) -> Response:
    paid = conclude(stay, id, "resumed", back=back)
    if paid is None:
        return stay.to()
    if isinstance(paid, APIError):
        return with_error(stay, paid)
    return see_other(paid.url) if paid.url is not None else stay.to(done="resumed")


def _retention(guest: Guest, id: str) -> Retention | None:
    about = guest.flow.subscription_cancel if guest.flow is not None else None
    return about.retention if about is not None and about.subscription == id else None


def _question(stay: Stay, tx: UnitOfWork, guest: Guest, *, offers: bool = True) -> dict[str, Any]:
    id, language = stay.visit.parts[4], stay.language
    features = guest.configuration.features
    subscription = own_subscription(tx, guest, id)
    reason = why_no_cancel(tx, features, subscription)
    if reason is not None:
        raise InvalidRequest(reason)
    at = ends_at(features, subscription)
    asked = features.subscription_cancel.cancellation_reason
    retention = _retention(guest, id)
    offer = None
    if offers and retention is not None and stay.visit.query.get("offer") != "declined":
        coupon = tx.look(Coupon, retention.coupon_offer.coupon if retention.coupon_offer else None)
        if coupon is not None and stay.visit.method == "GET":
            offer = coupon_text(language, coupon, subscription.currency)
    return {
        "title": stay.text("Before you go") if offer else stay.text("Cancel your plan"),
        "id": id,
        "plan": plan(tx, guest, id, language),
        "ends": None if at is None else language.date(at),
        "offer": offer,
        "asks": asked.enabled,
        "reasons": [
            *((each, reason_text(language, each)) for each in asked.options if each != "other"),
            *((each.id, each.description) for each in feedback_options(tx, asked)),
            *((each, reason_text(language, each)) for each in asked.options if each == "other"),
        ],
        "sent": stay.visit.form,
    }


def _pause_question(stay: Stay, tx: UnitOfWork, guest: Guest) -> dict[str, Any]:
    id, language = stay.visit.parts[4], stay.language
    features = guest.configuration.features
    reason = why_no_pause(tx, features, own_subscription(tx, guest, id))
    if reason is not None:
        raise InvalidRequest(reason)
    duration = features.subscription_pause.duration
    return {
        "title": stay.text("Pause your plan"),
        "id": id,
        "plan": plan(tx, guest, id, language),
        "intervals": [
            (
                f"{each.interval}-{each.interval_count}",
                _span(stay, each),
                stay.text("until {date}", date=language.date(goes_on_at(tx.now, each))),
            )
            for each in duration.interval_options
        ]
        if duration.type == "interval_options"
        else [],
    }


def _span(stay: Stay, each: PauseInterval) -> str:
    """Return a time as it is counted: `2 months`."""
    count, language = each.interval_count, stay.language
    return {
        "day": language.count_text("{number} day", "{number} days", count),
        "week": language.count_text("{number} week", "{number} weeks", count),
        "month": language.count_text("{number} month", "{number} months", count),
        "year": language.count_text("{number} year", "{number} years", count),
    }[each.interval]
