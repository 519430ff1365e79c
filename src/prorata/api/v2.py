"""V2: what a request below /v2 asks for, and how its answer is written.

Keys, routes, idempotency, transactions and dispatch are those of /v1.
"""

from typing import TYPE_CHECKING, Any

from prorata.api.listing import read_page
from prorata.model.errors import InvalidRequest
from prorata.model.operation import Binary, Deleted, Listing, Stored
from prorata.model.pages import Excerpt
from prorata.model.params import Params
from prorata.model.resource import Resource
from prorata.store.unit_of_work import UnitOfWork
from prorata.wire.decode import decode
from prorata.wire.encode import plain, to_bytes
from prorata.wire.v2.form import page_bytes, written
from prorata.wire.v2.pages import page_urls, take_page
from prorata.wire.versions.chain import lower, touches

if TYPE_CHECKING:
    from prorata.api.call import Call

PREFIX = "/v2/"


def read_parameters(call: "Call", tree: dict[str, Any]) -> None:
    """Read what a request's tree says into a call; raise InvalidRequest."""
    operation = call.operation
    if operation.reads and operation.lists:
        call.page = take_page(tree)
    include = tree.get("include")
    if isinstance(include, str) and include:
        # One name alone, as queries written by hand have it.
        tree["include"] = [include]
    if operation.params is not None:
        call.params = decode(operation.params, tree)
    elif tree:
        decode(Params, tree)


def not_json() -> InvalidRequest:
    """Return the error of a body in another form than JSON."""
    return InvalidRequest(
        "Requests to this URL are written in JSON: send the body as an object with the header"
        " `Content-Type: application/json`."
    )


def answered(call: "Call", uow: UnitOfWork, result: Any) -> bytes | Binary:
    """Return the body of an answer below /v2."""
    if isinstance(result, Binary):
        return result
    if isinstance(result, Listing):
        return _listing(call, uow, result)
    if isinstance(result, Excerpt):
        rows = [written(each, type(each)) for each in result.items]
        return _page(call, uow, rows, result.ids, result.more)
    if isinstance(result, Deleted):
        return to_bytes({"id": result.id, "object": result.kind})
    if isinstance(result, Stored):
        return _lowered(call, uow, written(result.form, result.cls, _hidden(call, result.cls)))
    return _lowered(call, uow, written(result, type(result), _hidden(call, type(result))))


def _listing(call: "Call", uow: UnitOfWork, listing: Listing[Any]) -> bytes:
    forms, more, _ = read_page(uow.connection, uow.book.key, listing, call.page)
    cls, hidden = listing.cls, _hidden(call, listing.cls)
    ids = [str(plain(form)["id"]) for form in forms]
    return _page(call, uow, [written(form, cls, hidden) for form in forms], ids, more)


def _page(
    call: "Call", uow: UnitOfWork, rows: list[bytes], ids: list[str], more: bool
) -> bytes:
    request = call.request
    rows = [_lowered(call, uow, row) for row in rows]
    return page_bytes(rows, *page_urls(request.path, request.query, call.page, ids, more))


def _lowered(call: "Call", uow: UnitOfWork, form: bytes) -> bytes:
    """Return an answer's document in the caller's version."""
    if not touches(form, call.version):
        return form
    return to_bytes(lower(plain(form), call.version, uow))


def _hidden(call: "Call", cls: type) -> tuple[str, ...]:
    """Return the parts of a class's documents that are shown on request, and were not asked for."""
    includable = cls.spec.includable if issubclass(cls, Resource) else ()
    if not includable:
        return ()
    included = getattr(call.params, "include", None)
    return tuple(path for path in includable if not included or path not in included)
