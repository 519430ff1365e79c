"""Recovery experience: which retries have succeeded, by decline code, hour and day."""

from msgspec import Struct, UnsetType

from prorata.model.fields import UNSET
from prorata.model.params import Params


class CountedRetries(Struct, kw_only=True):
    """What was counted in one slot: an hour 0–23, a weekday 1–7 from Monday, a day 1–31; UTC."""

    recovered: int
    slot: int
    tried: int


class DeclineCodeExperience(Struct, kw_only=True):
    """What was counted after one decline code; slots without a retry are left out.

    learns: whether there are enough retries to choose the time of others by them.
    """

    days: list[CountedRetries]
    decline_code: str
    explanation: str
    hours: list[CountedRetries]
    learns: bool
    recovered: int
    tried: int
    weekdays: list[CountedRetries]


class RecoveryExperience(Struct, kw_only=True, tag_field="object", tag="prorata.recovery"):
    """What the account has learned from its retries. test_clock: the clock that they ran on."""

    decline_codes: list[DeclineCodeExperience]
    explanation: str
    livemode: bool
    recovered: int
    test_clock: str | None
    tried: int


class RecoveryExperienceParams(Params, kw_only=True):
    test_clock: str | UnsetType = UNSET
