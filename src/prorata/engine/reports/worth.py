"""Worth: what a form of a subscription is worth a month.

Licensed recurring items count, normalised to a month and rounded to the minor unit each; metered
ones, taxes and one-off items do not. Discounts for ever are always subtracted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import UNSET, Struct, UnsetType

from prorata.resources.products.discount import Discount, applies_at, discount_terms
from prorata.resources.products.price import Price, PricePrivate
from prorata.resources.products.price_terms import currencies_of, price_terms
from prorata.rules import discounts, pricing
from prorata.rules.currency import smallest_step
from prorata.rules.mrr import item_mrr
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import decoder

# Prices are kept in hand up to so many.
KEPT = 20_000
# Which durations are subtracted where these are asked for.
SUBTRACTED = {
    "forever": frozenset({"forever"}),
    "repeating": frozenset({"forever", "repeating"}),
    "once": frozenset({"forever", "repeating", "once"}),
}


class _Price(Struct):
    id: str


class _Item(Struct):
    price: _Price
    quantity: int = 0
    discounts: list[str] = []


class _Items(Struct):
    data: list[_Item]


class Form(Struct, kw_only=True):
    """What of a subscription tells its worth."""

    status: str
    items: _Items
    discounts: list[str] = []

    @property
    def named(self) -> Iterator[str]:
        """Yield the discounts that it names, its items' too."""
        yield from self.discounts
        for item in self.items.data:
            yield from item.discounts


class Newest(Form):
    """A subscription as it is, with what does not change."""

    id: str
    customer: str
    currency: str


class _PatchedItems(Struct):
    data: list[_Item] | UnsetType = UNSET


class Patch(Struct):
    """What of a way back tells the worth of the former form."""

    status: str | UnsetType = UNSET
    items: _PatchedItems | UnsetType = UNSET
    discounts: list[str] | UnsetType = UNSET

    @property
    def tells(self) -> bool:
        """Return whether the former form may have had another worth."""
        return any(each is not UNSET for each in (self.status, self.items, self.discounts))

    def applied_to(self, form: Form) -> Form:
        """Return the former form."""
        items = form.items
        if self.items is not UNSET and self.items.data is not UNSET:
            items = _Items(self.items.data)
        return Form(
            status=form.status if self.status is UNSET else self.status,
            items=items,
            discounts=form.discounts if self.discounts is UNSET else self.discounts,
        )


class Worth:
    """Values forms of subscriptions; `prepare` reads what a batch of them needs."""

    def __init__(self, connection: Connection, book: int, subtracted: str) -> None:
        self._connection = connection
        self._book = book
        self._durations = SUBTRACTED[subtracted]
        self._prices: dict[str, Price] = {}
        self._discounts: dict[str, Discount] = {}
        self._of_customers: dict[str, list[Discount]] = {}

    def prepare(self, newest: Iterable[Newest], patches: Iterable[Patch]) -> None:
        """Read the prices and discounts that some subscriptions have, and once had."""
        prices, named, customers = set[str](), set[str](), set[str]()
        for form in newest:
            prices.update(item.price.id for item in form.items.data)
            named.update(form.named)
            customers.add(form.customer)
        for patch in patches:
            if patch.discounts is not UNSET:
                named.update(patch.discounts)
            if patch.items is not UNSET and patch.items.data is not UNSET:
                for item in patch.items.data:
                    prices.add(item.price.id)
                    named.update(item.discounts)
        if len(self._prices) > KEPT:
            self._prices.clear()
        for text, facts in self._rows("price", "id", prices - self._prices.keys()):
            price: Price = decoder(Price).decode(text)
            price.private = decoder(PricePrivate).decode(facts or b"{}")
            self._prices[price.id] = price
        self._discounts = {each.id: each for each in self._read_discounts("id", named)}
        apart: dict[str, list[Discount]] = defaultdict(list)
        for each in self._read_discounts("customer", customers):
            if each.subscription is None and each.invoice is None and each.customer:
                apart[each.customer].append(each)
        self._of_customers = apart

    def moments(self, customer: str, form: Form, since: int, until: int | None) -> list[int]:
        """Return when a form may change its worth: at its start, and with its discounts."""
        found = {since}
        if form.discounts:
            working = [self._discounts[id] for id in form.named if id in self._discounts]
        else:
            working = [*self._of_customers.get(customer, ())]
        for each in working:
            found.update(
                at for at in (each.start, _end(each))
                if at is not None and since < at and (until is None or at < until)
            )  # fmt: skip
        return sorted(found)

    def of(self, customer: str, currency: str, form: Form, at: int) -> int:
        """Return what a form is worth a month at a second, in minor units."""
        lines, terms = [], []
        for item in form.items.data:
            price = self._prices.get(item.price.id)
            if price is None or price.recurring is None:
                continue
            if price.recurring.usage_type == "metered":
                continue
            if currency not in currencies_of(price):
                # It can't be billed; the doctor names it.
                continue
            gross = pricing.amount(price_terms(price, currency), item.quantity)
            own = tuple(self._terms(item.discounts, currency, at))
            lines.append(discounts.Line(gross, True, str(price.product), own))
            terms.append(price.recurring)
        shared = [*self._terms(form.discounts, currency, at)]
        if not form.discounts and customer in self._of_customers:
            ids = [each.id for each in self._of_customers[customer]]
            self._discounts |= {each.id: each for each in self._of_customers[customer]}
            shared = [*self._terms(ids, currency, at)]
        taken = discounts.apply(lines, shared, smallest_step(currency))
        return sum(
            item_mrr(
                line.amount - sum(amount for _, amount in parts),
                recurring.interval,
                recurring.interval_count,
            )
            for line, parts, recurring in zip(lines, taken, terms, strict=True)
        )

    def _terms(self, ids: Iterable[str], currency: str, at: int) -> Iterator[discounts.Discount]:
        for id in ids:
            found = self._discounts.get(id)
            if found is None or found.private.duration not in self._durations:
                continue
            if found.start <= at and applies_at(found, at):
                terms = discount_terms(found, currency)
                if terms is not None:
                    yield terms

    def _read_discounts(self, column: str, values: Iterable[str]) -> Iterator[Discount]:
        for text, facts in self._rows("discount", column, values):
            discount: Discount = decoder(Discount).decode(text)
            assert Discount.Private is not None, "it has private facts"
            discount.private = decoder(Discount.Private).decode(facts or b"{}")
            yield discount

    def _rows(
        self, kind: str, column: str, values: Iterable[str]
    ) -> list[tuple[bytes, bytes | None]]:
        wanted = sorted(values)
        if not wanted:
            return []
        among, value = self._connection.any_of(column, wanted)
        rows = self._connection.query(
            f"SELECT document, private FROM {table_name(kind)} WHERE book = ? AND {among}",
            (self._book, value),
        )
        return [(text, facts) for text, facts in rows]


def _end(discount: Discount) -> int | None:
    ends = [each for each in (discount.private.ended, discount.end) if each is not None]
    return min(ends, default=None)
