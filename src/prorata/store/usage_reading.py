"""Reading usage: what was used in spans of time, many of them in two queries.

Whole hours are read from the roll-up, what is left at both ends event by event; what has not been
filed yet stands in the table of fresh events.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from prorata.model.usage import Span
from prorata.rules.rounding import EXACT
from prorata.store.connection import Connection

HOUR = 3600
# Of a value, after the point.
PLACES = 12
# Whole units are added up in two parts: their sum may have more digits than a database's integers.
HALF = 10**9
# By span: the series, timestamp, number, whole and fraction of events.
Edges = dict[int, list[tuple[int, ...]]]
SECONDS = {"hour": 3600, "day": 86400}
_ZERO = Decimal(0)
# Of a span and a series: the seconds [a, b); its whole hours [h0, h1), what is before and after.
PART = ("k", "s", "a", "b", "h0", "h1", "head", "tail")
_EVENTS = (
    # CROSS: the few are gone through, what is searched among the many.
    "SELECT {what} FROM w CROSS JOIN {table} AS e"
    " WHERE e.series = w.s AND e.timestamp >= w.{since} AND e.timestamp < w.{until}"
)
_LAST = (
    "(SELECT e.{what} FROM {table} AS e"
    " WHERE e.series = w.s AND e.timestamp >= w.a AND e.timestamp < w.b"
    " ORDER BY e.timestamp DESC, e.number DESC LIMIT 1)"
)


def measure(connection: Connection, book: int, spans: Sequence[Span]) -> list[Decimal]:
    """Return what each span amounts to by its formula; one kind of formula takes one query."""
    series = _series_of(connection, book, spans)
    found: list[Decimal] = [_ZERO] * len(spans)
    kinds: dict[str, list[tuple[int, ...]]] = {}
    for place, span in enumerate(spans):
        kind = "windows" if span.window else "last" if span.formula == "last" else "sums"
        for number, dimensions in series.get((span.customer, span.meter), ()):
            if span.dimensions is None or span.dimensions == dimensions:
                kinds.setdefault(kind, []).append(_part(place, number, span))
    edges = _edges(connection, spans, [part for parts in kinds.values() for part in parts])
    for kind, parts in kinds.items():
        for place, value in _READERS[kind](connection, spans, parts, edges):
            found[place] = value
    return found


def active_windows(
    connection: Connection,
    book: int,
    span: Span,
    seconds: int,
    before: int | None,
    after: int | None,
    limit: int,
) -> list[int]:
    """Return the starts of windows with events, newest first, or oldest first `after` one."""
    series = _series_of(connection, book, [span]).get((span.customer, span.meter), [])
    numbers = [
        number for number, text in series if span.dimensions is None or span.dimensions == text
    ]
    of_series, value = connection.any_of("series", numbers)
    start = span.start if after is None else max(span.start, after + seconds)
    end = span.end if before is None else min(span.end, before)
    hours = seconds // HOUR
    order = "DESC" if after is None else "ASC"
    rows = connection.query(
        f"SELECT DISTINCT w FROM ("
        f"SELECT hour / {hours} AS w FROM usage_hour"
        f" WHERE {of_series} AND hour >= ? AND hour < ? AND count > 0"
        f" UNION SELECT timestamp / {seconds} AS w FROM usage_fresh"
        f" WHERE {of_series} AND timestamp >= ? AND timestamp < ?"
        f") AS active ORDER BY w {order} LIMIT {limit}",
        (value, start // HOUR, end // HOUR, value, start, end),
    )
    return sorted((window * seconds for (window,) in rows), reverse=True)


def _series_of(
    connection: Connection, book: int, spans: Iterable[Span]
) -> dict[tuple[str, str], list[tuple[int, str]]]:
    """Return the numbers of the series, with their dimensions, by customer and meter."""
    pairs = {(span.customer, span.meter) for span in spans}
    of_customer, customers = connection.any_of("customer", sorted({each[0] for each in pairs}))
    of_meter, meters = connection.any_of("meter", sorted({each[1] for each in pairs}))
    rows = connection.query(
        "SELECT customer, meter, number, dimensions FROM usage_series"
        f" WHERE book = ? AND {of_customer} AND {of_meter}",
        (book, customers, meters),
    )
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for customer, meter, number, dimensions in rows:
        found.setdefault((customer, meter), []).append((number, dimensions))
    return found


def _part(place: int, series: int, span: Span) -> tuple[int, ...]:
    a = span.start + 1 if span.after else span.start
    b = max(a, span.end)
    h0, h1 = -(-a // HOUR), b // HOUR
    if h1 < h0:
        return (place, series, a, b, 0, 0, b, b)
    return (place, series, a, b, h0, h1, h0 * HOUR, h1 * HOUR)


def _edges(connection: Connection, spans: Sequence[Span], parts: list[tuple[int, ...]]) -> Edges:
    """Return the events that count of the seconds which spans have only in part."""
    wanted = []
    for place, series, *_ in parts:
        span = spans[place]
        if span.after:
            wanted.append((place, series, span.start))
        if span.until and not (span.after and span.end == span.start):
            wanted.append((place, series, span.end))
    if not wanted:
        return {}
    seconds, values = connection.numbers(("k", "s", "a"), wanted)
    reads = [
        "SELECT w.k, w.s, e.timestamp, e.number, e.whole, e.fraction FROM w"
        f" CROSS JOIN {table} AS e WHERE e.series = w.s AND e.timestamp = w.a"
        for table in ("usage_event", "usage_fresh")
    ]
    found: Edges = {}
    for place, *event in connection.query(
        f"WITH w AS {seconds} {' UNION ALL '.join(reads)}", values
    ):
        span, timestamp, number = spans[place], event[1], event[2]
        if timestamp == span.start and span.after and number < span.after:
            continue
        if timestamp == span.end and number >= span.until:
            continue
        found.setdefault(place, []).append(tuple(event))
    return found


def _sums(
    connection: Connection,
    spans: Sequence[Span],
    parts: list[tuple[int, ...]],
    edges: Edges,
) -> Iterable[tuple[int, Decimal]]:
    wanted, values = connection.numbers(PART, parts)
    each = "w.k AS k, 1 AS c, e.whole AS x, e.fraction AS f"
    reads = [
        "SELECT w.k AS k, h.count AS c, h.whole AS x, h.fraction AS f FROM w"
        " CROSS JOIN usage_hour AS h WHERE h.series = w.s AND h.hour >= w.h0 AND h.hour < w.h1",
        _EVENTS.format(what=each, table="usage_event", since="a", until="head"),
        _EVENTS.format(what=each, table="usage_event", since="tail", until="b"),
        _EVENTS.format(what=each, table="usage_fresh", since="a", until="b"),
    ]
    rows = connection.query(
        f"WITH w AS {wanted} SELECT k, SUM(c), SUM(x / {HALF}), SUM(x % {HALF}), SUM(f)"
        f" FROM ({' UNION ALL '.join(reads)}) AS used GROUP BY k",
        values,
    )
    sums = {
        place: (int(count), int(high) * HALF + int(low), int(f))
        for place, count, high, low, f in rows
    }
    for place in sums.keys() | {part[0] for part in parts if part[0] in edges}:
        count, whole, fraction = sums.get(place, (0, 0, 0))
        for _, _, _, more, part in edges.get(place, ()):
            count, whole, fraction = count + 1, whole + more, fraction + part
        if spans[place].formula == "count":
            yield place, Decimal(count)
        else:
            yield place, joined(whole, fraction)


def _lasts(
    connection: Connection,
    spans: Sequence[Span],
    parts: list[tuple[int, ...]],
    edges: Edges,
) -> Iterable[tuple[int, Decimal]]:
    wanted, values = connection.numbers(PART, parts)
    columns = [
        _LAST.format(what=what, table=table)
        for table in ("usage_event", "usage_fresh")
        for what in ("timestamp", "number", "whole", "fraction")
    ]
    rows = connection.query(f"WITH w AS {wanted} SELECT k, {', '.join(columns)} FROM w", values)
    latest: dict[int, tuple[int, int, int, int]] = {}
    for place, *ends in rows:
        for end in (ends[:4], ends[4:]):
            if end[0] is not None:
                latest[place] = max(latest.get(place, (0, 0, 0, 0)), tuple(end))
    for place in {part[0] for part in parts}:
        for event in edges.get(place, ()):
            _, timestamp, number, whole, fraction = event
            found = (timestamp, number, whole, fraction)
            latest[place] = max(latest.get(place, (0, 0, 0, 0)), found)
    for place, (_, _, whole, fraction) in latest.items():
        yield place, joined(whole, fraction)


def _windows(
    connection: Connection,
    spans: Sequence[Span],
    parts: list[tuple[int, ...]],
    edges: Edges,
) -> Iterable[tuple[int, Decimal]]:
    """Count of each window the event that was received last; such events come few by few."""
    wanted, values = connection.numbers(PART, parts)
    each = "w.k, w.s, e.timestamp, e.number, e.whole, e.fraction"
    reads = [
        _EVENTS.format(what=each, table=table, since="a", until="b")
        for table in ("usage_event", "usage_fresh")
    ]
    rows = connection.query(f"WITH w AS {wanted} {' UNION ALL '.join(reads)}", values)
    received: dict[int, dict[tuple[int, int], tuple[int, Any, Any]]] = {}
    places = {part[0] for part in parts}
    more = [(place, *event) for place in places for event in edges.get(place, ())]
    for place, series, timestamp, number, whole, fraction in (*rows, *more):
        window = spans[place].window
        assert window is not None
        key = (series, timestamp // SECONDS[window])
        windows = received.setdefault(place, {})
        if key not in windows or number > windows[key][0]:
            windows[key] = (number, whole, fraction)
    for place, windows in received.items():
        yield place, _folded(spans[place].formula, windows)


def _folded(formula: str, windows: dict[tuple[int, int], tuple[int, Any, Any]]) -> Decimal:
    if formula == "count":
        return Decimal(len(windows))
    if formula == "last":
        _, (_, whole, fraction) = max(windows.items(), key=lambda each: (each[0][1], each[1][0]))
        return joined(whole, fraction)
    return joined(
        sum(whole for _, whole, _ in windows.values()),
        sum(fraction for _, _, fraction in windows.values()),
    )


def joined(whole: int, fraction: int) -> Decimal:
    """Return the value that stands as whole units and twelve places."""
    if not fraction:
        return Decimal(whole)
    return EXACT.add(Decimal(whole), Decimal(fraction).scaleb(-PLACES, EXACT).normalize(EXACT))


_READERS = {"sums": _sums, "last": _lasts, "windows": _windows}
