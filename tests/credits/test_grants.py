"""Credit grants: made, changed, expired and voided; what cannot be is refused."""

from __future__ import annotations

import pytest
import stripe

from reading import events_about, read_events
from subscriptions.life import DAY, at


def test_a_grant_says_what_it_is(life):
    grant = life.grant(1_000, name="Welcome", category="promotional", metadata={"a": "b"})
    assert grant.id.startswith("credgr_test_")
    assert (grant.amount.type, grant.amount.monetary.value) == ("monetary", 1_000)
    assert grant.applicability_config.scope.price_type == "metered"
    assert (grant.category, grant.priority, grant.name) == ("promotional", 50, "Welcome")
    assert grant.created == grant.effective_at == grant.updated == life.now
    assert (grant.expires_at, grant.voided_at) == (None, None)
    assert (grant.customer, grant.test_clock) == (life.customer.id, life.clock.id)
    assert life.moves(grant) == [("credits_granted", 1_000)]
    assert life.balance(grant) == (1_000, 1_000)
    found = life.billing.credit_grants.retrieve(
        grant.id, {"expand": ["customer", "test_clock"]}
    )
    assert (found.customer.id, found.test_clock.id) == (life.customer.id, life.clock.id)


def test_a_grant_can_be_for_some_prices(life):
    price, other = life.usage(0), life.usage(0)
    grant = life.grant(1_000, price, category="paid", priority=0)
    scope = grant.applicability_config.scope
    assert [each.id for each in scope.prices] == [price]
    assert "price_type" not in scope
    assert life.balance(None, price) == (1_000, 1_000)
    assert life.balance(None, other) == (0, 0)
    assert life.balance() == (1_000, 1_000)


def test_grants_are_listed_newest_first_by_customer(life, live):
    grants = [life.grant(value) for value in (1, 2, 3)]
    live().grant(4)
    listed = life.billing.credit_grants.list({"customer": life.customer.id, "limit": 2})
    assert [each.id for each in listed.auto_paging_iter()] == [each.id for each in grants[::-1]]


def test_transactions_are_listed_by_customer_and_by_grant(life):
    first, second = life.grant(100), life.grant(200)
    by_customer = life.billing.credit_balance_transactions.list({"customer": life.customer.id})
    assert [each.credit_grant for each in by_customer.data] == [second.id, first.id]
    both = {"customer": life.customer.id, "credit_grant": first.id}
    [only] = life.billing.credit_balance_transactions.list(both).data
    found = life.billing.credit_balance_transactions.retrieve(
        only.id, {"expand": ["credit_grant", "test_clock"]}
    )
    assert found.credit_grant.id == first.id
    assert (found.type, found.debit, found.effective_at) == ("credit", None, life.now)
    assert found.credit.credits_application_invoice_voided is None


def test_credits_that_begin_later_are_not_available_yet(life):
    grant = life.grant(1_000, effective_at=life.now + DAY)
    assert life.balance(grant) == (1_000, 0)
    [granted] = life.billing.credit_balance_transactions.list({"credit_grant": grant.id}).data
    assert (granted.created, granted.effective_at) == (life.now, life.now + DAY)
    life.advance(life.now + DAY)
    assert life.balance(grant) == (1_000, 1_000)


def test_a_grant_expires_by_itself_at_its_second(life):
    end = at("2026-01-05 10:30")
    grant = life.grant(1_000, expires_at=end)
    life.advance(end - 1)
    assert life.balance(grant) == (1_000, 1_000)
    life.advance(end + DAY)
    assert life.moves(grant) == [("credits_granted", 1_000), ("credits_expired", 1_000)]
    assert life.balance(grant) == (0, 0)
    last = life.billing.credit_balance_transactions.list({"credit_grant": grant.id}).data[0]
    assert (last.created, last.effective_at) == (end, end)


def test_the_end_of_a_grant_can_be_moved_and_taken_away(life):
    grant = life.grant(1_000, expires_at=life.now + DAY)
    later = life.billing.credit_grants.update(grant.id, {"expires_at": life.now + 3 * DAY})
    assert later.expires_at == life.now + 3 * DAY
    life.advance(life.now + 2 * DAY)
    assert life.balance(grant) == (1_000, 1_000)
    never = life.billing.credit_grants.update(
        grant.id, {"expires_at": "", "metadata": {"kept": "yes"}}
    )
    assert (never.expires_at, never.metadata["kept"], never.updated) == (None, "yes", life.now)
    life.advance(life.now + 30 * DAY)
    assert life.balance(grant) == (1_000, 1_000)


def test_expiring_a_grant_takes_what_is_left(life):
    grant = life.grant(1_000)
    life.advance(life.now + DAY)
    ended = life.billing.credit_grants.expire(grant.id)
    assert (ended.expires_at, ended.updated, ended.voided_at) == (life.now, life.now, None)
    assert life.moves(grant) == [("credits_granted", 1_000), ("credits_expired", 1_000)]
    for verb in (life.billing.credit_grants.expire, life.billing.credit_grants.void_grant):
        with pytest.raises(stripe.InvalidRequestError, match="is expired"):
            verb(grant.id)
    with pytest.raises(stripe.InvalidRequestError, match="is expired") as refused:
        life.billing.credit_grants.update(grant.id, {"expires_at": ""})
    assert refused.value.param == "expires_at"


def test_voiding_a_grant_takes_all_of_it_back(life):
    grant = life.grant(1_000, category="promotional")
    voided = life.billing.credit_grants.void_grant(grant.id)
    assert (voided.voided_at, voided.updated, voided.expires_at) == (life.now, life.now, None)
    assert life.moves(grant) == [("credits_granted", 1_000), ("credits_voided", 1_000)]
    for verb in (life.billing.credit_grants.expire, life.billing.credit_grants.void_grant):
        with pytest.raises(stripe.InvalidRequestError, match="is voided"):
            verb(grant.id)


def test_a_grant_that_paid_for_something_can_be_expired_but_not_voided(life):
    grant = life.grant(1_000)
    life.subscribe(life.usage(300))
    life.advance("2026-02-01 02:00")
    with pytest.raises(stripe.InvalidRequestError, match="has been applied"):
        life.billing.credit_grants.void_grant(grant.id)
    life.billing.credit_grants.expire(grant.id)
    assert life.moves(grant)[1:] == [("credits_applied", 300), ("credits_expired", 700)]


def test_the_events_of_a_grant(life):
    grant = life.grant(1_000)
    life.billing.credit_grants.update(grant.id, {"metadata": {"a": "b"}})
    life.billing.credit_grants.expire(grant.id)
    about = events_about(grant.id, read_events(life.whole_client))[::-1]
    assert [event.type.removeprefix("billing.") for event in about] == [
        "credit_grant.created", "credit_balance_transaction.created", "credit_grant.updated",
        "credit_grant.updated", "credit_balance_transaction.created",
    ]
    assert about[2].data.previous_attributes.to_dict() == {"metadata": {"a": None}}
    assert about[3].data.previous_attributes.to_dict() == {"expires_at": None}


@pytest.mark.parametrize(("change", "param"), [
    ({"customer": "cus_nobody"}, "customer"),
    ({"amount": {"type": "monetary"}}, "amount[monetary]"),
    ({"amount": {"type": "monetary", "monetary": {"currency": "xxx", "value": 5}}},
     "amount[monetary][currency]"),
    ({"amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 0}}},
     "amount[monetary][value]"),
    ({"applicability_config": {"scope": {"price_type": "metered", "prices": [{"id": "p"}]}}},
     "applicability_config[scope]"),
    ({"applicability_config": {"scope": {"price_type": "licensed"}}},
     "applicability_config[scope][price_type]"),
    ({"applicability_config": {"scope": {"prices": [{"id": "price_none"}]}}},
     "applicability_config[scope][prices][0][id]"),
    ({"applicability_config": {"scope": {"prices": [{"id": "price_1"}] * 21}}},
     "applicability_config[scope][prices]"),
    ({"category": "gift"}, "category"),
    ({"priority": 101}, "priority"),
    ({"effective_at": 1_000_000_000}, "effective_at"),
    ({"expires_at": 1_000_000_000}, "expires_at"),
    ({"effective_at": 1_900_000_000, "expires_at": 1_900_000_000}, "expires_at"),
])
def test_what_no_grant_can_be_is_refused_by_name(life, change, param):
    terms = {
        "customer": life.customer.id,
        "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 5}},
        "applicability_config": {"scope": {"price_type": "metered"}},
    }
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.billing.credit_grants.create(terms | change)
    assert refused.value.param == param


def test_credits_are_for_metered_prices_only(life):
    with pytest.raises(stripe.InvalidRequestError, match="not metered") as refused:
        life.grant(100, life.usage(0), life.price())
    assert refused.value.param == "applicability_config[scope][prices][1][id]"


def test_a_customer_has_a_hundred_unused_grants_at_the_most(life):
    grants = [life.grant(1) for _ in range(100)]
    with pytest.raises(stripe.InvalidRequestError, match="up to 100 unused"):
        life.grant(1)
    life.billing.credit_grants.void_grant(grants[0].id)
    life.grant(1)


def test_a_summary_is_of_the_customers_own_grants(life, live):
    other = live().grant(100)
    with pytest.raises(stripe.InvalidRequestError, match="another customer"):
        life.balance(other)
    summary = life.billing.credit_balance_summary
    for filter, param in (
        ({"type": "credit_grant"}, "filter[credit_grant]"),
        ({"type": "applicability_scope"}, "filter[applicability_scope]"),
        ({"type": "applicability_scope", "credit_grant": other.id}, "filter[credit_grant]"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            summary.retrieve({"customer": life.customer.id, "filter": filter})
        assert refused.value.param == param


def test_a_summary_has_an_entry_for_each_currency(life):
    life.grant(100)
    life.grant(50)
    life.grant(70, currency="eur")
    found = life.billing.credit_balance_summary.retrieve({
        "customer": life.customer.id, "expand": ["customer"],
        "filter": {"type": "applicability_scope", "applicability_scope": {"price_type": "metered"}},
    })
    assert found.customer.id == life.customer.id
    amounts = [each.ledger_balance.monetary for each in found.balances]
    assert [(each.currency, each.value) for each in amounts] == [("eur", 70), ("usd", 150)]


def test_the_credits_of_a_deleted_customer_stay_to_be_read(life):
    end = life.now + DAY
    grant = life.grant(100, expires_at=end)
    life.client.customers.delete(life.customer.id)
    assert life.billing.credit_grants.retrieve(grant.id).customer == life.customer.id
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        life.grant(100)
    life.advance(end)
    assert life.moves(grant) == [("credits_granted", 100), ("credits_expired", 100)]
