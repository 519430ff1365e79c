"""Card: what one test card is, and the shapes that most of them share."""

from typing import Literal

from msgspec import Struct

from ..outcomes import CheckResult, RiskLevel

Challenge = Literal["never", "always", "on_session", "unless_set_up"]
"""When a payment needs 3-D Secure.

"always" also when the payer is away, so renewals fail; "on_session" only when the payer is there;
"unless_set_up" when the payer is there, and when away unless the card was set up for it.
"""

Enrolment = Literal["enrolled", "unenrolled", "not_supported"]
Funding = Literal["credit", "debit", "prepaid"]
Brand = Literal["visa", "mastercard", "amex", "discover", "diners", "jcb", "unionpay"]


class Opening(Struct, frozen=True):
    """A dispute that the issuer will open, of one `part`-th of the charge."""

    reason: str
    inquiry: bool = False
    part: int = 1
    network_reason_code: str | None = "10.4"
    eligibility: tuple[str, ...] = ()


class Card(Struct, frozen=True):
    """One test card: its numbers and token names, and how it departs from a plain good card.

    `second_network` is what a co-branded card runs on beside its brand.
    `decline` names a row of declines.py. `refused_at` "attach" refuses everywhere, "charge" lets
    the card be kept and refuses each payment. Checks are what the issuer says where data is given.
    With `lookup_fails` nobody can say whether 3-D Secure is possible, so it never happens.
    """

    name: str
    numbers: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    brand: Brand = "visa"
    second_network: str | None = None
    funding: Funding = "credit"
    country: str = "US"
    decline: str | None = None
    refused_at: Literal["attach", "charge"] = "attach"
    risk: RiskLevel = "normal"
    cvc: CheckResult = "pass"
    line1: CheckResult = "pass"
    postal: CheckResult = "pass"
    challenge: Challenge = "never"
    challenge_style: str | None = None
    captcha: bool = False
    lookup_fails: bool = False
    enrolment: Enrolment = "unenrolled"
    disputes: tuple[Opening, ...] = ()
    fraud_warning: str | None = None
    refund: Literal["at_once", "pending", "fails"] = "at_once"
    funds_at_once: bool = False


def both_names(*suffixes: str) -> tuple[str, ...]:
    """Return the pm_card_ and the tok_ name of each suffix."""
    return tuple(f"{kind}_{suffix}" for suffix in suffixes for kind in ("pm_card", "tok"))


def good(
    name: str, *numbers: str, brand: Brand, funding: Funding = "credit", named: bool = True
) -> Card:
    """Return a card that always pays; without `named` it has numbers only."""
    names = both_names(name) if named else ()
    return Card(name, numbers, names, brand, funding=funding)


def declined(name: str, number: str | None, decline: str, cvc: CheckResult = "pass") -> Card:
    """Return a card that can be neither kept nor charged."""
    numbers = (number,) if number else ()
    return Card(name, numbers, both_names(name, f"visa_{name}"), decline=decline, cvc=cvc)


def fails_later(name: str, number: str | None, decline: str) -> Card:
    """Return a card that can be kept and fails at each charge."""
    return Card(
        name,
        (number,) if number else (),
        both_names(name, f"visa_{name}"),
        decline=decline,
        refused_at="charge",
    )


def challenged(
    name: str,
    number: str,
    challenge: Challenge,
    *,
    country: str = "US",
    decline: str | None = None,
    style: str | None = None,
) -> Card:
    """Return a card enrolled for 3-D Secure; it is declined, if at all, after the challenge."""
    return Card(
        name,
        (number,),
        both_names(name),
        country=country,
        decline=decline,
        refused_at="charge",
        challenge=challenge,
        challenge_style=style,
        enrolment="enrolled",
    )
