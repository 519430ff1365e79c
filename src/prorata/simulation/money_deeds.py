"""Money deeds: reservations, parts, other currencies, and what befalls money on its way."""

from typing import Any

from prorata.simulation.townsfolk import Townsfolk, deed

INTENTS = "/v1/payment_intents"
WAITING = ("requires_action", "requires_confirmation", "processing", "requires_payment_method")


@deed(3)
def money_is_reserved(folk: Townsfolk) -> None:
    """Reserve money of a card; it is captured later, in part or whole, released, or lapses."""
    customer = folk.somebody()
    if customer is not None:
        folk.make(
            INTENTS, customer=customer, currency=folk.customers[customer], amount=6_400,
            payment_method=folk.card("eur"), capture_method="manual", confirm=True,
            off_session=True,
        )  # fmt: skip


@deed(3)
def a_reservation_ends(folk: Townsfolk) -> None:
    """Capture what is reserved, let it go, or have it pay an invoice first."""
    intent = _intent(folk, "requires_capture")
    if intent is None:
        return
    if folk.chance(40):
        open_ones = folk.listed("/v1/invoices", customer=intent["customer"], status="open")
        found = folk.one(open_ones)
        if found is not None:
            folk.ask(f"/v1/invoices/{found['id']}/attach_payment", payment_intent=intent["id"])
    if folk.chance(25):
        folk.ask(f"{INTENTS}/{intent['id']}/cancel")
    else:
        amount = folk.pick([intent["amount"], intent["amount"] // 3])
        folk.ask(f"{INTENTS}/{intent['id']}/capture", amount_to_capture=amount)


@deed(3)
def an_invoice_is_paid_in_parts(folk: Townsfolk) -> None:
    """Let a payment of its own pay a part of an open invoice, or more than is owed."""
    found = folk.invoice("open")
    if found is None or not found["amount_remaining"]:
        return
    part = folk.pick([max(found["amount_remaining"] // 2, 100), found["amount_remaining"] + 250])
    intent = folk.make(
        INTENTS, customer=found["customer"], currency=found["currency"], amount=part
    )
    if intent is None:
        return
    steps = ["attach", "confirm"]
    if folk.chance(50):
        steps.reverse()
    for step in steps:
        if step == "attach":
            folk.ask(f"/v1/invoices/{found['id']}/attach_payment", payment_intent=intent["id"])
        else:
            folk.ask(
                f"{INTENTS}/{intent['id']}/confirm", payment_method=folk.card("eur"),
                off_session=True,
            )  # fmt: skip


@deed(5)
def a_payment_is_meddled_with(folk: Townsfolk) -> None:
    """Do to a payment that is on its way, or waits for somebody, what may be done meanwhile."""
    intent = _intent(folk, *WAITING)
    if intent is None:
        return
    path = f"{INTENTS}/{intent['id']}"
    way = folk.source.randrange(7)
    if way == 0:
        folk.ask(path, amount=intent["amount"] + 100)
    elif way == 1:
        folk.ask(f"{path}/cancel")
    elif way == 2:
        folk.ask(f"{path}/confirm", payment_method=folk.card("eur"), off_session=True)
    elif way == 3 and intent["payment_method"] is not None:
        folk.ask(f"/v1/payment_methods/{intent['payment_method']}/detach")
    elif way == 4:
        folk.ask(path, metadata={"seen": "yes"})
    elif way == 5:
        _credit_what_it_pays(folk, intent)
    else:
        folk.ask(path, currency="gbp")


@deed(2)
def something_costs_foreign_money(folk: Townsfolk) -> None:
    """Bill somebody once in another currency than theirs."""
    customer = folk.somebody()
    if customer is None:
        return
    currency = folk.pick(["eur", "usd", "jpy", "chf"])
    folk.make("/v1/invoiceitems", customer=customer, currency=currency, amount=1_700)
    made = folk.make(
        "/v1/invoices", customer=customer, currency=currency,
        pending_invoice_items_behavior="include",
    )  # fmt: skip
    if made is not None and folk.chance(80):
        folk.ask(f"/v1/invoices/{made['id']}/finalize")


@deed(3)
def several_discounts_meet(folk: Townsfolk) -> None:
    """Give a subscription discounts of several coupons, one of them perhaps twice."""
    found = folk.subscription()
    if found is None:
        return
    known = [_coupon(folk, each, found["currency"]) for each in (1, 2, 3, 4)]
    wanted = [{"coupon": folk.pick(known)} for _ in range(folk.source.randrange(1, 4))]
    folk.ask(f"/v1/subscriptions/{found['id']}", discounts=wanted)


def _intent(folk: Townsfolk, *statuses: str) -> dict[str, Any] | None:
    customer = folk.somebody()
    if customer is None:
        return None
    found = folk.listed(INTENTS, customer=customer)
    return folk.one([each for each in found if each["status"] in statuses])


def _credit_what_it_pays(folk: Townsfolk, intent: dict[str, Any]) -> None:
    wanted = {"type": "payment_intent", "payment_intent": intent["id"]}
    for payment in folk.listed("/v1/invoice_payments", payment=wanted):
        folk.make("/v1/credit_notes", invoice=payment["invoice"], amount=100)


def _coupon(folk: Townsfolk, number: int, currency: str) -> str:
    """Return a coupon of the company's, made when it is first wanted: a share, or a sum."""
    id = f"several_{number}" if number < 3 else f"several_{number}_{currency}"
    terms: dict[str, Any] = {"percent_off": 15 * number}
    if number >= 3:
        terms = {"amount_off": 150 * number, "currency": currency}
    if number % 2:
        terms |= {"duration": "repeating", "duration_in_months": 2}
    else:
        terms["duration"] = "once" if number == 4 else "forever"
    if not any(each["id"] == id for each in folk.listed("/v1/coupons")):
        folk.ask("/v1/coupons", id=id, **terms)
    return id
