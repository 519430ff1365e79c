"""ASGI: a request's body read whole, and an answer in JSON sent at once."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Receive, Send

from prorata.model.errors import InvalidRequest
from prorata.wire.encode import to_bytes

MAX_BODY_BYTES = 1 << 20
# What is more is a large body.
SMALL_BODY_BYTES = 64 << 10


async def read_body(
    receive: Receive,
    limit: int = MAX_BODY_BYTES,
    grown: Callable[[int], Awaitable[None]] | None = None,
) -> bytes:
    """Return the body of a request, whole.

    grown: hears how much of a large one has come, before more of it is read, and may refuse it.
    Raises InvalidRequest (413) for more than `limit` bytes, and where the caller has gone before
    all of them have come: half a form would be another request.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidRequest("The request ended before its body was whole.")
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise InvalidRequest(
                f"The request is too large: at most {limit} bytes are read.", status=413
            )
        if grown is not None and size > SMALL_BODY_BYTES:
            await grown(size)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def media_type_of(header: str) -> str:
    """Return what a Content-Type names, without its parameters: in any case it is the same."""
    return header.partition(";")[0].strip().lower()


def disposition(filename: str) -> bytes:
    """Return the header by which a file is shown under its name, whatever somebody called it."""
    safe = re.sub(r'[\x00-\x1f\x7f"\\]', "", filename)
    return f'inline; filename="{safe}"'.encode()


async def send_json(
    send: Send, status: int, answer: Any, kind: str = "http.response"
) -> None:
    """Send an answer whole. kind: the ASGI message, another one where a socket is refused."""
    body = to_bytes(answer)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
