"""Tax registrations: where a seller collects tax, from when and until when."""

from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import InvalidRequest, NotSupported, missing_param
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, fields_given, given, plain
from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.tax.registration_options import (
    OPTIONS,
    UNION,
    WITH_SCHEME,
    CountryOptions,
    CountryOptionsParams,
)
from prorata.rules.tax_parts import CODES, part_of
from prorata.rules.tax_place import Registered

Status = Literal["active", "expired", "scheduled"]
RATE_DECIMALS = 4


class RegistrationPrivate(Struct, kw_only=True, omit_defaults=True):
    """percentage: the combined rate of a state of the United States, set by its seller."""

    percentage: float | None = None


def due(registration: "Registration") -> int | None:
    """Return when the status changes by itself."""
    if registration.status == "scheduled":
        return registration.active_from
    return registration.expires_at if registration.status == "active" else None


@resource(
    prefix="taxreg",
    path="/v1/tax/registrations",
    operations=("retrieve",),
    columns=(column("status", index=True),),
    due=due,
    missing_name="tax registration",
)
class Registration(Resource, tag="tax.registration", kw_only=True):
    """A registration with the tax office of a country; times in seconds UTC."""

    Private = RegistrationPrivate

    active_from: int
    country: str
    country_options: CountryOptions
    created: int
    expires_at: int | None = None
    livemode: bool
    status: Status


class RegistrationCreateParams(Params, kw_only=True):
    active_from: int | Literal["now"]
    country: str
    country_options: CountryOptionsParams
    expires_at: int | UnsetType = UNSET


class RegistrationUpdateParams(Params, kw_only=True):
    active_from: int | Literal["now"] | UnsetType = UNSET
    expires_at: int | Literal["now"] | UnsetType | None = UNSET


class RegistrationListParams(Params, kw_only=True):
    status: Literal["active", "all", "expired", "scheduled"] | UnsetType = UNSET


def status_at(registration: Registration, now: int) -> Status:
    """Return what a registration is at a second."""
    if registration.expires_at is not None and registration.expires_at <= now:
        return "expired"
    return "active" if registration.active_from <= now else "scheduled"


def in_force(registration: Registration, now: int) -> bool:
    """Return whether a seller collects under a registration at a second.

    A test clock may be in a past in which nobody could have registered: whatever is in force in
    the system's own time is so in all time before.
    """
    if registration.expires_at is not None and registration.expires_at <= now:
        return False
    return registration.active_from <= now or registration.status == "active"


def registered(registration: Registration) -> Registered:
    """Return a registration as the rules take it."""
    options = getattr(registration.country_options, registration.country.lower())
    standard = getattr(options, "standard", UNSET)
    state = getattr(options, "state", None)
    province = getattr(options, "province_standard", UNSET)
    percentage = registration.private.percentage
    return Registered(
        country=registration.country,
        type=options.type,
        scheme=None if standard is UNSET else standard.place_of_supply_scheme,
        state=state if province is UNSET else province.province,
        percentage=None if percentage is None else Decimal(str(percentage)),
    )


@operation("POST /v1/tax/registrations")
def create(tx: Tx, params: RegistrationCreateParams) -> Registration:
    """Register in a country, from now, from a later second, or from an earlier one."""
    country = params.country.upper()
    active_from = tx.real_now if params.active_from == "now" else params.active_from
    registration = Registration(
        id=tx.new_id(Registration),
        active_from=active_from,
        country=country,
        country_options=_options(country, params.country_options),
        created=tx.now,
        expires_at=None if params.expires_at is UNSET else params.expires_at,
        livemode=tx.book.livemode,
        status="active",
    )
    _settle(tx, registration)
    return tx.add(registration)


@operation("POST /v1/tax/registrations/{id}")
def update(tx: Tx, registration: Registration, params: RegistrationUpdateParams) -> Registration:
    """Let a registration begin at another time, or end."""
    for name in ("active_from", "expires_at"):
        value = getattr(params, name)
        if given(value):
            setattr(registration, name, tx.real_now if value == "now" else value)
    _settle(tx, registration)
    return registration


@operation("GET /v1/tax/registrations")
def list_registrations(tx: Tx, params: RegistrationListParams) -> Listing[Registration]:
    """List registrations, newest first."""
    if given(params.status) and params.status != "all":
        return Listing(Registration, {"status": params.status})
    return Listing(Registration)


def _settle(tx: Tx, registration: Registration) -> None:
    """Bring the status in line with the times; raise when they are the wrong way round."""
    expires_at = registration.expires_at
    if expires_at is not None and expires_at < registration.active_from:
        raise InvalidRequest(
            "A registration can't expire before it becomes active: give an `expires_at` after"
            " `active_from`.",
            param="expires_at",
        )
    registration.status = status_at(registration, tx.real_now)


def _options(country: str, params: Any) -> Any:
    """Return the options of the country, checked; raise by the name of what is wrong."""
    code = country.lower()
    if code not in OPTIONS:
        raise InvalidRequest(
            f"Registrations in `{country}` are not supported: give one of the countries that"
            " `country_options` has.",
            param="country",
        )
    sent = getattr(params, code)
    if not given(sent):
        raise missing_param(f"country_options[{code}]")
    for other in fields_given(params):
        if other != code:
            raise InvalidRequest(
                f"The registration is in `{country}`: give its options alone.",
                param=f"country_options[{other}]",
            )
    options = plain(sent)
    if code == "us":
        _check_united_states(options)
    elif code == "ca":
        _check_canada(options)
    elif code in UNION or code in WITH_SCHEME:
        if options["type"] == "standard":
            options["standard"] = {"place_of_supply_scheme": "standard"} | options.get(
                "standard", {}
            )
        elif "standard" in options:
            raise InvalidRequest(
                "`standard` is for registrations of the type `standard`.",
                param=f"country_options[{code}][standard]",
            )
    else:
        options.pop("standard", None)
    return CountryOptions(**{code: msgspec.convert(options, OPTIONS[code])})


def _check_canada(options: dict[str, Any]) -> None:
    options.pop("standard", None)
    path = "country_options[ca][province_standard]"
    provincial = options["type"] == "province_standard"
    if provincial != ("province_standard" in options):
        if provincial:
            raise missing_param(f"{path}[province]")
        raise InvalidRequest(
            "`province_standard` is for registrations of the type `province_standard`.",
            param=path,
        )
    if provincial:
        province = options["province_standard"]["province"].upper()
        if province not in CODES["CA"]:
            raise InvalidRequest(
                f"`{province}` is no province of Canada: give its two letters.",
                param=f"{path}[province]",
            )
        options["province_standard"]["province"] = province


def _check_united_states(options: dict[str, Any]) -> None:
    if options["type"] != "state_sales_tax":
        raise NotSupported(
            "In the United States only registrations of the type `state_sales_tax` are supported.",
            param="country_options[us][type]",
        )
    state = part_of("US", options["state"], None)
    if state is None:
        raise InvalidRequest(
            f"`{options['state']}` is no state: give its two letters.",
            param="country_options[us][state]",
        )
    options["state"] = state
    for name in sorted(set(options) - {"state", "state_sales_tax", "type"}):
        raise InvalidRequest(
            f"`{name}` is for registrations of that type.", param=f"country_options[us][{name}]"
        )
