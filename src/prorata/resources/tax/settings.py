"""Tax settings: the head office of the account and its defaults; one object for each mode."""

import re
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Address
from prorata.model.operation import operation
from prorata.model.params import Params, given
from prorata.model.transaction import Tx
from prorata.resources.core.account import account_settings, ensure_account
from prorata.resources.core.tax_defaults import TaxBehaviorDefault, TaxDefaults
from prorata.resources.products.tax_code import TAX_CODE_FORM
from prorata.rules.tax_parts import is_recognized

# What a product is where neither it nor the account says so, and what shipping is.
USUAL_CODE, SHIPPING_CODE = "txcd_10000000", "txcd_92010001"


class SettingsDefaults(Struct, kw_only=True):
    provider: Literal["anrok", "avalara", "sphere", "stripe"] = "stripe"
    tax_behavior: TaxBehaviorDefault | None = None
    tax_code: str | None = None


class HeadOffice(Struct, kw_only=True):
    address: Address


class ActiveDetails(Struct, kw_only=True):
    """Nothing is missing."""


class PendingDetails(Struct, kw_only=True):
    missing_fields: list[str] | None = None


class StatusDetails(Struct, kw_only=True):
    active: ActiveDetails | UnsetType = UNSET
    pending: PendingDetails | UnsetType = UNSET


class Settings(Struct, kw_only=True, tag_field="object", tag="tax.settings"):
    """How the account is set up for automatic tax; active once it has a head office."""

    defaults: SettingsDefaults
    head_office: HeadOffice | None = None
    livemode: bool
    status: Literal["active", "pending"]
    status_details: StatusDetails


class DefaultsParams(Params, kw_only=True):
    tax_behavior: TaxBehaviorDefault | UnsetType = UNSET
    tax_code: str | UnsetType = UNSET


class HeadOfficeParams(Params, kw_only=True):
    address: Address


class SettingsUpdateParams(Params, kw_only=True):
    defaults: DefaultsParams | UnsetType = UNSET
    head_office: HeadOfficeParams | UnsetType = UNSET


def shown_settings(tx: Tx, defaults: TaxDefaults) -> Settings:
    """Return an account's tax defaults as the API shows them."""
    office = defaults.head_office
    details = StatusDetails()
    if office is None:
        details.pending = PendingDetails(missing_fields=["head_office"])
    else:
        details.active = ActiveDetails()
    return Settings(
        defaults=SettingsDefaults(tax_behavior=defaults.tax_behavior, tax_code=defaults.tax_code),
        head_office=None if office is None else HeadOffice(address=office),
        livemode=tx.book.livemode,
        status="pending" if office is None else "active",
        status_details=details,
    )


def behavior_of(named: str | None, currency: str, default: TaxBehaviorDefault | None) -> str | None:
    """Return whether an amount includes its taxes, None where nobody says so.

    Inferred by currency, amounts in US and Canadian dollars come without tax, all others with it.
    """
    if named in ("exclusive", "inclusive"):
        return named
    if default == "inferred_by_currency":
        return "exclusive" if currency in ("usd", "cad") else "inclusive"
    return default


@operation("GET /v1/tax/settings")
def retrieve(tx: Tx) -> Settings:
    """Return the account's tax settings."""
    return shown_settings(tx, account_settings(tx).tax)


@operation("POST /v1/tax/settings")
def update(tx: Tx, params: SettingsUpdateParams) -> Settings:
    """Change the head office, or what holds where a price or product says nothing."""
    tax: TaxDefaults = ensure_account(tx).private.tax
    before = msgspec.to_builtins(shown_settings(tx, tax))
    if given(params.defaults):
        if given(params.defaults.tax_code):
            tax.tax_code = _code(params.defaults.tax_code)
        if given(params.defaults.tax_behavior):
            tax.tax_behavior = params.defaults.tax_behavior
    if given(params.head_office):
        tax.head_office = _office(params.head_office.address)
    after = shown_settings(tx, tax)
    changed = msgspec.to_builtins(after)
    previous = {name: before[name] for name in changed if changed[name] != before[name]}
    if previous:
        tx.emit_payload("tax.settings.updated", "tax.settings", "tax_settings", changed, previous)
    return after


def _code(code: str) -> str:
    if not re.match(TAX_CODE_FORM, code):
        raise InvalidRequest(f"No such tax code: '{code}'", param="defaults[tax_code]")
    return code


def _office(address: Address) -> Address:
    path = "head_office[address]"
    country = (address.country or "").upper()
    if not country:
        raise InvalidRequest("The head office needs a country.", param=f"{path}[country]")
    if not is_recognized(country, address.state, address.postal_code):
        raise InvalidRequest(
            "The address of the head office is not precise enough: give its country, and in the"
            " United States and Canada also the state or postal code.",
            param=path,
        )
    address.country = country
    return address
