"""Outside deeds: payments and refunds that are made elsewhere, and reported by the shop."""

from typing import Any

from prorata.simulation.townsfolk import Townsfolk, deed

RECORDS = "/v1/payment_records"


@deed(4)
def a_payment_came_elsewhere(folk: Townsfolk) -> None:
    """Report a payment for an open invoice, less or more than is owed; it is sure, or is later."""
    found = folk.one(folk.listed("/v1/invoices", status="open"))
    if found is None:
        return
    now, owed = folk.shop.now, found["amount_remaining"]
    amount = folk.pick([owed, owed, max(owed // 2, 1), owed + 100])
    params: dict[str, Any] = {
        "amount_requested": {"currency": found["currency"], "value": amount},
        "customer_details": {"customer": found["customer"]}, "initiated_at": now,
        "payment_method_details": {"type": "custom", "custom": {"display_name": "Cheque"}},
    }  # fmt: skip
    sure = folk.chance(70)
    if sure:
        params |= {"outcome": "guaranteed", "guaranteed": {"guaranteed_at": now}}
    record = folk.ask(f"{RECORDS}/report_payment", **params)
    if record is None:
        return
    folk.ask(f"/v1/invoices/{found['id']}/attach_payment", payment_record=record["id"])
    if not sure and folk.chance(70):
        verb = folk.pick(["guaranteed", "failed", "canceled"])
        when: dict[str, Any] = {f"{verb}_at": now}
        folk.ask(f"{RECORDS}/{record['id']}/report_payment_attempt_{verb}", **when)


@deed(4)
def it_is_given_back_elsewhere(folk: Townsfolk) -> None:
    """Report that a part of such a payment went back; a note names it, counts it or comes first."""
    sure = [each for each in folk.listed(RECORDS) if each["amount_guaranteed"]["value"]]
    record = folk.one(sure)
    if record is None:
        return
    wanted = {"type": "payment_record", "payment_record": record["id"]}
    paid = folk.listed("/v1/invoice_payments", payment=wanted, status="paid")
    most = record["amount_guaranteed"]["value"] - record["amount_refunded"]["value"]
    if not paid or not most:
        return
    amount = folk.pick([most, max(most // 3, 1)])
    way = folk.source.randrange(4)
    if way == 1:
        told = folk.pick([amount, max(amount // 2, 1)])
        folk.make(
            "/v1/credit_notes", invoice=paid[0]["invoice"], amount=told, out_of_band_amount=told
        )
    reference = f"back {folk.shop.requests}"
    reported = folk.ask(
        f"{RECORDS}/{record['id']}/report_refund", outcome="refunded",
        amount={"currency": record["amount"]["currency"], "value": amount},
        processor_details={"type": "custom", "custom": {"refund_reference": reference}},
        refunded={"refunded_at": folk.shop.now},
    )  # fmt: skip
    if reported is None or way < 2:
        return
    part = folk.pick([amount, max(amount // 2, 1)])
    params: dict[str, Any] = {"out_of_band_amount": part}
    if way == 2:
        named = {"payment_record": record["id"], "refund_group": reference}
        params = {"refunds": [
            {"type": "payment_record_refund", "amount_refunded": part,
             "payment_record_refund": named},
        ]}  # fmt: skip
    folk.make("/v1/credit_notes", invoice=paid[0]["invoice"], amount=part, **params)
