"""Filing: whatever has been moved on, what is counted is the same, and is right."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prorata.model.usage import Span, UsageEvent
from prorata.store.books import open_book
from prorata.store.usage import UsageStore, identifier_digest, split
from prorata.store.usage_filing import Filing, file_all
from prorata.store.usage_reading import joined

NOW = 1_790_000_000
START = NOW - 3 * 86400
numbers = count()
values = st.decimals(-10**6, 10**6, places=3) | st.integers(-10**14, 10**14).map(Decimal)
events = st.tuples(st.sampled_from([0, 1]), st.integers(START, NOW), values)
deeds = st.lists(
    st.lists(events, min_size=1, max_size=12) | st.just("file") | st.just("step")
    | st.integers(0, 40), max_size=12,
)  # fmt: skip


def truth(kept, span):
    chosen = [
        each for each in kept
        if each[0] == span.customer and span.start <= each[1] < span.end
    ]  # fmt: skip
    if span.window is not None:
        seconds = 3600 if span.window == "hour" else 86400
        windows = {each[1] // seconds: each for each in chosen}
        chosen = [windows[key] for key in sorted(windows)]
    if span.formula == "count":
        return Decimal(len(chosen))
    if span.formula == "last":
        # Sorting keeps what came later behind.
        if span.window is None:
            chosen = sorted(chosen, key=lambda each: each[1])
        return chosen[-1][2] if chosen else Decimal(0)
    return sum((each[2] for each in chosen), Decimal(0))


class Counted:
    """A meter and two customers: what the store counts for them, and the same in a list."""

    def __init__(self, server, client):
        self.system = server.system
        self.meter = client.v1.billing.meters.create({
            "display_name": "Filed", "event_name": f"filed_{next(numbers)}",
            "default_aggregation": {"formula": "sum"},
        }).id  # fmt: skip
        self.customers = [client.v1.customers.create().id for _ in range(2)]
        self.kept, self.sent = [], 0
        self.filing = Filing(fresh=3, chunk=4)
        account = client.v1.accounts.retrieve_current().id
        self.book = self.system.database.write(lambda each: open_book(each, account, False)).key

    def write(self, work):
        def run(connection):
            return work(UsageStore(connection, self.book, NOW, self.system.ids.moment))

        return self.system.database.write(run)

    def digest(self, number):
        return identifier_digest(self.book, self.meter, str(number))

    def do(self, deed):
        if deed == "file":
            self.system.database.write(lambda each: file_all(each, NOW))
        elif deed == "step":
            self.system.database.write(self.filing.step(NOW))
        elif isinstance(deed, int):
            there = [each for each in self.kept if each[3] == deed]
            assert self.write(lambda usage: usage.cancel(self.digest(deed))) == bool(there)
            self.kept = [each for each in self.kept if each[3] != deed]
        else:
            new = [
                (self.customers[whose], at, value, self.sent + n)
                for n, (whose, at, value) in enumerate(deed)
            ]
            self.sent += len(new)
            self.write(lambda usage: usage.record([
                UsageEvent(self.meter, customer, "", self.digest(n), at, value)
                for customer, at, value, n in new
            ]))  # fmt: skip
            self.kept += new


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=deeds, ends=st.tuples(st.integers(START, NOW), st.integers(START, NOW)))
def test_what_is_counted_is_what_was_sent(server, client, deeds, ends):
    counted = Counted(server, client)
    spans = [
        Span(counted.meter, customer, min(ends), max(ends), formula, window)
        for customer in counted.customers for formula in ("sum", "count", "last")
        for window in (None, "hour", "day")
    ]  # fmt: skip
    for deed in deeds:
        counted.do(deed)
    found = counted.write(lambda usage: usage.measure(spans))
    assert found == [truth(counted.kept, span) for span in spans]


def test_an_identifier_is_known_for_a_day_and_then_free_again(server, client):
    counted = Counted(server, client)
    ada = counted.customers[0]
    counted.do([(0, NOW, Decimal(1))])
    digest = counted.digest(0)

    def at(now):
        return server.system.database.write(
            lambda each: UsageStore(each, counted.book, now, server.system.ids.moment).known(
                [digest])
        )  # fmt: skip

    assert at(NOW + 86400) == {digest}
    assert at(NOW + 26 * 3600) == set()
    for later in (NOW + 26 * 3600, NOW + 60 * 3600):
        event = UsageEvent(counted.meter, ada, "", digest, NOW, Decimal(1))
        server.system.database.write(
            lambda each, event=event, later=later: UsageStore(
                each, counted.book, later, server.system.ids.moment).record([event])
        )  # fmt: skip
        server.system.database.write(lambda each, later=later: file_all(each, later))
    span = Span(counted.meter, ada, NOW, NOW + 1)
    assert counted.write(lambda usage: usage.measure([span])) == [3]


def test_too_many_combinations_are_counted_without_them(server, client, monkeypatch):
    monkeypatch.setattr("prorata.store.usage.MOST_COMBINATIONS", 3)
    counted = Counted(server, client)
    ada = counted.customers[0]
    for n in range(6):
        counted.write(lambda usage, n=n: usage.record(
            [UsageEvent(counted.meter, ada, f"d{n}", counted.digest(n), NOW, Decimal(1))]))
    assert counted.write(lambda usage: usage.combinations(counted.meter, ada)) == [
        "d0", "d1", "d2", ""]
    span = Span(counted.meter, ada, NOW, NOW + 1)
    assert counted.write(lambda usage: usage.measure([span])) == [6]


def test_what_is_too_large_for_an_hour_is_counted_all_the_same(server, client):
    """Twelve thousand events of the largest value come to more than 64 bits hold."""
    counted, largest = Counted(server, client), Decimal(10**15 - 1)
    counted.sent = 12_000
    for batch in range(3):
        start = batch * 4_000
        counted.write(lambda usage, start=start: usage.record([
            UsageEvent(counted.meter, counted.customers[0], "", counted.digest(n), NOW, largest)
            for n in range(start, start + 4_000)]))  # fmt: skip
        counted.do([(1, NOW, Decimal(1))])
        counted.do("file" if batch else "step")
    spans = [Span(counted.meter, each, NOW - 5, NOW + 5) for each in counted.customers]
    assert counted.write(lambda usage: usage.measure(spans)) == [12_000 * largest, 3]


@given(values)
def test_a_value_is_split_exactly(value):
    whole, fraction = split(value)
    assert 0 <= fraction < 10**12
    assert whole + Decimal(fraction).scaleb(-12) == value


@given(st.integers(-10**30, 10**30), st.integers(0, 10**12 - 1))
def test_sums_of_any_size_are_put_together_exactly(whole, fraction):
    value = joined(whole, fraction)
    assert value.as_integer_ratio() == (whole + Fraction(fraction, 10**12)).as_integer_ratio()
