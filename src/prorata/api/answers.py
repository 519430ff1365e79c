"""Answers: what an operation returned, as bytes in the caller's version."""

from typing import Any

import msgspec

from prorata.api.addresses import Expander, with_good_addresses
from prorata.api.call import Call
from prorata.api.fresh import freshened
from prorata.api.listing import read_page
from prorata.api.permissions import Permitted
from prorata.api.searching import read_search
from prorata.api.v2 import answered
from prorata.model.operation import Binary, Deleted, Inline, Listing, Searching, Stored
from prorata.model.pages import Excerpt
from prorata.model.resource import REGISTRY, Resource
from prorata.store.unit_of_work import UnitOfWork
from prorata.wire.encode import list_bytes, plain, to_bytes
from prorata.wire.pagination import cut
from prorata.wire.present import present


def render(call: Call, uow: UnitOfWork, result: Any) -> bytes | Binary:
    """Return the body of an answer; raise InvalidRequest for an expand that leads nowhere."""
    if call.operation.v2:
        return answered(call, uow, result)
    if isinstance(result, Binary):
        return result
    if isinstance(result, Stored):
        return _one(call, uow, result.form, result.cls)
    if isinstance(result, Listing):
        return _listing(call, uow, result)
    if isinstance(result, Inline):
        return _inline(call, uow, result)
    if isinstance(result, Excerpt):
        return _excerpt(call, uow, result)
    if isinstance(result, Searching):
        return _search(call, uow, result)
    if isinstance(result, Deleted):
        return to_bytes({"id": result.id, "object": result.kind, "deleted": True})
    if call.operation.view is not None and isinstance(result, Resource):
        shown_as = call.operation.view(uow, result)
        return _one(call, uow, to_bytes(shown_as), type(shown_as))
    if isinstance(result, Resource):
        record = uow.records.get(result.id)
        shown = record.shown if record is not None and record.document is result else None
        return _one(call, uow, shown or to_bytes(result), type(result))
    return _one(call, uow, to_bytes(result), type(result))


def _one(call: Call, uow: UnitOfWork, form: bytes, cls: type) -> bytes:
    registered = issubclass(cls, Resource) or cls is dict
    body = _present(call, uow, [form], None if registered else cls, listing=False)[0]
    if call.for_page and issubclass(cls, Resource) and cls.spec.page_fields:
        return to_bytes(shown_to_page(plain(body)))
    return body


def shown_to_page(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a page with a publishable key sees of a plain document."""
    fields = REGISTRY[document["object"]].page_fields
    return {name: value for name, value in document.items() if not fields or name in fields}


def _present(
    call: Call,
    uow: UnitOfWork,
    forms: list[bytes],
    cls: type[msgspec.Struct] | None,
    *,
    listing: bool,
) -> list[bytes]:
    whole = call.key.permissions is None and not call.for_page
    expander = uow if whole else Permitted(uow, call.key)
    return present(
        with_good_addresses(uow, forms), paths=call.expand, version=call.version, reader=uow,
        cls=cls, listing=listing, expander=Expander(expander, uow),
    )  # fmt: skip


def _listing(call: Call, uow: UnitOfWork, listing: Listing[Any]) -> bytes:
    forms, has_more, total = read_page(uow.connection, uow.book.key, listing, call.page)
    forms = freshened(uow, listing.cls, forms)
    if listing.shape is not None:
        forms = [to_bytes(listing.shape(plain(form))) for form in forms]
    url = listing.url or call.request.path
    return list_bytes(
        _present(call, uow, forms, listing.cls, listing=True),
        url=url,
        has_more=has_more,
        total_count=total,
    )


def _inline(call: Call, uow: UnitOfWork, inline: Inline[Any]) -> bytes:
    items, has_more = cut(inline.items, call.page, name="object", id_of=_id_of)
    cls = type(items[0]) if items and isinstance(items[0], msgspec.Struct) else None
    return list_bytes(
        _present(call, uow, [to_bytes(item) for item in items], cls, listing=True),
        url=inline.url or call.request.path,
        has_more=has_more,
        total_count=len(inline.items) if inline.total_count or call.page.total_count else None,
    )


def _excerpt(call: Call, uow: UnitOfWork, excerpt: Excerpt[Any]) -> bytes:
    cls = type(excerpt.items[0]) if excerpt.items else None
    forms = [to_bytes(item) for item in excerpt.items]
    return list_bytes(
        _present(call, uow, forms, cls, listing=True), url=call.request.path,
        has_more=excerpt.more, total_count=excerpt.total,
    )  # fmt: skip


def _id_of(item: Any) -> str:
    return str(item["id"] if isinstance(item, dict) else item.id)


def _search(call: Call, uow: UnitOfWork, searching: Searching) -> bytes:
    assert call.search is not None
    wants_total = "total_count" in call.expand
    call.expand = tuple(path for path in call.expand if path != "total_count")
    found = read_search(uow.connection, uow.book.key, searching.cls, call.search, wants_total)
    return list_bytes(
        _present(
            call, uow, freshened(uow, searching.cls, found.documents), searching.cls, listing=True
        ),
        url=call.request.path,
        has_more=found.next_page is not None,
        total_count=found.total_count,
        kind="search_result",
        next_page=found.next_page,
    )
