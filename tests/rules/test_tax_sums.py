"""Tax sums: whatever is taxed, lines and taxes add up to the total."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from prorata.rules import taxes
from prorata.rules.tax_reversal import Part, reverse_flat

PERCENT = st.decimals(0, 30, places=3)
AMOUNT = st.integers(-(10**7), 10**7)
LEVIES = st.lists(st.tuples(PERCENT, st.booleans()), min_size=0, max_size=3)
STEP = st.sampled_from([1, 10, 100])


def rates(levies):
    return tuple(
        taxes.Rate(f"{percentage}{inclusive}", Decimal(percentage), inclusive)
        for percentage, inclusive in dict.fromkeys(levies)
    )


@given(st.lists(st.tuples(AMOUNT, LEVIES), max_size=8), st.sampled_from(["line", "invoice"]))
def test_net_and_taxes_make_the_total(lines, rounding):
    found = taxes.apply([(amount, rates(levies)) for amount, levies in lines], rounding)

    for (amount, levies), shares in zip(lines, found, strict=True):
        inside = sum(share.amount for share in shares if share.inclusive)
        assert all(share.taxable_amount + inside == amount for share in shares)
        assert len(shares) == len(rates(levies))


@given(st.integers(0, 10**7), st.integers(0, 10**7), PERCENT, st.booleans())
def test_a_split_lines_tax_stays_within_a_minor_unit(first, second, percentage, inclusive):
    rate = (taxes.Rate("a", percentage, inclusive),)
    [[whole]] = taxes.apply([(first + second, rate)])
    parts = taxes.apply([(first, rate), (second, rate)])
    assert abs(sum(share.amount for [share] in parts) - whole.amount) <= 1

    by_invoice = taxes.apply([(first, rate), (second, rate)], "invoice")
    assert sum(share.amount for [share] in by_invoice) == whole.amount


@given(
    st.lists(st.tuples(st.integers(0, 10**6), PERCENT, st.booleans()), min_size=1, max_size=6),
    st.lists(st.integers(1, 10**5), max_size=5),
)
def test_reversals_take_back_what_was_taken_and_end_at_zero(lines, amounts):
    left = []
    for amount, percentage, inclusive in lines:
        [[share]] = taxes.apply([(amount, (taxes.Rate("a", percentage, inclusive),))])
        left.append(Part(amount, share.amount, inclusive))
    whole = sum(part.gross for part in left)
    for amount in amounts:
        taken = reverse_flat(left, amount)
        if taken is None:
            assert amount > sum(part.gross for part in left)
            continue
        assert sum(part.gross for part in taken) == amount
        left = [part.less(each.amount, each.tax) for part, each in zip(left, taken, strict=True)]
        assert all(part.amount >= 0 and part.tax >= 0 for part in left)
    rest = sum(part.gross for part in left)
    assert rest <= whole
    last = reverse_flat(left, rest)
    assert last is not None
    left = [part.less(each.amount, each.tax) for part, each in zip(left, last, strict=True)]
    assert all(part.amount == part.tax == 0 for part in left)
