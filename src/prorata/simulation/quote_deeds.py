"""Quote deeds: sellers offer, customers accept, think again or let offers expire."""

from typing import Any

from prorata.rules.calendar import DAY_SECONDS
from prorata.simulation.shop import Broken
from prorata.simulation.townsfolk import Townsfolk, deed

QUOTES = "/v1/quotes"
FEES = (500, 12_000)


@deed(5)
def something_is_offered(folk: Townsfolk) -> None:
    """Offer somebody a plan, work that is done once, or both; most offers are finalized."""
    customer = folk.somebody()
    if customer is None:
        return
    currency, now = folk.customers[customer], folk.shop.now
    lines: list[dict[str, Any]] = folk.catalogue.items(currency) if folk.chance(75) else []
    data: dict[str, Any] = {}
    if lines and folk.chance(25):
        data["trial_period_days"] = folk.source.randrange(1, 20)
    if lines and folk.chance(20):
        data["effective_date"] = now + folk.source.randrange(1, 25) * DAY_SECONDS
    if not lines or folk.chance(40):
        fee = {"currency": currency, "product": folk.catalogue.product,
               "unit_amount": folk.pick(list(FEES))}  # fmt: skip
        lines = [*lines, {"price_data": fee, "quantity": folk.pick([1, 3])}]
    made = folk.make(
        QUOTES, customer=customer, line_items=lines, subscription_data=data,
        expires_at=now + folk.source.randrange(2, 40) * DAY_SECONDS, **folk.catalogue.terms(),
    )  # fmt: skip
    if made is not None and folk.chance(85):
        folk.ask(f"{QUOTES}/{made['id']}/finalize")


@deed(5)
def an_offer_is_answered(folk: Townsfolk) -> None:
    """Accept an offer, revise it or withdraw it; what is accepted bills what was offered."""
    customer = folk.somebody()
    found = folk.listed(QUOTES, customer=customer, status="open") if customer else []
    if not found:
        return
    quote = folk.pick(found)
    path = f"{QUOTES}/{quote['id']}"
    what = folk.source.randrange(10)
    if what == 0:
        folk.ask(f"{path}/cancel")
    elif what == 1:
        revision = folk.make(QUOTES, from_quote={"quote": quote["id"], "is_revision": "true"})
        if revision is not None:
            folk.ask(f"{QUOTES}/{revision['id']}/finalize")
    else:
        accepted = folk.ask(f"{path}/accept")
        if accepted is not None and accepted["invoice"] is not None:
            _compare(folk, accepted)


def _compare(folk: Townsfolk, quote: dict[str, Any]) -> None:
    """Raise Broken where an invoice is not what its quote said."""
    invoice = folk.seen(f"/v1/invoices/{quote['invoice']}")
    if invoice["status"] == "draft" and invoice["total"] != quote["amount_total"]:
        raise Broken(f"{quote['id']} offered {quote['amount_total']}, {invoice['id']} is another")
