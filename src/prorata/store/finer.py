"""Finer events: thin events that exist because somebody listens, beside what they are part of.

Most of them follow from the event of a change, some from the change alone. They cost nothing where
nobody asks for them.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from prorata.model.difference import Patch, walk_back
from prorata.model.finer_types import RULES, SILENT
from prorata.model.resource import REGISTRY
from prorata.model.thin_types import THIN_KIND
from prorata.store.events import Said
from prorata.store.records import Record, encode, key_of, plain

if TYPE_CHECKING:
    from prorata.store.unit_of_work import UnitOfWork

# What has no object that could be fetched.
NAMELESS = ("v1.entitlements.", "v1.customer.discount.")


def with_finer(
    uow: "UnitOfWork", told: Iterable[Said], changed: Iterable[Record], wanted: frozenset[str]
) -> list[Said]:
    """Return events with the finer ones that are wanted behind each; `*` wants all.

    changed: documents of the kinds that no event tells of.
    """
    found: list[Said] = []
    for event in told:
        found.append(event)
        rule = RULES.get(event.type)
        if rule is not None:
            after = _told_form(uow, event)
            before = _walked_back(after, event.previous) if event.previous is not None else {}
            found += _of(event, rule(before, after), wanted)
    for record in changed:
        if record.shown is None:
            continue
        before = plain(record.base) if record.base is not None else {}
        whole = Said("", record.spec.kind, record.document.id, record.revision)
        # Of the step that changed it last, whose time need not be the unit's.
        whole.created = record.patches[-1][1] if record.patches else record.created
        whole.clock, whole.request = record.clock, uow.cause
        found += _of(whole, SILENT[record.spec.kind](before, plain(record.shown)), wanted)
    return found


def _told_form(uow: "UnitOfWork", event: Said) -> dict[str, Any]:
    """Return the document of an event as it was when the event was said."""
    if event.payload is not None:
        return event.payload
    record = uow.records[key_of(REGISTRY[event.kind], event.object_id)]
    form = plain(record.shown or b"{}")
    for revision, _, patch in reversed(record.patches):
        if revision <= event.revision:
            break
        form = _walked_back(form, patch)
    return form


def _walked_back(form: dict[str, Any], patch: Patch) -> dict[str, Any]:
    # A patch that was just made holds texts that nobody has read yet.
    return walk_back(form, plain(encode(patch)))


def _of(event: Said, types: Iterable[str], wanted: frozenset[str]) -> list[Said]:
    """Return what is told thin beside an event, or beside a change: each type once."""
    found = []
    for type in dict.fromkeys(types):
        if type in wanted or "*" in wanted:
            payload: dict[str, Any] = {}
            if not type.startswith(NAMELESS):
                url = f"{REGISTRY[event.kind].path}/{event.object_id}"
                related = {"id": event.object_id, "type": event.kind, "url": url}
                payload["related_object"] = related
            found.append(
                Said(
                    type,
                    THIN_KIND,
                    event.object_id,
                    0,
                    None,
                    payload,
                    event.created,
                    event.clock,
                    event.request,
                )
            )
    return found
