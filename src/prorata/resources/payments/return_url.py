"""Return addresses: where payers go from their bank: to a page of the web, or into an app."""

from urllib.parse import urlsplit

from msgspec import UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.params import given

# What a browser carries out instead of going there.
CARRIED_OUT = ("data", "javascript", "vbscript")


def return_url_of(url: str | UnsetType | None, param: str = "return_url") -> str | None:
    """Return the address that a payer is sent to, if any; raise InvalidRequest (`url_invalid`)."""
    if not given(url) or url is None:
        return None
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _invalid(param) from None
    whole = host if parts.scheme in ("http", "https") else "://" in url
    if not whole or not parts.scheme or parts.scheme in CARRIED_OUT:
        raise _invalid(param)
    if any(character.isspace() or ord(character) < 32 for character in url):
        raise _invalid(param)
    return url


def _invalid(param: str) -> InvalidRequest:
    return InvalidRequest("Not a valid URL", code="url_invalid", param=param)
