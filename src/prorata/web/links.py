"""Links: the files that somebody was given a link to, without a key."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from prorata.engine.runtime import System
from prorata.model.errors import APIError, NotFound
from prorata.model.operation import Binary
from prorata.resources.core.file_link import linked_file
from prorata.store.books import all_books
from prorata.web.frame import page
from prorata.wire.asgi import disposition

PREFIX = "/links/"
# A file is somebody's upload: a browser must neither guess its type nor run it as ours.
HEADERS = {
    "cache-control": "private, no-store",
    "content-security-policy": "sandbox; default-src 'none'; img-src 'self'; style-src 'none'",
    "x-content-type-options": "nosniff",
}


class LinkPage:
    """Answers /links/{mode}_{secret} with the file, or with a page that says it is gone."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        path = scope["path"]
        if not path.startswith(PREFIX) or scope["method"] not in ("GET", "HEAD"):
            return False
        mode, _, secret = path.removeprefix(PREFIX).partition("_")
        response = await asyncio.to_thread(self._file, mode == "live", secret)
        await response(Request(scope, receive).scope, receive, send)
        return True

    def _file(self, livemode: bool, secret: str) -> Response:
        found = self._find(livemode, secret) if secret else None
        if found is None:
            content = "<h1>This link leads nowhere</h1><p>It has expired, or never existed. Ask"
            return page("Nothing here", "", f"{content} whoever sent it for a new one.</p>",
                        test=not livemode, status=404)  # fmt: skip
        named = {"content-disposition": disposition(found.filename or "file").decode("latin-1")}
        return Response(found.content, media_type=found.media_type, headers={**HEADERS, **named})

    def _find(self, livemode: bool, secret: str) -> Binary | None:
        for book in self._system.database.read(all_books):
            if book.livemode == livemode:
                try:
                    return self._system.read(book, lambda uow: linked_file(uow, secret))
                except NotFound:
                    continue
                except APIError:
                    return None
        return None
