"""Rest: a customer pauses a plan for a while, and lets it go on, for what that costs."""

from typing import Any

from starlette.responses import Response

from prorata.engine.portal.limits import paused_by_trial, why_no_pause
from prorata.engine.portal.open_session import Guest
from prorata.engine.portal.pause_plan import (
    credit_of_pause,
    foresee_resumption,
    goes_on_at,
    pause_plan,
    resume_plan,
)
from prorata.model.errors import APIError, InvalidRequest
from prorata.resources.portal.configuration import PauseInterval
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.visit import see_other
from prorata.web.portal.bills import bill
from prorata.web.portal.payment import conclude
from prorata.web.portal.plans import own_subscription, plan
from prorata.web.portal.stay import Stay
from prorata.web.portal.wording import problem_text


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
        if wanted and not chosen:
            # The page offered it, and pauses are without an end by now.
            raise InvalidRequest("This pause is not offered.", param="interval")
        pause_plan(
            tx, guest.configuration.features, own_subscription(tx, guest, id),
            chosen[0] if chosen else None,
        )  # fmt: skip

    return stay.try_to(
        take, "portal/pause.html", lambda tx, guest: _pause_question(stay, tx, guest), "paused"
    )


def resume(stay: Stay) -> Response:
    """Answer what it costs that a paused plan goes on, to be confirmed."""
    try:
        return _resumption(stay)
    except InvalidRequest as error:
        return stay.dead_end(error, stay.text("This plan cannot be resumed"))


def go_on(stay: Stay) -> Response:
    """Let a paused plan go on, once it is paid."""
    id, shown = stay.visit.parts[4], stay.visit.form.get("due", "")
    due = int(shown) if shown.isascii() and shown.isdigit() and len(shown) <= 12 else -1
    seen = stay.visit.form.get("seen", "")

    def take(tx: UnitOfWork, guest: Guest) -> None:
        own_subscription(tx, guest, id)
        resume_plan(tx, guest.configuration.features, guest.customer, id, due, seen)

    try:
        stay.do_counted(take)
    except APIError as error:
        return _resumption_failed(stay, error)
    return _conclude_resumption(stay, id)


def resumed(stay: Stay) -> Response:
    """Receive a customer who comes back from its bank."""
    return _conclude_resumption(stay, stay.visit.parts[4], back=True)


def _conclude_resumption(stay: Stay, id: str, *, back: bool = False) -> Response:
    paid = conclude(stay, id, "resumed", back=back)
    if paid is None:
        return stay.to()
    if isinstance(paid, APIError):
        return _resumption_failed(stay, paid)
    return see_other(paid.url) if paid.url is not None else stay.to(done="resumed")


def _resumption_failed(stay: Stay, error: APIError) -> Response:
    wrong = problem_text(stay.language, error)
    return _resumption(stay, status=error.status, error=wrong)


def _resumption(stay: Stay, *, status: int = 200, **context: Any) -> Response:
    return stay.show(
        "portal/resume.html", lambda tx, guest: _cost(stay, tx, guest), status=status, **context
    )


def _cost(stay: Stay, tx: UnitOfWork, guest: Guest) -> dict[str, Any]:
    """Return what a resumption leads to, as its page tells it."""
    id, language = stay.visit.parts[4], stay.language
    starts = paused_by_trial(own_subscription(tx, guest, id))
    found = foresee_resumption(tx, guest.configuration.features, id)
    present = plan(tx, guest, id, language)
    invoice = found.invoice
    return {
        "title": stay.text("Start your plan") if starts else stay.text("Resume your plan"),
        "id": id,
        "plan": present,
        "bill": bill(tx, language, invoice) if invoice is not None else None,
        "seen": found.mark,
        "due": found.due,
        "due_text": language.amount(found.due, invoice.currency) if invoice is not None else "",
        "until": language.date(found.until) if found.until is not None else None,
        "method": present.method,
    }


def _pause_question(stay: Stay, tx: UnitOfWork, guest: Guest) -> dict[str, Any]:
    id, language = stay.visit.parts[4], stay.language
    features = guest.configuration.features
    subscription = own_subscription(tx, guest, id)
    reason = why_no_pause(tx, features, subscription)
    if reason is not None:
        raise InvalidRequest(reason)
    currency, credit = subscription.currency, credit_of_pause(tx, id)
    duration = features.subscription_pause.duration
    return {
        "title": stay.text("Pause your plan"),
        "id": id,
        "plan": plan(tx, guest, id, language),
        "credit": language.amount(credit, currency) if credit else None,
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
