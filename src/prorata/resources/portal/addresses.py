"""Addresses: where customers are sent from the portal; only pages of the web."""

from urllib.parse import urlsplit

from prorata.model.errors import InvalidRequest


def check_address(url: str, param: str) -> str:
    """Return an address that a browser can be sent to; raise InvalidRequest (`url_invalid`)."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _invalid("Not a valid URL", param) from None
    if parts.scheme.lower() not in ("http", "https"):
        raise _invalid("Invalid URL: An explicit scheme (such as https) must be provided.", param)
    if not host or any(character.isspace() or ord(character) < 32 for character in url):
        raise _invalid("Not a valid URL", param)
    return url


def _invalid(message: str, param: str) -> InvalidRequest:
    return InvalidRequest(message, code="url_invalid", param=param)
