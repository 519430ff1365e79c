"""Seals: texts encrypted at rest, under keys that can be exchanged one after the other.

AES-256-GCM. A sealed text names its key and is bound to what it belongs to, so that it opens in no
other place. The first key seals, all of them open.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prorata.model.errors import NotSupported, Refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX = "sealed:1:"
KEY_BYTES = 32
NONCE_BYTES = 12


class CannotOpen(Exception):
    """A sealed text whose key is not here, or that was altered or moved."""


class Seals:
    """The keys of a system, given as `new_key` makes them; the first one seals.

    reread: gives the keys anew: before something is sealed, so that it is with the newest, and when
    one is needed that was not among them.
    """

    def __init__(
        self, keys: Iterable[str] = (), reread: Callable[[], Iterable[str]] | None = None
    ) -> None:
        self._keys = _by_name(keys)
        self._reread = reread
        self._ciphers: dict[str, AESGCM] = {}

    @property
    def names(self) -> list[str]:
        """Return the names of the keys, that which seals first; they give nothing away."""
        return list(self._keys)

    def seal(self, text: str, place: str) -> str:
        """Return a text sealed for a place, such as a document's id.

        Raises NotSupported if there is no key.
        """
        return self.seal_bytes(text.encode(), place)

    def open(self, sealed: str, place: str) -> str:
        """Return what was sealed for a place; a text that is not sealed is returned as it is.

        Raises CannotOpen.
        """
        return self.open_bytes(sealed, place).decode() if is_sealed(sealed) else sealed

    def seal_bytes(self, content: bytes, place: str) -> str:
        """Return bytes sealed for a place, as text; raise NotSupported if there is no key."""
        if self._reread is not None:
            self._keys = _by_name(self._reread())
        if not self._keys:
            raise NotSupported(
                "This needs a key that secrets are encrypted with. Set PRORATA_SECRET_KEYS;"
                " `prorata keys new-encryption` makes one."
            )
        name = next(iter(self._keys))
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + self._cipher(name).encrypt(nonce, content, place.encode())
        return f"{PREFIX}{name}:{base64.b64encode(sealed).decode()}"

    def open_bytes(self, sealed: str, place: str) -> bytes:
        """Return the bytes that were sealed for a place; raise CannotOpen."""
        from cryptography.exceptions import InvalidTag

        name, _, data = sealed.removeprefix(PREFIX).partition(":")
        if name not in self._keys and self._reread is not None:
            self._keys = _by_name(self._reread())
        if name not in self._keys:
            raise CannotOpen(f"it was sealed with the key {name}, which is not given")
        try:
            raw = base64.b64decode(data, validate=True)
            return self._cipher(name).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError):
            raise CannotOpen("it was altered, or belongs elsewhere") from None

    def _cipher(self, name: str) -> "AESGCM":
        # Loaded with the first secret: a server that has none starts sooner.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        found = self._ciphers.get(name)
        if found is None:
            found = self._ciphers[name] = AESGCM(self._keys[name])
        return found


def is_sealed(text: str) -> bool:
    """Return whether a text was made by `Seals`, with whatever key."""
    return text.startswith(PREFIX)


def key_name(sealed: str) -> str:
    """Return the name of the key that a text is sealed with."""
    return sealed.removeprefix(PREFIX).partition(":")[0]


def _by_name(keys: Iterable[str]) -> dict[str, bytes]:
    return {hashlib.sha256(raw).hexdigest()[:8]: raw for raw in map(_raw, keys)}


def new_key() -> str:
    """Return a new key, to be kept outside the database."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _raw(key: str) -> bytes:
    try:
        raw = base64.b64decode(key.strip().encode(), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise Refused(
            "an encryption key is 32 random bytes in base64, as `prorata keys new-encryption`"
            " makes them."
        )
    return raw
