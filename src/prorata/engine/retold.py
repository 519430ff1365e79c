"""Retold: proves that whatever changed was told, by each event from where another one had told.

An event of a change says what a document was before. It covers the revisions between that form and
its own: of a document whose beginning was told, every revision since is covered by some event. So
it is in whatever order payments tell what had waited for them.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from prorata.engine.doctor import PAGE, check
from prorata.engine.runtime import System
from prorata.engine.told import QUIET, held_keys, own
from prorata.model.difference import previous_attributes, reverse_patch, walk_back
from prorata.model.resource import REGISTRY, ResourceSpec
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import key_of, plain

Form = dict[str, Any]
Steps = dict[int, tuple[int, str]]
# Revisions that one transaction makes of a document at the most, and that others make meanwhile.
NEAR, FAR = 8, 40
# They tell what ends alone: no change of it is told beside its end.
ENDS = frozenset({
    "customer.subscription.deleted", "price.deleted", "subscription_schedule.aborted",
    "subscription_schedule.canceled",
})  # fmt: skip


class Told(NamedTuple):
    """An event of a document. moment: what those have in common that are told at once."""

    revision: int
    type: str
    previous: str | None
    moment: tuple[Any, ...]


@check("Every change of a document was told, and what its events say has changed did")
def changes_follow(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every document that events tell of: each of its revisions is between two told forms."""
    held = held_keys(connection)
    undone = _undone(connection)
    for kind, spec in REGISTRY.items():
        if not {"created", "updated"} <= spec.events or kind in QUIET:
            continue
        book, id = -1, ""
        while page := connection.query(
            f"SELECT book, id, revision FROM {table_name(kind)} WHERE deleted = 0"
            f" AND revision > 1 AND (book, id) > (?, ?) ORDER BY book, id LIMIT {PAGE}",
            (book, id),
        ):
            book, id = page[-1][:2]
            for each, rows in groupby(page, lambda row: int(row[0])):
                newest = {
                    id: revision for _, id, revision in rows
                    if (each, key_of(spec, id)) not in held
                }  # fmt: skip
                yield from _untold(connection, each, spec, newest, undone)


def _untold(
    connection: Connection, book: int, spec: ResourceSpec, newest: dict[str, int],
    undone: dict[tuple[int, str], set[int]],
) -> Iterator[str | None]:  # fmt: skip
    events = _events(connection, book, spec, newest)
    steps = _steps(connection, book, spec, newest)
    doubtful = {}
    for id, revision in newest.items():
        # What is not complete, or came from elsewhere, is another check's.
        if steps[id].keys() >= set(range(2, revision + 1)) and events[id]:
            if _plain_to_see(spec, revision, events[id], steps[id]):
                yield None
            else:
                doubtful[id] = revision
    among, value = connection.any_of("id", [*doubtful])
    documents = connection.query(
        f"SELECT id, document FROM {table_name(spec.kind)} WHERE book = ? AND {among}",
        (book, value),
    ) if doubtful else ()  # fmt: skip
    for id, text in documents:
        forms = {doubtful[id]: plain(text)}
        for revision in range(doubtful[id], 1, -1):
            patch = plain(steps[id][revision][1])
            forms[revision - 1] = walk_back(forms[revision], patch)
        taken_back = undone.get((book, key_of(spec, id)), set())
        problem = _problem(spec, forms, events[id], steps[id], taken_back)
        yield problem and f"{id}: {problem}"


def _events(
    connection: Connection, book: int, spec: ResourceSpec, ids: dict[str, int]
) -> dict[str, list[Told]]:
    among, value = connection.any_of("object_id", [*ids])
    found: dict[str, list[Told]] = defaultdict(list)
    for id, revision, type, previous, *moment in connection.query(
        "SELECT object_id, revision, type, previous, created, recorded_at, request FROM event"
        f" WHERE book = ? AND kind = ? AND payload IS NULL AND {among}",
        (book, spec.kind, value),
    ):
        found[id].append(Told(revision, type, previous, tuple(moment)))
    return found


def _steps(
    connection: Connection, book: int, spec: ResourceSpec, ids: dict[str, int]
) -> dict[str, Steps]:
    named = {key_of(spec, id): id for id in ids}
    among, value = connection.any_of("object_id", [*named])
    found: dict[str, Steps] = defaultdict(dict)
    for key, revision, second, patch in connection.query(
        "SELECT object_id, revision, changed_at, patch FROM history"
        f" WHERE book = ? AND {among}",
        (book, value),
    ):
        found[named[key]][revision] = (second, patch)
    return found


def _undone(connection: Connection) -> dict[tuple[int, str], set[int]]:
    """Return by document the revisions whose change came to nothing, after others had seen it."""
    found: dict[tuple[int, str], set[int]] = defaultdict(set)
    for book, text in connection.query(
        f"SELECT book, document FROM {table_name('payment_attempt')}"
        " WHERE state = 'declined' AND document LIKE '%\"undone\"%'"
    ):
        for key, (before, after) in plain(text)["undone"].items():
            found[book, key].update(range(before + 1, after + 1))
    return found


def _plain_to_see(spec: ResourceSpec, newest: int, events: list[Told], steps: Steps) -> bool:
    """Return whether each change is one step, which an event of its own tells."""
    changes = _changes(spec, events)
    before = {each.revision: each.previous for each in changes}
    first = min(before, default=newest + 1)
    since = _begun(spec, events) or first - 1
    return since < first and len(before) == len(changes) and before.keys() <= steps.keys() and all(
        steps[revision][1] == before.get(revision, "{}")
        for revision in range(since + 1, newest + 1)
    )  # fmt: skip


def _changes(spec: ResourceSpec, events: list[Told]) -> list[Told]:
    type = f"{spec.event}.updated"
    return [each for each in events if each.type == type and each.previous is not None]


def _begun(spec: ResourceSpec, events: list[Told]) -> int:
    """Return the last revision that was told together with the beginning, 0 where it was not."""
    born = {each.moment for each in events if each.type == f"{spec.event}.created"}
    return max((each.revision for each in events if each.moment in born), default=0)


def _problem(
    spec: ResourceSpec, forms: dict[int, Form], events: list[Told], steps: Steps,
    taken_back: set[int],
) -> str | None:  # fmt: skip
    told = sorted({each.revision for each in events}, reverse=True)
    covered, ended = set(taken_back), _ended(events, steps)
    first = max(forms)
    for each in _changes(spec, events):
        if each.revision not in forms:
            return f"an event tells of revision {each.revision}, and there is none"
        base = _base(forms, each, told)
        own_steps = set() if base is None else set(range(base + 1, each.revision + 1))
        own_steps = own_steps or _waited(forms, each)
        if not own_steps:
            return f"what changed by revision {each.revision} is not what its event says"
        covered |= own_steps
        first = min(first, min(own_steps) - 1)
    since = _begun(spec, events) or first
    for revision in range(since + 1, max(forms) + 1):
        if revision in covered:
            since = revision
        elif revision + 1 not in forms or revision + 1 in covered or revision in ended:
            # What was changed and changed back meanwhile need not be told.
            back = revision
            while own(forms[back]) != own(forms[since]):
                if back not in ended:
                    return f"changed from revision {since} to {back}, and no event says so"
                back -= 1
            if revision in ended:
                since = revision
    return None


def _base(forms: dict[int, Form], event: Told, told: list[int]) -> int | None:
    """Return the revision from which a document has changed as an event says; None for none.

    Where there are several, it is the newest one that was told.
    """
    form, previous = forms[event.revision], plain(event.previous or "{}")
    for revision in (*told, *range(event.revision - 1, 0, -1)):
        before = forms.get(revision)
        if (
            before is not None and revision < event.revision
            and all(name in previous or before.get(name) == form.get(name) for name in form)
            and previous_attributes(reverse_patch(form, before)) == previous
        ):  # fmt: skip
            return int(revision)
    return None


def _waited(forms: dict[int, Form], event: Told) -> set[int]:
    """Return the revisions that an event tells of if others changed the document in their midst.

    They are those of a request whose payment it waited for, and those of the payment's outcome:
    what was done between the two has events of its own.
    """
    newest, previous = event.revision, plain(event.previous or "{}")
    for found in range(newest, max(newest - NEAR, 0), -1):
        for after in range(found - 1, max(newest - FAR, 1), -1):
            for before in range(after - 1, max(after - NEAR, 0), -1):
                if not {found, after, before} <= forms.keys():
                    continue
                waited = reverse_patch(forms[after], forms[before])
                base = walk_back(forms[found], waited)
                if previous_attributes(reverse_patch(forms[newest], base)) == previous:
                    return {*range(before + 1, after + 1), *range(found + 1, newest + 1)}
    return set()


def _ended(events: list[Told], steps: Steps) -> set[int]:
    """Return the revisions that are told by the document's end alone."""
    ends = {
        (each.revision, steps[each.revision][0])
        for each in events if each.type in ENDS and each.revision in steps
    }  # fmt: skip
    return {
        revision for revision, (second, _) in steps.items()
        if any(revision <= end and second == at for end, at in ends)
    }  # fmt: skip
