"""Request log: one line of JSON for each request, without what nobody must read there.

Of the parameters nothing is said, and of the path its route alone: no id of a customer, no secret
in a link. The one text of the caller's own, the idempotency key, is redacted.
"""

import contextlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO

import msgspec

from prorata.api.served import Served
from prorata.model.redaction import redacted
from prorata.model.transaction import readable_key


class Line(msgspec.Struct, omit_defaults=True):
    """A line of the log; milliseconds: from the request's arrival to its answer."""

    event: str
    level: str
    timestamp: str
    method: str
    route: str
    status: int
    milliseconds: float
    bytes: int
    request: str
    account: str | None = None
    livemode: bool | None = None
    key: str | None = None
    version: str | None = None
    idempotency_key: str | None = None
    replayed: bool = False
    error_type: str | None = None
    error_code: str | None = None


class _Error(msgspec.Struct):
    type: str | None = None
    code: str | None = None


class _Body(msgspec.Struct):
    error: _Error


# As long as one may be.
LONGEST_KEY = 255
_encode = msgspec.json.Encoder().encode
_decode_error = msgspec.json.Decoder(_Body).decode


class RequestLog:
    """Writes requests to a stream, standard error unless another is given."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def __call__(self, served: Sequence[Served]) -> None:
        stream = self._stream or sys.stderr
        if stream is None:
            return
        lines = b"\n".join(_encode(line_of(each)) for each in served)
        # A log that cannot be written must not keep anybody from an answer.
        with contextlib.suppress(OSError, ValueError):
            stream.write(lines.decode() + "\n")
            stream.flush()


def line_of(served: Served) -> Line:
    """Return what the log says of a request."""
    type = code = None
    if served.error is not None:
        with contextlib.suppress(msgspec.MsgspecError):
            error = _decode_error(served.error).error
            type, code = error.type, error.code
    given = served.idempotency_key
    # By place: one line is made for every request.
    return Line(
        "request",
        "error" if served.status >= 500 else "info",
        f"{_second(int(served.received_at))}.{int(served.received_at % 1 * 1000):03d}Z",
        served.method,
        served.route,
        served.status,
        round(served.seconds * 1000, 3),
        served.size,
        served.request,
        served.account,
        served.livemode,
        served.key,
        served.version,
        None if given is None else redacted(readable_key(given[:LONGEST_KEY])),
        served.replayed,
        type,
        code,
    )


@lru_cache(maxsize=8)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
