"""Recovery deeds: a shop tries failed payments otherwise, networks update cards, refunds count."""

from typing import Any

from prorata.simulation.townsfolk import Townsfolk, deed

SCHEDULES: tuple[dict[str, Any], ...] = (
    {"retry_mode": "smart", "retry_tries": 8, "retry_window_days": 14},
    {"retry_mode": "smart", "retry_tries": 4, "retry_window_days": 7},
    {"retry_mode": "fixed", "retry_tries": 6, "retry_window_days": 30},
    {"retry_mode": "custom", "retry_custom_days": [1, 3, 5]},
)
RENEWED = ("pm_card_visa", "pm_card_visa", "pm_card_mastercard", "pm_card_chargeCustomerFail")


@deed(1)
def the_schedule_changes(folk: Townsfolk) -> None:
    """Try failed payments by another schedule, and new methods at once or at their turn."""
    folk.ask(
        "/v1/prorata/settings",
        retry_new_method_at_once=folk.chance(50),
        **folk.source.choice(SCHEDULES),
    )


@deed(3)
def a_network_updates_a_card(folk: Townsfolk) -> None:
    """Let a customer's card be replaced by its network."""
    customer = folk.somebody()
    if customer is None:
        return
    cards = folk.listed("/v1/payment_methods", customer=customer, type="card")
    if cards:
        folk.ask(
            f"/v1/prorata/payment_methods/{folk.pick(cards)['id']}/automatic_update",
            test_card=folk.source.choice(RENEWED),
        )


@deed(2)
def a_refund_is_written_down(folk: Townsfolk) -> None:
    """Write a credit note that counts a refund which was made before."""
    found = folk.invoice("paid")
    if found is None or found["total"] <= 0:
        return
    paid = folk.listed("/v1/invoice_payments", invoice=found["id"], status="paid")
    intents = [each["payment"].get("payment_intent") for each in paid]
    refunds = [
        refund
        for intent in intents
        if intent is not None
        for refund in folk.listed("/v1/refunds", payment_intent=intent)
    ]
    if refunds:
        refund = folk.pick(refunds)
        folk.make(
            "/v1/credit_notes", invoice=found["id"], amount=refund["amount"],
            refunds=[{"refund": refund["id"]}],
        )  # fmt: skip
