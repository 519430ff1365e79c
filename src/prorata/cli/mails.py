"""Mails on the command line: what a development server would have sent."""

import http.client
import json
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from prorata.model.errors import Refused


def show_mails(url: str, *, to: str | None, kind: str | None, limit: int) -> None:
    """Print the newest mails of a server, the newest last, one to a line."""
    query = {"to": to, "kind": kind, "limit": str(limit)}
    asked = urlencode({name: value for name, value in query.items() if value})
    for mail in reversed(_read(f"{url.rstrip('/')}/_prorata/mails?{asked}")["data"]):
        at = datetime.fromtimestamp(mail["planned_for"] or mail["created"], UTC)
        state = "" if mail["state"] in ("kept", "sent") else f" ({mail['state']})"
        said = mail["subject"] or mail["kind"]
        print(f"{mail['id']}  {at:%Y-%m-%d %H:%M}  {mail['to'] or '-'}  {said}{state}")


def show_mail(url: str, id: str) -> None:
    """Print one mail as plain text, with what stands on its envelope."""
    mail = _read(f"{url.rstrip('/')}/_prorata/mails/{quote(id, safe='')}")
    for name in ("from", "to", "subject", "state", "reason"):
        if mail[name]:
            print(f"{name.capitalize()}: {mail[name]}")
    if mail["text"]:
        print(f"\n{mail['text']}", end="")


def _read(url: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(url) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except urllib.error.HTTPError as error:
        try:
            reason = json.load(error)["error"]["message"]
        except (ValueError, KeyError, TypeError):
            reason = f"HTTP {error.code}"
        raise Refused(f"the server says: {reason}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise Refused(f"no development server answers at {url} ({reason}).") from None
