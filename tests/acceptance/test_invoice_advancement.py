"""Invoice advancement: what drafts and open invoices do by themselves, and what stops them."""

import pytest

from acceptance.till import DAY, HOUR, Till, at, refused

START = "2026-03-01"


@pytest.fixture
def till(client):
    return Till(client, on=START)


def price_of(client, amount=1000, **recurring):
    return client.v1.prices.create(
        {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Basic"},
         "recurring": {"interval": "month", **recurring}}
    ).id  # fmt: skip


def test_a_draft_made_by_hand_does_nothing_by_itself(till):
    draft = till.draft(1500)

    assert draft.auto_advance is False
    assert (draft.automatically_finalizes_at, draft.next_payment_attempt) == (None, None)
    till.advance(40 * DAY)
    assert till.read(draft).status == "draft"


def test_auto_advance_sets_the_two_moments_and_clearing_it_unsets_them(client, till):
    draft = till.draft(1500)

    on = client.v1.invoices.update(draft.id, {"auto_advance": True})
    assert on.automatically_finalizes_at == draft.created + 3601
    assert on.next_payment_attempt == draft.created + 3600

    off = client.v1.invoices.update(draft.id, {"auto_advance": False})
    assert (off.automatically_finalizes_at, off.next_payment_attempt) == (None, None)

    till.advance(1800)
    again = client.v1.invoices.update(draft.id, {"auto_advance": True})
    assert again.automatically_finalizes_at == draft.created + 3601
    assert again.next_payment_attempt == draft.created + 3600


def test_a_sent_draft_has_no_payment_attempt(client, till):
    draft = till.draft(
        1500, auto_advance=True, collection_method="send_invoice", days_until_due=10
    )

    assert draft.automatically_finalizes_at == draft.created + 3601
    assert draft.next_payment_attempt is None
    assert draft.due_date == draft.created + 10 * DAY


def test_a_draft_advances_a_second_after_the_hour_and_is_charged(till):
    draft = till.draft(1500, auto_advance=True)

    till.advance(3600)
    assert till.read(draft).status == "draft"
    before = till.mark()
    till.advance(1)

    invoice = till.read(draft)
    assert (invoice.status, invoice.attempt_count, invoice.attempted) == ("paid", 1, True)
    moments = invoice.status_transitions
    assert moments.finalized_at == moments.paid_at == draft.created + 3601
    assert invoice.effective_at == draft.created + 3601
    assert (invoice.auto_advance, invoice.next_payment_attempt) == (False, None)
    assert invoice.automatically_finalizes_at is None
    types = till.told(since=before)
    wanted = ["invoice.finalized", "charge.succeeded", "invoice.paid", "invoice.payment_succeeded"]
    assert [each for each in types if each in wanted] == wanted


def test_a_sent_invoice_is_finalized_and_told_of(till):
    draft = till.draft(
        1500, auto_advance=True, collection_method="send_invoice", days_until_due=10
    )
    before = till.mark()

    till.advance(2 * HOUR)

    invoice = till.read(draft)
    assert (invoice.status, invoice.attempted, invoice.attempt_count) == ("open", False, 0)
    assert invoice.next_payment_attempt is None
    assert invoice.due_date == invoice.status_transitions.finalized_at + 10 * DAY
    types = till.told(since=before)
    assert types.index("invoice.finalized") < types.index("invoice.sent")


def test_a_due_date_may_be_named_and_days_moved_later(client, till):
    named = till.draft(1500, collection_method="send_invoice", due_date=at("2026-04-15"))
    assert named.due_date == at("2026-04-15")
    opened = client.v1.invoices.finalize_invoice(named.id)
    assert opened.due_date == at("2026-04-15")

    later = client.v1.invoices.update(opened.id, {"due_date": at("2026-05-01")})
    assert later.due_date == at("2026-05-01")
    days = client.v1.invoices.update(opened.id, {"days_until_due": 3})
    assert days.due_date == opened.status_transitions.finalized_at + 3 * DAY


def test_a_due_date_belongs_to_sent_invoices(client, till):
    create = client.v1.invoices.create
    base = {"customer": till.customer}
    assert refused(create, {**base, "collection_method": "send_invoice"}) == (
        400, None, None,
        "If invoice collection method is 'send_invoice', you must specify 'due_date' or"
        " 'days_until_due'.",
    )  # fmt: skip
    only = (
        400, None, None,
        "You can only specify 'due_date' or 'days_until_due' if invoice collection method is"
        " 'send_invoice'.",
    )  # fmt: skip
    assert refused(create, {**base, "days_until_due": 3}) == only
    assert refused(create, {**base, "due_date": at("2026-05-01")}) == only
    draft = till.draft(100)
    assert refused(client.v1.invoices.update, draft.id, {"days_until_due": 3}) == only
    sent = {**base, "collection_method": "send_invoice"}
    past = refused(create, {**sent, "due_date": at("2026-01-01")})
    assert past[:3] == (400, None, "due_date")


def test_a_subscriptions_invoices_advance_from_the_second_one_on(client, till):
    subscription = client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price_of(client)}]}
    )
    [first] = till.invoices()
    assert (first.auto_advance, first.billing_reason) == (False, "subscription_create")
    assert first.webhooks_delivered_at is not None
    assert first.period_start == first.period_end == at(START)

    till.advance(to="2026-04-01")
    renewal = till.invoices()[-1]
    assert (renewal.status, renewal.auto_advance) == ("draft", True)
    assert renewal.billing_reason == "subscription_cycle"
    assert renewal.created == at("2026-04-01")
    assert renewal.automatically_finalizes_at == at("2026-04-01") + 3601
    assert renewal.next_payment_attempt == at("2026-04-01") + 3600
    assert (renewal.period_start, renewal.period_end) == (at(START), at("2026-04-01"))
    [line] = renewal.lines.data
    assert (line.period.start, line.period.end) == (at("2026-04-01"), at("2026-05-01"))
    assert renewal.number is None and renewal.parent.subscription_details.subscription == (
        subscription.id
    )


def test_an_update_invoice_is_as_recorded(client, till):
    subscription = client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price_of(client)}]}
    )
    till.advance(10 * DAY)
    item = subscription["items"].data[0].id
    client.v1.subscriptions.update(
        subscription.id,
        {"items": [{"id": item, "price": price_of(client, 3000)}],
         "proration_behavior": "always_invoice"},
    )  # fmt: skip

    invoice = till.invoices()[-1]
    assert invoice.billing_reason == "subscription_update"
    assert (invoice.status, invoice.attempted, invoice.attempt_count) == ("paid", True, 1)
    assert (invoice.auto_advance, invoice.next_payment_attempt) == (False, None)
    assert (invoice.starting_balance, invoice.ending_balance) == (0, 0)
    assert invoice.effective_at == invoice.created == at(START) + 10 * DAY
    assert (invoice.period_start, invoice.period_end) == (at(START), invoice.created)
    assert invoice.webhooks_delivered_at is not None
    assert invoice.number.endswith("-0002")
    assert (invoice.customer_tax_exempt, invoice.customer_tax_ids) == ("none", [])
    assert invoice.lines.total_count == 2
    assert invoice.total_discount_amounts == invoice.total_taxes == []
    assert invoice.total_pretax_credit_amounts == []
    assert invoice.parent.subscription_details.subscription_proration_date == invoice.created


def test_a_one_off_invoice_takes_pending_items_only_when_told(client, till):
    old = till.item(100, description="old", period={"start": at("2020-01-01"), "end": at(START)})
    new = till.item(200, description="new")

    without = till.draft()
    assert (without.lines.data, without.total, without.billing_reason) == ([], 0, "manual")
    with_items = till.draft(pending_invoice_items_behavior="include")
    assert [line.description for line in with_items.lines.data] == ["new", "old"]
    for item in (old, new):
        assert client.v1.invoice_items.retrieve(item.id).invoice == with_items.id
    empty = till.draft(pending_invoice_items_behavior="include")
    assert (empty.status, empty.lines.data) == ("draft", [])


def test_what_is_finalized_early_is_charged_at_its_hour(client, till):
    draft = till.draft(1500)
    till.advance(600)

    opened = client.v1.invoices.finalize_invoice(draft.id, {"auto_advance": True})

    assert (opened.status, opened.auto_advance) == ("open", True)
    assert opened.next_payment_attempt == draft.created + HOUR
    till.advance(to=draft.created + HOUR - 1)
    assert till.read(draft).status == "open"
    till.advance(1)
    assert till.read(draft).status == "paid"
    late = till.draft(1500)
    till.advance(2 * HOUR)
    now = client.v1.invoices.finalize_invoice(late.id, {"auto_advance": True})
    assert now.next_payment_attempt == now.status_transitions.finalized_at


def test_a_chosen_moment_of_finalization_is_kept(client, till):
    moment = at("2026-03-10 12:00")

    draft = till.draft(1500, auto_advance=True, automatically_finalizes_at=moment)

    assert draft.automatically_finalizes_at == moment
    till.advance(to=moment - 1)
    assert till.read(draft).status == "draft"
    till.advance(to=moment)
    invoice = till.read(draft)
    assert (invoice.status, invoice.status_transitions.finalized_at) == ("paid", moment)
    other = till.draft(1500, auto_advance=True)
    far = client.v1.invoices.update(other.id, {"automatically_finalizes_at": at("2026-04-01")})
    assert far.automatically_finalizes_at == at("2026-04-01")
    assert refused(
        client.v1.invoices.update, other.id, {"automatically_finalizes_at": at("2031-04-01")}
    )[:3] == (400, None, "automatically_finalizes_at")
