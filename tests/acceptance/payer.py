"""A payer: passes or fails the challenges of intents as the page of a challenge does."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from typing import Any


class Payer:
    """Somebody with a browser and the publishable key of a server."""

    def __init__(self, server: Any) -> None:
        self._url = server.url
        self._key = server.publishable_key

    def answer(self, intent: Any, success: bool = True) -> dict[str, Any]:
        """Pass or fail an intent's challenge; return the intent as it is then."""
        body = urllib.parse.urlencode(
            {"success": str(success).lower(), "client_secret": intent.client_secret}
        )
        request = urllib.request.Request(
            f"{self._url}/_prorata/challenge/{intent.id}",
            data=body.encode(),
            headers={"Authorization": f"Bearer {self._key}"},
        )
        with urllib.request.urlopen(request) as response:
            found: dict[str, Any] = json.load(response)
        return found
