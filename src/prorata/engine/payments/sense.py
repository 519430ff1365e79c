"""Sense: whether what a gateway says can be meant, and be written down."""

from typing import Any, get_args

import msgspec

from prorata.gateways.orders import MethodDetails
from prorata.gateways.outcomes import DisputeFact, Outcome, RefundOutcome
from prorata.gateways.transfers import VirtualAccount
from prorata.rules.mail_addresses import one_line

ENCODER = msgspec.json.Encoder()
# PostgreSQL stores no text with this in it.
NUL = rb"\u0000"
# The first second (UTC) of the year 10000: no moment is later, and no sum (minor units) as large.
MOST = 253_402_300_800
# Of an error, so many characters.
MOST_WORDS = 500
Decoders = dict[type, msgspec.json.Decoder[Any]]
OUTCOMES: Decoders = {cls: msgspec.json.Decoder(cls) for cls in get_args(Outcome)}
REFUNDS: Decoders = {RefundOutcome: msgspec.json.Decoder(RefundOutcome)}
TOLD: Decoders = {**OUTCOMES, MethodDetails: msgspec.json.Decoder(MethodDetails)}
DISPUTES: Decoders = {DisputeFact: msgspec.json.Decoder(DisputeFact)}
ACCOUNTS: Decoders = {VirtualAccount: msgspec.json.Decoder(VirtualAccount)}


def is_whole(said: Any, kinds: Decoders) -> bool:
    """Return whether a gateway said one of these kinds, in fields of their types, to be stored."""
    decoder = kinds.get(type(said))
    if decoder is None:
        return False
    try:
        text = ENCODER.encode(said)
        decoder.decode(text)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError):
        return False
    numbers = [each for each in msgspec.structs.astuple(said) if isinstance(each, int)]
    return NUL not in text and (not numbers or (min(numbers) >= 0 and max(numbers) < MOST))


def words_of(error: Exception) -> str:
    """Return what a gateway's error says, fit to be stored and to be answered with.

    It is often the text of a network's own answer, which may be long, or be no text at all.
    """
    return one_line(str(error), MOST_WORDS)


def disputes_make_sense(
    found: Any, charge: str | None, currency: str | None, name: str | None
) -> bool:
    """Return whether a gateway told of disputes that can be written.

    charge: the gateway's name of the charge that they are to be about. currency: of that charge.
    name: of the one dispute that was asked about. None where that is not known.
    """
    return isinstance(found, list | tuple) and all(
        is_whole(fact, DISPUTES)
        and charge in (None, fact.charge_reference)
        and currency in (None, fact.currency)
        and name in (None, fact.reference)
        for fact in found
    )
