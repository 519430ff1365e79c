"""Tax parts: states and provinces, by their names, codes and the beginnings of postal codes."""

from __future__ import annotations

import re

from prorata.rules.countries import COUNTRIES

_CANADA = {
    "A": "NL", "B": "NS", "C": "PE", "E": "NB", "G": "QC", "H": "QC", "J": "QC", "K": "ON",
    "L": "ON", "M": "ON", "N": "ON", "P": "ON", "R": "MB", "S": "SK", "T": "AB", "V": "BC",
    "Y": "YT",
}  # fmt: skip
_NAMES = {
    "CA": {
        "alberta": "AB", "british columbia": "BC", "manitoba": "MB", "new brunswick": "NB",
        "newfoundland and labrador": "NL", "nova scotia": "NS", "northwest territories": "NT",
        "nunavut": "NU", "ontario": "ON", "prince edward island": "PE", "quebec": "QC",
        "québec": "QC", "saskatchewan": "SK", "yukon": "YT",
    },
    "US": {
        "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA",
        "colorado": "CO", "connecticut": "CT", "delaware": "DE", "district of columbia": "DC",
        "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID", "illinois": "IL",
        "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA",
        "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI",
        "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT",
        "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ",
        "new mexico": "NM", "new york": "NY", "north carolina": "NC", "north dakota": "ND",
        "ohio": "OH", "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA",
        "puerto rico": "PR", "rhode island": "RI", "south carolina": "SC", "south dakota": "SD",
        "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA",
        "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
    },
    "IN": {
        "andhra pradesh": "AP", "arunachal pradesh": "AR", "assam": "AS", "bihar": "BR",
        "chandigarh": "CH", "chhattisgarh": "CT", "delhi": "DL", "goa": "GA", "gujarat": "GJ",
        "haryana": "HR", "himachal pradesh": "HP", "jammu and kashmir": "JK",
        "jharkhand": "JH", "karnataka": "KA", "kerala": "KL", "ladakh": "LA",
        "madhya pradesh": "MP", "maharashtra": "MH", "manipur": "MN", "meghalaya": "ML",
        "mizoram": "MZ", "nagaland": "NL", "odisha": "OR", "puducherry": "PY", "punjab": "PB",
        "rajasthan": "RJ", "sikkim": "SK", "tamil nadu": "TN", "telangana": "TG",
        "tripura": "TR", "uttar pradesh": "UP", "uttarakhand": "UT", "west bengal": "WB",
    },
}  # fmt: skip
# The first three digits of postal codes of the United States, from and to, by state.
_ZIP = """
    PR:006-009 MA:010-027 RI:028-029 NH:030-038 ME:039-049 VT:050-059 CT:060-069 NJ:070-089
    NY:100-149 PA:150-196 DE:197-199 DC:200-200 VA:201-201 DC:202-205 MD:206-219 VA:220-246
    WV:247-268 NC:270-289 SC:290-299 GA:300-319 FL:320-349 AL:350-369 TN:370-385 MS:386-397
    GA:398-399 KY:400-427 OH:430-459 IN:460-479 MI:480-499 IA:500-528 WI:530-549 MN:550-567
    SD:570-577 ND:580-588
    MT:590-599 IL:600-629 MO:630-658 KS:660-679 NE:680-693 LA:700-714 AR:716-729 OK:730-732
    TX:733-733 OK:734-749 TX:750-799 CO:800-816 WY:820-831 ID:832-838 UT:840-847 AZ:850-865
    NM:870-884 TX:885-885 NV:889-898 CA:900-961 HI:967-968 OR:970-979 WA:980-994 AK:995-999
"""
_ZIPS = [
    (range(int(first), int(last) + 1), state)
    for state, first, last in re.findall(r"(\w\w):(\d{3})-(\d{3})", _ZIP)
]
CODES = {country: frozenset(names.values()) for country, names in _NAMES.items()}


def part_of(country: str, state: str | None, postal_code: str | None) -> str | None:
    """Return the code of a state or province, None where it is not told.

    A state that is named counts before what the postal code says.
    """
    named = (state or "").strip()
    if country not in _NAMES:
        return named or None
    if named.upper() in CODES[country]:
        return named.upper()
    if named.lower() in _NAMES[country]:
        return _NAMES[country][named.lower()]
    digits = (postal_code or "").strip().upper()
    if country == "CA":
        return _CANADA.get(digits[:1])
    if country == "US" and re.match(r"\d{5}", digits):
        # Holtsville alone has a code outside of its state's range.
        if digits.startswith("005"):
            return "NY"
        return next((state for zips, state in _ZIPS if int(digits[:3]) in zips), None)
    return None


def is_recognized(country: str, state: str | None, postal_code: str | None) -> bool:
    """Return whether an address tells enough for tax: in some countries that takes a state."""
    if country not in COUNTRIES:
        return False
    if country in ("CA", "US"):
        return part_of(country, state, postal_code) is not None
    return True
