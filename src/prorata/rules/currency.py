"""Currency: decimals, charge limits and printed form of each currency.

An amount is always an integer of the currency's minor unit: 1500 is $15.00, and ¥1,500.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import cache, lru_cache

_ZERO_DECIMAL = frozenset((
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
))
_THREE_DECIMAL = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
# Written with two decimals for history's sake, though the last two digits must be 00.
WHOLE_ONLY = frozenset(("isk", "ugx"))

# Smallest charge by settlement currency, minor units.
_MINIMUM = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500,
    "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000,
    "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}

# The other currencies and about what one US dollar buys of each. It only places their minimum
# near half a dollar, rounded up to one digit, so that a slow drift of the rates does not matter.
_RATES = """
    afn:70 all:90 amd:390 ang:1.8 aoa:920 ars:1400 awg:1.8 azn:1.7 bam:1.7 bbd:2 bdt:120
    bhd:0.38 bif:2950 bmd:1 bnd:1.3 bob:6.9 bsd:1 btn:87 bwp:14 byn:3.3 bzd:2 cdf:2800 clp:960
    cny:7.1 cop:4000 crc:505 cve:95 djf:178 dop:62 dzd:130 egp:49 etb:145 fjd:2.3 fkp:0.75
    gel:2.7 ghs:12 gip:0.75 gmd:72 gnf:8650 gtq:7.7 gyd:209 hnl:26 hrk:6.5 htg:131 idr:16400
    ils:3.4 isk:122 jmd:160 jod:0.71 kes:129 kgs:87 khr:4000 kmf:420 krw:1390 kwd:0.31
    kyd:0.83 kzt:540 lak:21600 lbp:89500 lkr:302 lrd:200 lsl:17.6 mad:9.1 mdl:17 mga:4450
    mkd:53 mmk:2100 mnt:3590 mop:8 mur:46 mvr:15.4 mwk:1735 mzn:64 nad:17.6 ngn:1530 nio:37
    npr:140 omr:0.38 pab:1 pen:3.5 pgk:4.2 php:57 pkr:282 pyg:7200 qar:3.64 rsd:100 rub:80
    rwf:1445 sar:3.75 sbd:8.2 scr:14.5 shp:0.75 sle:23 sos:571 srd:38 std:21000 szl:17.6
    tjs:9.5 tnd:2.9 top:2.4 try:41 ttd:6.8 twd:30 tzs:2470 uah:41 ugx:3500 uyu:40 uzs:12300
    vnd:26300 vuv:119 wst:2.7 xaf:560 xcd:2.7 xcg:1.8 xof:560 xpf:102 yer:240 zar:17.6 zmw:24
"""
_PER_DOLLAR = {code: Decimal(rate) for code, rate in (each.split(":") for each in _RATES.split())}

_CURRENCIES = frozenset(_MINIMUM) | frozenset(_PER_DOLLAR)

# Eight digits for most; the currencies of small units have room for more.
_MAXIMUM_DIGITS = {"inr": 9, "idr": 12, "lbp": 12, "cop": 10, "huf": 10, "jpy": 10}
_MAXIMUM_DIGITS_DEFAULT = 8

# Every dollar and peso is a plain $ in descriptions, as recorded for SGD.
_DOLLARS = (
    "usd", "aud", "cad", "nzd", "sgd", "hkd", "twd", "bbd", "bmd", "bsd", "bzd", "fjd", "gyd",
    "jmd", "kyd", "lrd", "nad", "sbd", "srd", "ttd", "xcd", "mxn", "ars", "clp", "cop", "dop",
)
_SYMBOLS = {
    **dict.fromkeys(_DOLLARS, "$"),
    "eur": "€", "gbp": "£", "jpy": "¥", "cny": "¥", "inr": "₹", "krw": "₩", "ils": "₪",
    "brl": "R$ ", "vnd": "₫", "php": "₱", "ngn": "₦", "uah": "₴", "try": "₺", "crc": "₡",
}


def is_currency(currency: str) -> bool:
    """Return whether a lower-case code is a currency that can be billed."""
    return currency in _CURRENCIES


def minor_digits(currency: str) -> int:
    """Return how many decimals the minor unit stands for: 2 for most, 0 or 3."""
    if currency in _ZERO_DECIMAL:
        return 0
    return 3 if currency in _THREE_DECIMAL else 2


def smallest_step(currency: str) -> int:
    """Return what an amount must be a multiple of: 100 for ISK and UGX, 10 for three decimals."""
    if currency in WHOLE_ONLY:
        return 100
    return 10 if currency in _THREE_DECIMAL else 1


@cache
def minimum_charge(currency: str) -> int:
    """Return the smallest amount that can be charged, in minor units.

    By table for settlement currencies, about half a US dollar for the others. Raises ValueError
    for an unknown currency.
    """
    if currency in _MINIMUM:
        return _MINIMUM[currency]
    if currency not in _PER_DOLLAR:
        raise ValueError(f"unknown currency {currency!r}")
    half = _PER_DOLLAR[currency].scaleb(minor_digits(currency)) / 2
    step = max(int(Decimal(1).scaleb(half.adjusted())), smallest_step(currency))
    return int((half / step).to_integral_value(ROUND_CEILING)) * step


@cache
def maximum_charge(currency: str) -> int:
    """Return the largest amount that can be charged, in minor units: 99999999 for most."""
    return int("9" * _MAXIMUM_DIGITS.get(currency, _MAXIMUM_DIGITS_DEFAULT))


@lru_cache(maxsize=1024)
def format_amount(amount: int | Decimal, currency: str) -> str:
    """Return an amount of minor units as it is printed: $1,500.00, ¥500, CHF 12.00, -€5.00.

    A part of a minor unit shows all its decimals: 3.6 cents are $0.036.
    """
    digits = minor_digits(currency)
    value = Decimal(amount).scaleb(-digits)
    text = f"{abs(value):,f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(digits, "0")
    number = f"{whole}.{decimals}" if decimals else whole
    sign = "-" if value < 0 else ""
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{currency.upper()} {number}" if symbol is None else f"{sign}{symbol}{number}"


def convert_decimals(amount: Decimal, currency: str) -> int:
    """Return an amount of major units ("15.00") in minor units, a half away from zero."""
    return int(amount.scaleb(minor_digits(currency)).to_integral_value(ROUND_HALF_UP))
