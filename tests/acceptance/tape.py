"""A tape: what a server tells, from one moment to the next."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import stripe


class Tape:
    """Gives the events of a server, each once, the oldest first; those of clocks are left out."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self._played: set[str] = set()
        self.play()

    def play(self) -> list[Any]:
        """Return the events since the last time, in the order of their making."""
        new: list[dict[str, Any]] = []
        page = self._page("")
        while True:
            new += [each for each in page["data"] if each["id"] not in self._played]
            if not page["has_more"]:
                break
            page = self._page(f"&starting_after={page['data'][-1]['id']}")
        self._played.update(each["id"] for each in new)
        return [
            stripe.Event.construct_from(each, None)
            for each in reversed(new)
            if not each["type"].startswith("test_helpers.")
        ]

    def types(self) -> list[str]:
        return [event.type for event in self.play()]

    def bursts(self) -> list[list[str]]:
        """Return the types, in one list for each second that something happened in."""
        seconds: dict[int, list[str]] = {}
        for event in self.play():
            seconds.setdefault(event.created, []).append(event.type)
        return list(seconds.values())

    def _page(self, cursor: str) -> dict[str, Any]:
        # Not by the SDK: what was played before is not to be checked and built again.
        request = urllib.request.Request(
            f"{self.server.url}/v1/events?limit=100{cursor}",
            headers={"Authorization": f"Bearer {self.server.secret_key}"},
        )
        with urllib.request.urlopen(request) as response:
            page: dict[str, Any] = json.load(response)
        return page


def previous(event: Any) -> dict[str, Any]:
    """Return the previous attributes of an event as a plain hash."""
    return dict(event.data.to_dict()["previous_attributes"])


def one(events: list[Any], type: str) -> Any:
    """Return the only event of a type."""
    (found,) = [event for event in events if event.type == type]
    return found
