"""Links: the files that somebody was given a link to, without a key."""

from starlette.responses import Response

from prorata.model.errors import APIError, NotFound
from prorata.model.operation import Binary
from prorata.resources.core.file_link import linked_file
from prorata.store.books import all_books
from prorata.web.design.site import Routes
from prorata.web.design.visit import Visit
from prorata.wire.asgi import disposition

# A file is somebody's upload: a browser must neither guess its type nor run it as ours.
HEADERS = {
    "cache-control": "private, no-store",
    "content-security-policy": "sandbox; default-src 'none'; img-src 'self'; style-src 'none'",
    "x-content-type-options": "nosniff",
}


def file(visit: Visit) -> Response:
    """Answer /links/{mode}_{secret} with the file; raise NotFound where there is none any more."""
    mode, _, secret = visit.parts[1].partition("_")
    found = _find(visit, mode == "live", secret) if mode in ("live", "test") else None
    if found is None:
        raise NotFound("This link leads nowhere.")
    named = {"content-disposition": disposition(found.filename or "file").decode("latin-1")}
    return Response(found.content, media_type=found.media_type, headers={**HEADERS, **named})


def _find(visit: Visit, livemode: bool, secret: str) -> Binary | None:
    for book in visit.system.database.read(all_books):
        if book.livemode == livemode:
            try:
                return visit.system.read(book, lambda uow: linked_file(uow, secret))
            except NotFound:
                continue
            except APIError:
                return None
    return None


ROUTES: Routes = {("GET", "links", "*"): file}
