"""Recovery: what was tried, why the next attempt is when it is, and what it has taught."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from acceptance.till import DAY, HOUR, Till, at

FAILING = "pm_card_chargeCustomerFail"
STOLEN = "tok_visa_chargeCustomerFailStolenCard"


def asked(client: stripe.StripeClient, path: str, **params: Any) -> dict[str, Any]:
    return client.raw_request("get", f"/v1/prorata/{path}", **params).data


def recovery(client: stripe.StripeClient, invoice: Any) -> dict[str, Any]:
    return asked(client, f"invoices/{invoice.id}/recovery")


@pytest.fixture
def settings(client: stripe.StripeClient):
    """Give what changes the account's settings, and the defaults back at the end."""

    def change(**values: Any) -> dict[str, Any]:
        return client.raw_request("post", "/v1/prorata/settings", **values).data

    yield change
    change(
        retry_mode="smart", retry_tries=8, retry_window_days=14, retry_new_method_at_once=False,
        subscription_final_state="cancel", invoice_final_state="past_due",
    )  # fmt: skip


def with_token(client: stripe.StripeClient, till: Till, token: str) -> str:
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": token}}).id
    return till.use(method)


def test_every_decision_is_explained(client):
    till = Till(client, on="2026-01-01", card=FAILING)
    invoice = till.draft(1500, auto_advance=True)
    assert recovery(client, invoice)["status"] == "not_needed"

    till.advance(2 * HOUR)

    shown = recovery(client, invoice)
    first = at("2026-01-01 01:00") + 1
    assert (shown["object"], shown["status"], shown["attempt_count"]) == (
        "prorata.invoice_recovery", "retrying", 1,
    )  # fmt: skip
    assert shown["next_payment_attempt"] == first + 19 * HOUR
    assert shown["schedule"] == {
        "mode": "smart", "tries": 8, "window_days": 14, "custom_days": [],
    }  # fmt: skip
    [step] = shown["attempts"]
    assert (step["at"], step["outcome"], step["decline_code"], step["automatic"]) == (
        first, "declined", "generic_decline", True,
    )  # fmt: skip
    assert (step["reason"], step["next_attempt_at"], step["planned_at"]) == (
        "unknown", first + 19 * HOUR, first + 19 * HOUR,
    )  # fmt: skip
    assert (
        step["explanation"]
        == shown["explanation"]
        == (
            "The payment was declined (`generic_decline`). The next attempt is on Thu 1 Jan 2026,"
            " 20:00 UTC: the 1st of 8 retries within 14 days, with waits that grow. Of retries"
            " after `generic_decline` this account has counted 0; from 30 on it learns which times"
            " are better."
        )
    )
    assert shown["after_last_try"] == {
        "invoice": "past_due", "subscription": None,
        "explanation": "After the last retry the invoice stays open.",
    }  # fmt: skip


def test_what_was_learned_on_a_clock_moves_retries_there_and_goes_with_it(client):
    till = Till(client, on="2026-01-01", card=FAILING)
    for hours in (0, 3, 7, 11):
        till.advance(to=at("2026-01-01") + hours * HOUR + 1)
        till.draft(1500, auto_advance=True)
    till.advance(to="2026-01-20")
    known = asked(client, "recovery", test_clock=till.clock)
    assert (known["tried"], known["recovered"]) == (32, 0)
    [code] = known["decline_codes"]
    assert (code["decline_code"], code["learns"], code["tried"]) == ("generic_decline", True, 32)
    for slots in ("hours", "weekdays", "days"):
        assert sum(each["tried"] for each in code[slots]) == 32
    invoice = till.draft(1500, auto_advance=True)

    till.advance(2 * HOUR)

    [step] = recovery(client, invoice)["attempts"]
    tried = {each["slot"]: each["tried"] for each in code["hours"]}
    chosen = (step["next_attempt_at"] // HOUR) % 24
    assert step["reason"] in ("learned", "planned") and tried.get(chosen, 0) <= 1
    assert "of retries after `generic_decline` 0 of 32 (0 %) succeeded" in step["explanation"]
    # Neither real time nor another clock has learned anything of it.
    assert asked(client, "recovery")["tried"] == 0
    other = Till(client, on="2026-01-01", card=None)
    assert asked(client, "recovery", test_clock=other.clock)["tried"] == 0
    client.v1.test_helpers.test_clocks.delete(till.clock)
    with pytest.raises(stripe.InvalidRequestError):
        asked(client, "recovery", test_clock=till.clock)


def test_a_retry_that_is_paid_is_counted_and_said(client):
    till = Till(client, on="2026-01-01", card=FAILING)
    method = client.v1.customers.retrieve(till.customer).invoice_settings.default_payment_method
    invoice = till.draft(1500, auto_advance=True)
    till.advance(2 * HOUR)
    client.raw_request("post", f"/v1/prorata/payment_methods/{method}/automatic_update",
                       test_card="pm_card_visa")  # fmt: skip

    till.advance(DAY)

    shown = recovery(client, invoice)
    assert (shown["status"], till.read(invoice).status) == ("recovered", "paid")
    assert [each["outcome"] for each in shown["attempts"]] == ["declined", "succeeded"]
    assert shown["explanation"] == "A retry of the schedule was paid."
    known = asked(client, "recovery", test_clock=till.clock)
    assert (known["tried"], known["recovered"]) == (1, 1)
    assert [each["slot"] for each in known["decline_codes"][0]["hours"]] == [20]


def test_what_a_payer_pays_by_hand_teaches_nothing(client):
    till = Till(client, on="2026-01-01", card=FAILING)
    invoice = till.draft(1500, auto_advance=True)
    till.advance(2 * HOUR)
    till.use("pm_card_visa")
    shown = recovery(client, invoice)
    assert shown["explanation"].endswith(
        "Another payment method has been given since: the next attempt uses it."
    )

    client.v1.invoices.pay(invoice.id)

    shown = recovery(client, invoice)
    assert (shown["status"], shown["attempts"][-1]["automatic"]) == ("recovered", False)
    assert asked(client, "recovery", test_clock=till.clock)["tried"] == 0


def test_after_a_hard_decline_turns_pass_until_the_last_one(client, settings):
    settings(retry_mode="fixed", retry_tries=2, retry_window_days=7)
    till = Till(client, on="2026-01-01", card=None)
    with_token(client, till, STOLEN)
    invoice = till.draft(1500, auto_advance=True)
    till.advance(2 * HOUR)
    assert recovery(client, invoice)["status"] == "waiting_for_payment_method"

    till.advance(8 * DAY)

    shown = recovery(client, invoice)
    assert (shown["status"], shown["attempt_count"]) == ("exhausted", 1)
    steps = shown["attempts"]
    assert [each["outcome"] for each in steps] == ["declined", "skipped", "skipped"]
    assert [each["reason"] for each in steps] == ["fixed", "fixed", "last"]
    assert len(client.v1.charges.list({"customer": till.customer}).data) == 1


@pytest.mark.parametrize("change", ["owner", "network"])
def test_a_card_that_was_updated_is_tried_again_after_a_hard_decline(client, change):
    till = Till(client, on="2026-01-01", card=None)
    method = with_token(client, till, STOLEN)
    invoice = till.draft(1500, auto_advance=True)
    till.advance(2 * HOUR)
    before = till.mark()
    if change == "owner":
        client.v1.payment_methods.update(method, {"card": {"exp_year": 2039}})
    else:
        client.raw_request("post", f"/v1/prorata/payment_methods/{method}/automatic_update",
                           card={"exp_year": 2039, "last4": "1881"})  # fmt: skip
    assert "The card has been updated since" in recovery(client, invoice)["explanation"]
    told = [each for each in till.events(since=before) if each.type.startswith("payment_method.")]
    [event] = told
    assert event.type.endswith(".updated" if change == "owner" else ".automatically_updated")
    assert event.data.previous_attributes["card"]["exp_year"] != 2039

    till.advance(DAY)

    # It is still a stolen one: it was tried, once.
    assert till.read(invoice).attempt_count == 2
    till.advance(2 * DAY)
    assert till.read(invoice).attempt_count == 2


def test_an_updated_card_keeps_its_checks_and_what_its_next_use_says_of_them_is_told(client):
    till = Till(client, on="2026-01-01", card=None)
    method = with_token(client, till, "tok_chargeCustomerFail")
    path, before = f"/v1/prorata/payment_methods/{method}/automatic_update", till.mark()

    def told():
        return [each for each in till.events(since=before) if each.type.startswith("payment_m")]

    def check(event):
        return event.data.object.card.checks.cvc_check

    client.raw_request("post", path, test_card="pm_card_cvcCheckFail")
    [updated] = told()
    assert "checks" not in updated.data.previous_attributes["card"]

    till.paid(1500)

    [_, used] = told()
    assert (used.type, check(updated), check(used)) == ("payment_method.updated", "pass", "fail")
    assert client.v1.payment_methods.retrieve(method).card.checks.cvc_check == "fail"


@pytest.mark.parametrize("where", ["customer", "subscription", "card"])
def test_a_better_method_may_be_tried_at_once(client, settings, where):
    settings(retry_new_method_at_once=True)
    till = Till(client, on="2026-01-01")
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "Basic"},
         "recurring": {"interval": "month"}}
    ).id  # fmt: skip
    subscription = client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price}]}
    )
    broken = with_token(client, till, STOLEN)
    till.advance(to="2026-02-01 01:30")
    [_, invoice] = till.invoices()
    assert (invoice.status, invoice.attempt_count) == ("open", 1)
    if where == "customer":
        till.use("pm_card_visa")
    elif where == "subscription":
        method = client.v1.payment_methods.attach("pm_card_visa", {"customer": till.customer}).id
        client.v1.subscriptions.update(subscription.id, {"default_payment_method": method})
    else:
        client.raw_request("post", f"/v1/prorata/payment_methods/{broken}/automatic_update",
                           test_card="pm_card_visa")  # fmt: skip

    paid = till.read(invoice)
    assert (paid.status, paid.attempt_count) == ("paid", 2)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    steps = recovery(client, invoice)["attempts"]
    assert [each["outcome"] for each in steps] == ["declined", "brought_forward", "succeeded"]


def test_a_worse_method_at_once_uses_up_a_turn_and_refuses_nothing(client, settings):
    settings(retry_new_method_at_once=True)
    till = Till(client, on="2026-01-01", card=FAILING)
    invoice = till.draft(1500, auto_advance=True)
    till.advance(2 * HOUR)

    till.use(FAILING)

    shown = till.read(invoice)
    assert (shown.status, shown.attempt_count) == ("open", 2)
    assert shown.next_payment_attempt == at("2026-01-01 01:00") + 1 + 43 * HOUR


@pytest.mark.parametrize(("final", "status"), [
    ("cancel", "canceled"), ("unpaid", "unpaid"), ("past_due", "past_due"), ("pause", "paused"),
])  # fmt: skip
@pytest.mark.parametrize("left", ["past_due", "uncollectible"])
def test_the_account_says_what_comes_after_the_last_try(client, settings, final, status, left):
    settings(
        retry_mode="fixed", retry_tries=1, retry_window_days=7, subscription_final_state=final,
        invoice_final_state=left,
    )  # fmt: skip
    till = Till(client, on="2026-01-01")
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "Basic"},
         "recurring": {"interval": "month"}}
    ).id  # fmt: skip
    subscription = client.v1.subscriptions.create({
        "customer": till.customer, "items": [{"price": price}],
        "billing_mode": {"type": "flexible"},
    }).id  # fmt: skip
    till.use(FAILING)
    till.advance(to="2026-02-01 02:00")
    [_, invoice] = till.invoices()
    said = recovery(client, invoice)["after_last_try"]
    assert (said["subscription"], said["invoice"]) == (final, left)

    till.advance(to="2026-02-10")

    assert client.v1.subscriptions.retrieve(subscription).status == status
    invoice = till.read(invoice)
    assert invoice.status == ("open" if left == "past_due" else "uncollectible")
    assert recovery(client, invoice)["status"] == "exhausted"


def test_live_and_test_mode_have_settings_of_their_own(client, server, settings):
    settings(retry_mode="fixed", retry_tries=3)
    for path, code in (("payment_methods/pm_none/automatic_update", 404),
                       ("invoices/in_none/recovery", 404)):  # fmt: skip
        method = "post" if path.endswith("update") else "get"
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.raw_request(method, f"/v1/prorata/{path}")
        assert refused.value.http_status == code
    with pytest.raises(stripe.InvalidRequestError, match="less than or equal to 20"):
        settings(retry_tries=21)
