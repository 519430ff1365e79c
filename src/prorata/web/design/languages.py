"""Languages: texts, amounts and dates as a reader's language writes them.

Texts are English in the sources; `locales/<room>/<tag>.po` has their translations, which
`scripts/messages.py` keeps complete. Languages without texts of their own are shown in English.
"""

import gettext as plural_forms
import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import parse_locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent

from prorata.resources.core.account import Account
from prorata.rules.currency import minor_digits
from prorata.rules.months import zone

DEFAULT = "en"
UTC_NAME = "Etc/UTC"
# What pages are written in; the order is that of the language menu.
TAGS = ("en", "de", "es", "fr", "it", "ja", "nl", "pt")
# Of what is kept by a tag: readers name theirs, and there is no end of tags.
KEPT = 256
# CLDR's spacing of currencies, which Babel leaves out: `CHF 5.00`, but `$5.00`.
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


class Language:
    """One language, perhaps of one country: `fr-CA` writes dates its own way with French texts.

    room: whose texts are meant where several rooms say the same in different words. zone: where
    days begin.
    """

    def __init__(self, tag: str, locale: Locale, room: str = "", zone: tzinfo = UTC) -> None:
        self.tag = tag
        self.locale = locale
        self.room = room
        self.zone = zone
        self.texts = tag if tag in TAGS else locale.language if locale.language in TAGS else DEFAULT

    def of(self, room: str) -> "Language":
        """Return this language with the texts of one room before those of the others."""
        return self if room == self.room else _in_room(self.tag, room, self.zone)

    def there(self, zone: tzinfo) -> "Language":
        """Return this language with the days of a time zone."""
        return self if zone == self.zone else _in_room(self.tag, self.room, zone)

    @property
    def name(self) -> str:
        """Return the language's name in itself."""
        return str(Locale.parse(self.texts).get_display_name(self.texts)).capitalize()

    @property
    def direction(self) -> str:
        return str(self.locale.text_direction)

    def text(self, message: str, **values: Any) -> str:
        """Return a text of the page; `{name}` in it stands for a value."""
        found = self._catalogue.get((message, None)) or message
        return found.format(**values) if values else found

    def count_text(self, one: str, many: str, number: int, **values: Any) -> str:
        """Return a text that depends on a number, which `{number}` in it stands for."""
        form = self._plural(number) if self.texts != DEFAULT else int(number != 1)
        found = self._catalogue.get((one, form)) or (one if number == 1 else many)
        return found.format(number=self.number(number), **values)

    def amount(self, minor: int | Decimal, currency: str) -> str:
        """Return an amount of minor units; a part of one shows all its decimals."""
        digits = minor_digits(currency)
        value = Decimal(minor).scaleb(-digits)
        exponent = value.normalize().as_tuple().exponent
        decimals = max(digits, -int(exponent)) if value else digits
        pattern = None
        if decimals != digits:
            pattern = self.locale.currency_formats["standard"].pattern
            pattern = pattern.replace("0.00", "0." + "0" * decimals)
        written = format_currency(
            value, currency.upper(), format=pattern, locale=self.locale,
            currency_digits=pattern is None,
        )  # fmt: skip
        return _LETTER_BEFORE_DIGIT.sub("\u00a0", written)

    def number(self, value: int | Decimal) -> str:
        return str(format_decimal(value, locale=self.locale))

    def percent(self, value: Decimal | float | str) -> str:
        """Return a percentage; 19.5 is 19.5 %."""
        pattern = self.locale.percent_formats[None].pattern.replace("##0", "##0.####")
        share = Decimal(str(value)) / 100
        return str(format_percent(share, format=pattern, locale=self.locale))

    def date(self, second: int, width: str = "long") -> str:
        """Return the day of a second in its zone; width: short, medium, long or full."""
        day = datetime.fromtimestamp(second, self.zone).date()
        return str(format_date(day, width, locale=self.locale))

    def moment(self, second: int) -> str:
        """Return day and time of a second in its zone."""
        moment = datetime.fromtimestamp(second, self.zone).replace(tzinfo=None)
        return str(format_datetime(moment, "medium", locale=self.locale))

    def every(self, interval: str, count: int) -> str:
        """Return how often something is billed: `per month`, `every 3 months`."""
        if count == 1:
            return {
                "day": self.text("per day"), "week": self.text("per week"),
                "month": self.text("per month"), "year": self.text("per year"),
            }[interval]  # fmt: skip
        return {
            "day": self.count_text("every {number} day", "every {number} days", count),
            "week": self.count_text("every {number} week", "every {number} weeks", count),
            "month": self.count_text("every {number} month", "every {number} months", count),
            "year": self.count_text("every {number} year", "every {number} years", count),
        }[interval]

    @cached_property
    def _catalogue(self) -> dict[tuple[str, int | None], str]:
        return _read(self.texts, self.room)[0]

    @cached_property
    def _plural(self) -> Any:
        return _read(self.texts, self.room)[1]


def choose(wanted: Iterable[str | None], accepted: str = "") -> Language:
    """Return the first language that can be shown.

    wanted: tags such as `fr` or `pt-BR`, None or `auto` to go on. accepted: an Accept-Language
    header, which is asked last.
    """
    for tag in (*wanted, *_accepted(accepted)):
        if tag and tag != "auto" and (found := _known(tag)) is not None:
            return found
    found = _known(DEFAULT)
    assert found is not None
    return found


def account_zone(account: Account) -> tzinfo:
    """Return where the days of an account begin: UTC where nobody has said, or nobody knows it."""
    try:
        return zone(account.settings.dashboard.timezone or UTC_NAME)
    except ValueError:
        return zone(UTC_NAME)


def menu() -> list[Language]:
    """Return the languages that pages are written in."""
    return [language for tag in TAGS if (language := _known(tag)) is not None]


@lru_cache(KEPT)
def _known(tag: str) -> Language | None:
    try:
        parse_locale(tag, sep="-")
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return None
    return Language(tag, locale) if locale.language in TAGS else None


def _accepted(header: str) -> list[str]:
    weighed = []
    for place, part in enumerate(header[:200].split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), place, tag.strip()))
        except ValueError:
            continue
    return [tag for _, _, tag in sorted(weighed) if len(tag) <= 12]


@lru_cache(KEPT)
def _in_room(tag: str, room: str, zone: tzinfo) -> Language:
    found = _known(tag)
    assert found is not None, "a language is there already"
    return Language(tag, found.locale, room, zone)


@cache
def _read(tag: str, room: str) -> tuple[dict[tuple[str, int | None], str], Any]:
    """Return a language's texts, by message and plural form, and which form a number takes."""
    found: dict[tuple[str, int | None], str] = {}
    forms = None
    names = sorted(each.name for each in files("prorata.web").joinpath("locales").iterdir())
    for name in sorted(names, key=lambda name: name == room):
        texts, of_file = _texts_of(tag, name)
        found.update(texts)
        forms = forms or of_file
    return found, forms or int


@cache
def _texts_of(tag: str, room: str) -> tuple[dict[tuple[str, int | None], str], Any]:
    """Return the texts of one room, and which form a number takes; none where it has no file."""
    source = files("prorata.web").joinpath("locales", room, f"{tag}.po")
    if not source.is_file():
        return {}, None
    with source.open("rb") as file:
        catalog = read_po(file, locale=tag)
    found: dict[tuple[str, int | None], str] = {}
    for message in catalog:
        if not message.id or message.fuzzy or not message.string:
            continue
        if isinstance(message.id, str):
            found[message.id, None] = str(message.string)
        else:
            for form, text in enumerate(message.string):
                found[message.id[0], form] = text
    return found, plural_forms.c2py(catalog.plural_expr)
