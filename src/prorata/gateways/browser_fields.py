"""Browser fields: what a gateway draws by itself, so that card numbers never come to us."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from .orders import MethodDetails

ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.\-]+(:[0-9]+)?")


@dataclass(frozen=True, slots=True)
class BrowserFields:
    """Where the fields come from.

    script: the address of an ES module that has `mount`. origins: all that it needs beside its
    own: frames, requests, styles, fonts. settings: what `mount` is told, such as a public key.
    """

    script: str
    origins: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.sources:
            if not ORIGIN.fullmatch(each):
                raise ValueError(f"{each!r} is no origin such as https://fields.example")

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the origins of the script and of all that it needs."""
        parts = urlsplit(self.script)
        return (f"{parts.scheme}://{parts.netloc}", *self.origins)


@runtime_checkable
class BringsFields(Protocol):
    """What a gateway can do that takes cards in fields of its own."""

    def browser_fields(self, livemode: bool) -> BrowserFields | None:
        """Return the fields of a mode, None where there are none. Answered at once, from memory."""
        ...

    def method_of_fields(self, token: str, fingerprint_salt: str, now: int) -> MethodDetails:
        """Return the method that a token of the fields stands for.

        Raises CardRefused for what the payer can mend, GatewayError for an unknown token.
        """
        ...
