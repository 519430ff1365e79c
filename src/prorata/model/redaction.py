"""Redaction: texts for logs, without what must never stand in one: keys, secrets, card numbers."""

import re

_SECRETS = re.compile(
    r"\b((?:sk|rk|pk)_(?:test|live)_)[A-Za-z0-9]+([A-Za-z0-9]{4})\b"
    r"|\b(whsec_)[A-Za-z0-9]+"
    r"|\b((?:pi|seti|cs|src|ek|cuss)_[A-Za-z0-9_]+?_secret_)[A-Za-z0-9]+"
    r"|\b((?:Bearer|Basic)\s+)[A-Za-z0-9+/=_.-]{8,}",
    re.IGNORECASE,
)
# Digits of a card, with or without separators between them.
_DIGITS = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.])")


def redacted(text: str) -> str:
    """Return a text with keys cut to their ends, and secrets and card numbers taken out."""
    return _DIGITS.sub(_without_card, _SECRETS.sub(_without_secret, text))


def _without_secret(found: re.Match[str]) -> str:
    key, hint, *others = found.groups()
    if key is not None:
        return f"{key}****{hint}"
    return f"{next(each for each in others if each is not None)}****"


def _without_card(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return "[card number]" if _is_card(digits) else found[0]


def _is_card(digits: str) -> bool:
    """Return whether digits carry the check digit of a card number (Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
