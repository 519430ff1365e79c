"""Sums as properties: whatever the lines, discounts, credits and rates, an invoice adds up."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorata.engine.invoices.sums import Terms, add_up, after_discounts
from prorata.model.fields import InlineList, Period
from prorata.resources.billing.invoice import Invoice, InvoicePrivate, LineFacts
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.invoice_payment_settings import InvoicePaymentSettings
from prorata.resources.billing.invoice_shape import (
    DiscountAmount,
    InvoiceAutomaticTax,
    InvoiceStatusTransitions,
    InvoiceTaxLiability,
)
from prorata.rules.credits import Grant
from prorata.rules.discounts import Discount
from prorata.rules.taxes import Rate


@pytest.fixture(autouse=True, scope="module")
def books():
    """Need no server: nothing here is stored."""


percents = st.decimals("0.01", "100", places=2)
discounts = st.one_of(
    st.builds(lambda p: (p, None), percents),
    st.builds(lambda a: (None, a), st.integers(1, 50_000)),
)
rates = st.tuples(st.decimals("0", "30", places=4), st.booleans())


@st.composite
def invoices(draw):
    """Draw an invoice with its terms: some discounts are of lines, some of all of it."""
    terms = Terms(
        {
            f"di_{place}": Discount(f"di_{place}", *each)
            for place, each in enumerate(draw(st.lists(discounts, max_size=4)))
        },
        {
            f"txr_{place}": Rate(f"txr_{place}", *each)
            for place, each in enumerate(draw(st.lists(rates, max_size=3)))
        },
        draw(st.sampled_from(["line", "invoice"])),
        credits=tuple(
            Grant(id=f"credgr_{place}", left=left)
            for place, left in enumerate(draw(st.lists(st.integers(1, 60_000), max_size=3)))
        ),
    )
    everywhere = [id for id in terms.discounts if draw(st.booleans())]
    own = [id for id in terms.discounts if id not in everywhere]
    lines, facts = [], {}
    for place, gross in enumerate(draw(st.lists(st.integers(-50_000, 99_999), max_size=6))):
        id = f"il_{place}"
        has_own = gross > 0 and draw(st.booleans())
        frozen = draw(st.integers(0, gross)) if gross > 0 and not has_own else 0
        lines.append(
            InvoiceLineItem(
                id=id,
                amount=gross,
                currency="usd",
                discountable=gross > 0 and not frozen,
                discounts=own if has_own else [],
                livemode=False,
                period=Period(start=0, end=0),
                subtotal=gross,
            )
        )
        facts[id] = LineFacts(
            gross=gross,
            tax_rates=list(terms.rates) if draw(st.booleans()) else [],
            frozen=[DiscountAmount(amount=frozen, discount="di_old")] if frozen else [],
            metered=draw(st.booleans()),
        )
    invoice = Invoice(
        id="in_1",
        automatic_tax=InvoiceAutomaticTax(),
        collection_method="charge_automatically",
        created=0,
        currency="usd",
        customer_tax_exempt=draw(st.sampled_from(["none", "exempt", "reverse"])),
        discounts=everywhere,
        issuer=InvoiceTaxLiability(),
        lines=InlineList(data=lines),
        livemode=False,
        payment_settings=InvoicePaymentSettings(),
        period_end=0,
        period_start=0,
        status_transitions=InvoiceStatusTransitions(),
    )
    invoice.private = InvoicePrivate(lines=facts)
    return invoice, terms


def paid_by_credits(amounts):
    return sum(each.amount for each in amounts if each.type == "credit_balance_transaction")


def taxes_of(invoice, behavior):
    return sum(each.amount for each in invoice.total_taxes if each.tax_behavior == behavior)


@settings(max_examples=200)
@given(invoices())
def test_the_parts_make_the_total(drawn):
    invoice, terms = drawn
    add_up(invoice, terms)

    lines = invoice.lines.data
    taken = sum(each.amount for each in invoice.total_discount_amounts)
    assert taken == sum(each.amount for line in lines for each in line.discount_amounts)
    gross = sum(line.amount for line in lines)
    exclusive, inclusive = taxes_of(invoice, "exclusive"), taxes_of(invoice, "inclusive")
    paid = paid_by_credits(invoice.total_pretax_credit_amounts)
    assert paid == sum(paid_by_credits(line.pretax_credit_amounts) for line in lines)
    assert invoice.total == gross - taken - paid + exclusive
    assert invoice.total_excluding_tax == invoice.total - exclusive - inclusive
    of_invoice = sum(
        each.amount for each in invoice.total_discount_amounts if each.discount in invoice.discounts
    )
    assert invoice.total == invoice.subtotal - of_invoice - paid + exclusive
    assert invoice.lines.total_count == len(lines)


@settings(max_examples=200)
@given(invoices())
def test_no_line_is_discounted_below_nothing_nor_taxed_beyond_its_rates(drawn):
    invoice, terms = drawn
    add_up(invoice, terms)

    for line in invoice.lines.data:
        assert after_discounts(line) >= min(0, line.amount)
        if invoice.customer_tax_exempt != "none":
            assert sum(tax.amount for tax in line.taxes) == 0
        highest = sum((rate.percentage for rate in terms.rates.values()), Decimal(0)) / 100
        most = abs(after_discounts(line)) * highest + 2 * len(terms.rates)
        assert abs(sum(tax.amount for tax in line.taxes)) <= most


@settings(max_examples=100)
@given(invoices())
def test_credits_pay_for_usage_and_what_is_left_of_it(drawn):
    invoice, terms = drawn
    add_up(invoice, terms)

    for line in invoice.lines.data:
        facts = invoice.private.lines[line.id]
        paid = [each.amount for each in facts.credits]
        assert sum(paid) == paid_by_credits(line.pretax_credit_amounts)
        assert facts.metered or not paid
        assert after_discounts(line) >= min(0, line.amount)
    for grant in terms.credits:
        uses = [each for facts in invoice.private.lines.values() for each in facts.credits]
        assert sum(each.amount for each in uses if each.grant == grant.id) <= grant.left


@settings(max_examples=60)
@given(invoices())
def test_summing_again_changes_nothing(drawn):
    invoice, terms = drawn
    add_up(invoice, terms)
    first = (invoice.subtotal, invoice.total, [line.amount for line in invoice.lines.data])

    add_up(invoice, terms)

    assert first == (invoice.subtotal, invoice.total, [line.amount for line in invoice.lines.data])
