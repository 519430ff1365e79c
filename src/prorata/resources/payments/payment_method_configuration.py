"""Payment method configurations: which ways to pay are offered where a request names none.

An account has few of them, and almost every payment asks for the default one: they stand in the
account's own document, which is at hand. The default is there before anybody has written it.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest, NotSupported, no_such
from prorata.model.operation import Inline, operation
from prorata.model.params import Params, fields_given, given, refuse_unsupported
from prorata.model.transaction import Tx
from prorata.resources.core.account import account_settings, ensure_account, own_account
from prorata.resources.core.account_settings import AccountSettings
from prorata.resources.core.kept_configuration import KeptConfiguration, Preference
from prorata.resources.payments.method_types import (
    CASH,
    OTHERS,
    USABLE,
    automatic_types,
    unsupported_type,
)

PREFIX = "pmc"
MOST = 100
KEPT = "payment method configurations"
# Ways to pay that are no types of their own: a card's wallets and networks.
WALLETS = ("apple_pay", "apple_pay_later", "cartes_bancaires", "fr_meal_voucher_conecs",
           "google_pay", "jcb")  # fmt: skip
NAMED = tuple(sorted({*USABLE, *OTHERS, *WALLETS} - {"card_present", "custom", "interac_present"}))


class DisplayPreference(Struct, kw_only=True):
    """preference: what was said. value: what holds."""

    overridable: bool | None = None
    preference: Preference
    value: Literal["off", "on"]


class ConfiguredMethod(Struct, kw_only=True):
    available: bool
    display_preference: DisplayPreference


class PaymentMethodConfiguration(
    Struct, tag_field="object", tag="payment_method_configuration", kw_only=True
):
    """A configuration as the API shows it; other types than these cannot be offered here."""

    id: str
    active: bool
    application: str | None = None
    bacs_debit: ConfiguredMethod
    card: ConfiguredMethod
    customer_balance: ConfiguredMethod
    is_default: bool
    livemode: bool
    name: str
    parent: str | None = None
    sepa_debit: ConfiguredMethod
    us_bank_account: ConfiguredMethod


class PreferenceParams(Params, kw_only=True):
    preference: Preference | UnsetType = UNSET


class MethodParams(Params, kw_only=True):
    display_preference: PreferenceParams | UnsetType = UNSET


if TYPE_CHECKING:

    class MethodsParams(Params, kw_only=True):
        """A field for each way to pay."""

else:
    MethodsParams = msgspec.defstruct(
        "MethodsParams",
        [(name, MethodParams | UnsetType, UNSET) for name in NAMED],
        bases=(Params,),
        kw_only=True,
        module=__name__,
    )


class ConfigurationCreateParams(MethodsParams, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    parent: str | UnsetType = UNSET


class ConfigurationUpdateParams(MethodsParams, kw_only=True):
    active: bool | UnsetType = UNSET
    name: Annotated[str, Meta(min_length=1, max_length=100)] | UnsetType = UNSET


class ConfigurationRetrieveParams(Params, kw_only=True):
    """No parameters but `expand`."""


class ConfigurationListParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    application: str | UnsetType | None = UNSET


@operation("GET /v1/payment_method_configurations")
def list_all(tx: Tx, params: ConfigurationListParams) -> Inline[PaymentMethodConfiguration]:
    """List the configurations, the newest first; none is of an application."""
    found = [] if given(params.application) and params.application else _all(tx)
    if given(params.active):
        found = [each for each in found if each.active == params.active]
    return Inline([_shown(tx, each) for each in found])


@operation("GET /v1/payment_method_configurations/{id}")
def retrieve(tx: Tx, params: ConfigurationRetrieveParams, id: str) -> PaymentMethodConfiguration:
    """Return a configuration."""
    return _shown(tx, _named(tx, id, status=404))


@operation("POST /v1/payment_method_configurations")
def create(tx: Tx, params: ConfigurationCreateParams) -> PaymentMethodConfiguration:
    """Create a configuration; what it does not say is as usual."""
    refuse_unsupported(params, "parent")
    settings: AccountSettings = ensure_account(tx).private
    known = settings.method_configurations
    if len(known) >= MOST:
        raise InvalidRequest(f"You can have at most {MOST} payment method configurations.")
    made = KeptConfiguration(
        id=tx.id(PREFIX),
        created=tx.now,
        name=params.name if given(params.name) else "Payment methods",
    )
    _write(made, params)
    settings.method_configurations = [made, *known]
    tx.results.pop(KEPT, None)
    return _shown(tx, made)


@operation("POST /v1/payment_method_configurations/{id}")
def update(tx: Tx, params: ConfigurationUpdateParams, id: str) -> PaymentMethodConfiguration:
    """Change a configuration; payments that were begun keep what they offer."""
    former = _named(tx, id, status=404)
    changed = msgspec.structs.replace(former, preferences=dict(former.preferences))
    _write(changed, params)
    if given(params.name):
        changed.name = params.name
    if given(params.active):
        if changed.is_default and not params.active:
            raise InvalidRequest(
                "The default payment method configuration can't be deactivated.", param="active"
            )
        changed.active = params.active
    settings: AccountSettings = ensure_account(tx).private
    others = [each for each in settings.method_configurations if each.id != id]
    settings.method_configurations = sorted(
        [*others, changed], key=lambda each: (not each.is_default, each.id), reverse=True
    )
    tx.results.pop(KEPT, None)
    return _shown(tx, changed)


def configuration_of(tx: Tx, id: str, param: str = "payment_method_configuration") -> str:
    """Return the id of a configuration that a request names; raise for none that can be used."""
    if not _named(tx, id, status=400, param=param).active:
        raise InvalidRequest(
            f"The payment method configuration {id} is not active. Activate it, or name another"
            " one.",
            param=param,
        )
    return id


def default_configuration(tx: Tx) -> str:
    """Return the id of the configuration that decides where none is named."""
    return next(each.id for each in _all(tx) if each.is_default)


def offered_types(
    tx: Tx, currency: str | None, configuration: str | None = None, *, cash: bool = False
) -> list[str]:
    """Return the types that are offered in a currency, by a configuration or the default one.

    cash: whether what a customer has sent beforehand can pay there.
    """
    settings: list[KeptConfiguration] | None = tx.results.get(KEPT)
    if settings is None:
        settings = tx.results[KEPT] = account_settings(tx).method_configurations
    types = automatic_types(currency)
    for each in settings:
        if each.id == configuration or (configuration is None and each.is_default):
            offered = [*types, CASH] if cash else types
            # Something has to be offered.
            return [type for type in offered if _value(each, type) == "on"] or ["card"]
    return types


def _all(tx: Tx) -> list[KeptConfiguration]:
    kept = account_settings(tx).method_configurations
    if any(each.is_default for each in kept):
        return kept
    account = own_account(tx)
    mode = "1" if tx.book.livemode else "0"
    id = f"{PREFIX}_1{account.id.removeprefix('acct_')}{mode}"
    return [
        *kept, KeptConfiguration(id=id, created=account.created, name="Default", is_default=True)
    ]  # fmt: skip


def _named(tx: Tx, id: str, *, status: int, param: str = "configuration") -> KeptConfiguration:
    for each in _all(tx):
        if each.id == id:
            return each
    raise no_such("payment_method_configuration", id, param=param, status=status)


def _write(configuration: KeptConfiguration, params: MethodsParams) -> None:
    for type, said in fields_given(params).items():
        if not isinstance(said, MethodParams) or not given(said.display_preference):
            continue
        preference = said.display_preference.preference
        if not given(preference):
            continue
        if type in USABLE:
            configuration.preferences[type] = preference
        elif preference == "on":
            path = f"{type}[display_preference][preference]"
            if type in OTHERS:
                raise unsupported_type(type, path)
            raise NotSupported(f"Payments with {type} are not supported.", param=path)


def _value(configuration: KeptConfiguration, type: str) -> Literal["off", "on"]:
    said = configuration.preferences.get(type, "none")
    if said == "none":
        return "off" if type == CASH else "on"
    return said


def _shown(tx: Tx, kept: KeptConfiguration) -> PaymentMethodConfiguration:
    methods: dict[str, Any] = {}
    for type in USABLE:
        value = _value(kept, type)
        preference = DisplayPreference(
            preference=kept.preferences.get(type, "none"), value=value
        )
        methods[type] = ConfiguredMethod(available=value == "on", display_preference=preference)
    return PaymentMethodConfiguration(
        id=kept.id,
        active=kept.active,
        is_default=kept.is_default,
        livemode=tx.book.livemode,
        name=kept.name,
        **methods,
    )
