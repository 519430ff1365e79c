"""Time on the command line: moments, spans, and the frozen time of a running server."""

import contextlib
import http.client
import json
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any

from prorata.api import spans
from prorata.model.errors import InvalidRequest, Refused


def parse_moment(text: str) -> int:
    """Return the second that a text names: ISO 8601 (UTC unless it says otherwise) or a number."""
    try:
        return spans.parse_moment(text, "now")
    except InvalidRequest as error:
        raise Refused(error.message[0].lower() + error.message[1:]) from None


def advance_clock(url: str, by: str) -> None:
    """Move a server's frozen time by a span or to a moment, and print where it is."""
    _print(_call("POST", f"{url.rstrip('/')}/_prorata/clock/advance", _target(by)))


def show_clock(url: str) -> None:
    """Print a server's time."""
    _print(_call("GET", f"{url.rstrip('/')}/_prorata/clock", None))


def _target(by: str) -> dict[str, Any]:
    with contextlib.suppress(InvalidRequest):
        spans.parse_span(by)
        return {"by": by}
    with contextlib.suppress(InvalidRequest):
        return {"to": spans.parse_moment(by, "to")}
    raise Refused(
        f"neither a span nor a time: {by or 'an empty text'}. Write it as 12mo, 3d, 2w, 1y, 6h or"
        " 90min, or as 2027-01-31T10:00Z."
    )


def _call(method: str, url: str, body: dict[str, Any] | None) -> dict[str, Any]:
    try:
        request = urllib.request.Request(
            url,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except urllib.error.HTTPError as error:
        raise Refused(_reason(error)) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise Refused(f"no development server answers at {url} ({reason}).") from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return f"no development server: {error.url} answers {error.code} {error.reason}."


def _print(answer: dict[str, Any]) -> None:
    moment = datetime.fromtimestamp(answer["now"], UTC)
    state = "frozen" if answer.get("frozen") else "real"
    print(f"{moment:%Y-%m-%d %H:%M:%S} UTC ({state})")
