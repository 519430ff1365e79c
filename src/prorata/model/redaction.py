"""Redaction: texts for logs, without what must never stand in one: keys, secrets, card numbers."""

import re

_SECRETS = re.compile(
    # Whatever stands before and behind: callers join keys to other words, addresses escape them.
    r"((?:sk|rk|pk|ek|mes)_(?:test|live)_)[A-Za-z0-9]+([A-Za-z0-9]{4})"
    r"|(whsec_)[A-Za-z0-9]+"
    r"|((?:pi|seti|cs|src|cuss)_[A-Za-z0-9_]+?_secret_)[A-Za-z0-9]+"
    r"|\b((?:Bearer|Basic)\s+)[A-Za-z0-9+/=_.-]{8,}"
    # The password in an address, or among its parameters.
    r"|(://[^/\s:@]*:)[^/\s@]+(?=@)"
    r"|([?&]password=)[^&\s]+",
    re.IGNORECASE,
)
# Groups of digits, as people write card numbers.
_DIGITS = re.compile(r"\d+(?:[ -]\d+)*")
_CARD_LENGTHS = range(13, 20)


def redacted(text: str) -> str:
    """Return a text with keys cut to their ends, and secrets and card numbers taken out."""
    return _DIGITS.sub(_without_cards, _SECRETS.sub(_without_secret, text))


def _without_secret(found: re.Match[str]) -> str:
    key, hint, *others = found.groups()
    if key is not None:
        return f"{key}****{hint}"
    return f"{next(each for each in others if each is not None)}****"


def _without_cards(found: re.Match[str]) -> str:
    """Return groups of digits without those that together are a card number."""
    text = found[0]
    if len(text) < _CARD_LENGTHS.start:
        return text
    groups = list(re.finditer(r"\d+", text))
    kept: list[str] = []
    first = at = 0
    while first < len(groups):
        last = _card_from(groups, first)
        if last is not None:
            kept += [text[at : groups[first].start()], "[card number]"]
            at, first = groups[last].end(), last
        first += 1
    return "".join([*kept, text[at:]])


def _card_from(groups: list[re.Match[str]], first: int) -> int | None:
    """Return the last of the groups that from the first one on make a card number, or None."""
    digits = ""
    for place in range(first, min(first + _CARD_LENGTHS.stop, len(groups))):
        digits += groups[place][0]
        if len(digits) >= _CARD_LENGTHS.stop:
            return None
        if len(digits) in _CARD_LENGTHS and _is_card(digits):
            return place
    return None


def _is_card(digits: str) -> bool:
    """Return whether digits carry the check digit of a card number (Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
