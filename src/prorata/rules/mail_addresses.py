"""Mail addresses: what may stand in the headers of a mail."""

import re
import unicodedata

LONGEST = 254
LONGEST_LOCAL = 64
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def is_mail_address(text: str) -> bool:
    """Return whether mail can be addressed to this: one plain `local@host.domain`, nothing else.

    Quoted local parts, comments and lists are refused though RFC 5322 has them: nobody is reached
    by them whom a shop writes to. A domain in other letters is judged by its ASCII form.
    """
    local, _, domain = text.rpartition("@")
    if len(text) > LONGEST or len(local) > LONGEST_LOCAL or _LOCAL.fullmatch(local) is None:
        return False
    ascii_domain = domain_in_ascii(domain)
    labels = ascii_domain.split(".") if ascii_domain else []
    return len(labels) >= 2 and all(_LABEL.fullmatch(label) for label in labels)


def domain_in_ascii(domain: str) -> str | None:
    """Return a domain as the network knows it, None for what is none."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None


def address_in_ascii(address: str) -> str:
    """Return a valid address as a server takes it."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain_in_ascii(domain)}"


def one_line(text: str, longest: int = 200) -> str:
    """Return a text fit for a header: without line breaks and other controls, and not too long."""
    kept = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text)
    line = " ".join(kept.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
