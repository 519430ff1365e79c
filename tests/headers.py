"""Headers: those of answers read as lines; the standard library's parser of mail takes ten times
as long, and a tenth of the suite's time."""

from __future__ import annotations

import http.client
import io
from typing import Any

_as_mail = http.client.parse_headers
MOST_LINES = 100


def read_headers(
    file: Any, _class: type[http.client.HTTPMessage] = http.client.HTTPMessage, **_limits: Any
) -> http.client.HTTPMessage:
    """Return the headers up to the empty line; anything unusual is left to the standard library."""
    lines: list[bytes] = []
    while (line := file.readline(65537)) not in (b"\r\n", b""):
        lines.append(line)
        if len(lines) > MOST_LINES or not line.endswith(b"\r\n") or line[:1] in b" \t:":
            return _as_mail(_Again(b"".join(lines), file), _class)
    found = _class()
    for line in lines:
        name, _, value = line.decode("iso-8859-1").partition(":")
        found[name] = value.strip()
    return found


class _Again(io.RawIOBase):
    """A file of which some lines have been read already."""

    def __init__(self, read: bytes, rest: Any) -> None:
        self._read, self._rest = io.BytesIO(read), rest

    def readline(self, most: int | None = -1, /) -> bytes:
        return self._read.readline(most) or self._rest.readline(most)
