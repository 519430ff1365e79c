"""Registration options: in which way a seller is registered in each country."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from prorata.model.params import Params

_SIMPLIFIED = (
    "am az bj bw by ci cl cm co cr cv ec eg ge gh id in ke kg kh kr kz la lk ma md mu mx my ng np"
    " pe ph ru sa sn th tj tr tw tz ua ug uz vn zm"
)
_UNION = "at be bg cy cz de dk ee es fi fr gr hr hu ie it lt lu lv mt nl pl pt ro se si sk"
_STANDARD = "al ao aw ba bb bd bf bh bs cd et gn is me mk mr om rs sr uy za zw"
_WITH_SCHEME = "ae au ch gb jp no nz sg"
# Where only a simplified registration exists, for sellers from elsewhere.
SIMPLIFIED = _SIMPLIFIED.split()
UNION = _UNION.split()
STANDARD = _STANDARD.split()
# Standard ones that show for which sales they are.
WITH_SCHEME = _WITH_SCHEME.split()
UnionScheme = Literal["inbound_goods", "small_seller", "standard"]
Scheme = Literal["inbound_goods", "standard"]
StateTax = Literal[
    "admissions_tax", "attendance_tax", "digital_excise_tax", "entertainment_tax",
    "gross_receipts_tax", "hospitality_tax", "local_amusement_tax", "local_lease_tax",
    "luxury_tax", "mass_transit_parking_tax", "parking_tax", "resort_tax",
    "state_communications_tax", "state_retail_delivery_fee", "state_sales_tax", "tourism_tax",
    "utility_users_tax",
]  # fmt: skip
OF_PLACES = (
    "admissions_tax", "attendance_tax", "entertainment_tax", "gross_receipts_tax",
    "hospitality_tax", "local_amusement_tax", "local_lease_tax", "luxury_tax",
    "mass_transit_parking_tax", "parking_tax", "resort_tax", "tourism_tax", "utility_users_tax",
)  # fmt: skip


class UnionStandard(Struct, kw_only=True):
    place_of_supply_scheme: UnionScheme


class UnionOptions(Struct, kw_only=True):
    standard: UnionStandard | UnsetType = UNSET
    type: Literal["ioss", "oss_non_union", "oss_union", "standard"]


class SchemeStandard(Struct, kw_only=True):
    place_of_supply_scheme: Scheme


class SchemeOptions(Struct, kw_only=True):
    standard: SchemeStandard | UnsetType = UNSET
    type: Literal["standard"]


class StandardOptions(Struct, kw_only=True):
    type: Literal["standard"]


class SimplifiedOptions(Struct, kw_only=True):
    type: Literal["simplified"]


class ProvinceStandard(Struct, kw_only=True):
    province: str


class CanadaOptions(Struct, kw_only=True):
    province_standard: ProvinceStandard | UnsetType = UNSET
    type: Literal["province_standard", "simplified", "standard"]


class Election(Struct, kw_only=True):
    jurisdiction: str | UnsetType = UNSET
    type: Literal["local_use_tax", "simplified_sellers_use_tax", "single_local_use_tax"]


class StateSalesTax(Struct, kw_only=True):
    elections: list[Election] | UnsetType = UNSET


class UnitedStatesOptions(Struct, kw_only=True):
    state: str
    state_sales_tax: StateSalesTax | UnsetType = UNSET
    type: StateTax


class UnionStandardParams(Params, kw_only=True):
    place_of_supply_scheme: UnionScheme


class UnionParams(Params, kw_only=True):
    standard: UnionStandardParams | UnsetType = UNSET
    type: Literal["ioss", "oss_non_union", "oss_union", "standard"]


class SchemeStandardParams(Params, kw_only=True):
    place_of_supply_scheme: Scheme | UnsetType = UNSET


class SchemeParams(Params, kw_only=True):
    standard: SchemeStandardParams | UnsetType = UNSET
    type: Literal["standard"]


class SimplifiedParams(Params, kw_only=True):
    type: Literal["simplified"]


class ProvinceStandardParams(Params, kw_only=True):
    province: str


class CanadaParams(Params, kw_only=True):
    province_standard: ProvinceStandardParams | UnsetType = UNSET
    standard: SchemeStandardParams | UnsetType = UNSET
    type: Literal["province_standard", "simplified", "standard"]


class ElectionParams(Params, kw_only=True):
    jurisdiction: str | UnsetType = UNSET
    type: Literal["local_use_tax", "simplified_sellers_use_tax", "single_local_use_tax"]


class StateSalesTaxParams(Params, kw_only=True):
    elections: list[ElectionParams] | UnsetType = UNSET


class JurisdictionParams(Params, kw_only=True):
    jurisdiction: str


UnitedStatesParams: Any = msgspec.defstruct(
    "UnitedStatesParams",
    [
        *((name, JurisdictionParams | UnsetType, UNSET) for name in OF_PLACES),
        ("state", str),
        ("state_sales_tax", StateSalesTaxParams | UnsetType, UNSET),
        ("type", StateTax),
    ],
    bases=(Params,),
    kw_only=True,
    module=__name__,
)

_KINDS: list[tuple[list[str], type[Struct], type[Struct]]] = [
    (SIMPLIFIED, SimplifiedOptions, SimplifiedParams),
    (UNION, UnionOptions, UnionParams),
    (STANDARD, StandardOptions, SchemeParams),
    (WITH_SCHEME, SchemeOptions, SchemeParams),
    (["ca"], CanadaOptions, CanadaParams),
    (["us"], UnitedStatesOptions, UnitedStatesParams),
]
OPTIONS = {code: shown for codes, shown, _ in _KINDS for code in codes}
OPTION_PARAMS = {code: sent for codes, _, sent in _KINDS for code in codes}


CountryOptions: Any = msgspec.defstruct(
    "CountryOptions",
    [(code, OPTIONS[code] | UnsetType, UNSET) for code in sorted(OPTIONS)],
    kw_only=True,
    module=__name__,
)
CountryOptionsParams: Any = msgspec.defstruct(
    "CountryOptionsParams",
    [(code, OPTION_PARAMS[code] | UnsetType, UNSET) for code in sorted(OPTION_PARAMS)],
    bases=(Params,),
    kw_only=True,
    module=__name__,
)
