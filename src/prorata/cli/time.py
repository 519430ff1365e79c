"""Time on the command line: moments, spans, and the frozen time of a running server."""

import json
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any


def parse_moment(text: str) -> int:
    """Return the second that a text names: ISO 8601 (UTC unless it says otherwise) or a number."""
    if text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SystemExit(
            f"prorata: not a time: {text}. Write it as 2026-01-31T10:00Z or as seconds."
        ) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def advance_clock(url: str, by: str) -> None:
    """Move a server's frozen time by a span or to a moment, and print where it is."""
    span = by[:1].isdigit() and not by.isdigit() and "-" not in by
    wanted: dict[str, Any] = {"by": by} if span else {"to": parse_moment(by)}
    _print(_call("POST", f"{url}/_prorata/clock/advance", wanted))


def show_clock(url: str) -> None:
    """Print a server's time."""
    _print(_call("GET", f"{url}/_prorata/clock", None))


def _call(method: str, url: str, body: dict[str, Any] | None) -> dict[str, Any]:
    request = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except urllib.error.HTTPError as error:
        message = json.load(error).get("error", {}).get("message", error.reason)
        raise SystemExit(f"prorata: {message}") from None
    except urllib.error.URLError as error:
        print(f"prorata: no server answers at {url} ({error.reason}).", file=sys.stderr)
        raise SystemExit(1) from None


def _print(answer: dict[str, Any]) -> None:
    moment = datetime.fromtimestamp(answer["now"], UTC)
    state = "frozen" if answer.get("frozen") else "real"
    print(f"{moment:%Y-%m-%d %H:%M:%S} UTC ({state})")
