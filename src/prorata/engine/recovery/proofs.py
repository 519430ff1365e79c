"""Recovery proofs: what retries have taught adds up, for the doctor."""

from collections.abc import Iterator

from prorata.engine.doctor import check
from prorata.engine.invoices.recovery import TALLY
from prorata.engine.runtime import System
from prorata.rules.recovery import ALL
from prorata.store.connection import Connection

KINDS = ("hour", "weekday", "day")


@check("Every retry is counted once in all, by hour, by weekday and by day of the month")
def retries_are_counted(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every decline code: its slots make its sums, and no more were paid than made."""
    rows = connection.query(
        "SELECT book, clock, name, slot, CAST(SUM(tried) AS bigint), CAST(SUM(won) AS bigint)"
        " FROM tally GROUP BY book, clock, name, slot ORDER BY book, clock, name"
    )
    codes: dict[tuple[int, str, str], dict[str, tuple[int, int]]] = {}
    for book, clock, name, slot, tried, won in rows:
        if name.startswith(TALLY):
            codes.setdefault((book, clock, name), {})[slot] = (tried, won)
    for (_, clock, name), slots in codes.items():
        problem = _problem(slots)
        where = f" on {clock}" if clock else ""
        yield f"{name.removeprefix(TALLY)}: {problem}{where}" if problem else None


def _problem(slots: dict[str, tuple[int, int]]) -> str | None:
    in_all = slots.get(ALL, (0, 0))
    for slot, (tried, won) in slots.items():
        if not 0 <= won <= tried:
            return f"{won} of {tried} retries were paid ({slot})"
    for kind in KINDS:
        parts = [pair for slot, pair in slots.items() if slot.startswith(f"{kind} ")]
        made = (sum(tried for tried, _ in parts), sum(won for _, won in parts))
        if made != in_all:
            return f"{in_all} were counted in all, {made} by {kind}"
    return None
