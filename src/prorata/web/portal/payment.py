"""Payment: what became of what a change of a plan costs, and whether its bank wants to be seen."""

from prorata.engine.portal.open_session import Guest
from prorata.engine.portal.payment_outcome import Outcome, outcome_of
from prorata.engine.subscriptions.pending_update import discard_pending_update
from prorata.model.errors import APIError, InvalidRequest
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.portal.plans import own_subscription
from prorata.web.portal.stay import Stay


def conclude(stay: Stay, id: str, page: str, *, back: bool) -> Outcome | APIError | None:
    """Return what became of a change's payment, or why it failed: then the change is given up.

    None where somebody comes back from a bank that was not asked.

    The outcome has a `url` where the customer is to go to its bank, which leads back to `page`.
    back: it comes from there, and is not sent again; but where another window has confirmed anew
    meanwhile, it is sent to where that one has been.
    """
    asked = stay.visit.query.get("payment_intent")

    def is_anothers(outcome: Outcome) -> bool:
        return back and asked is not None and outcome.intent != asked

    def see(tx: UnitOfWork, guest: Guest) -> Outcome | None:
        subscription, private = own_subscription(tx, guest, id), guest.session.private
        if back and private.at_bank != id:
            return None
        outcome = outcome_of(tx, subscription, stay.absolute("subscriptions", id, page))
        if outcome.state == "action" and is_anothers(outcome):
            return outcome
        if outcome.state == "declined" or (back and outcome.state == "action"):
            discard_pending_update(tx, subscription)
        private.at_bank = id if outcome.url is not None and not back else None
        offer = private.offer
        if outcome.state in ("made", "processing") and offer and offer.subscription == id:
            private.offer = None
        return outcome

    outcome = stay.carry_out(see)
    if outcome is None:
        return None
    waits = outcome.state == "action" and outcome.url is not None
    waits = waits and (not back or is_anothers(outcome))
    if waits or outcome.state in ("made", "processing"):
        return outcome
    return InvalidRequest(outcome.message or "", code=outcome.code or "card_declined", status=402)
