"""Accounts: the one that these books belong to, as the API shows it, and how it bills."""

from typing import Literal

from msgspec import Struct

from prorata.model.errors import InvalidRequest, NotSupported, PermissionDenied
from prorata.model.fields import Address, Metadata
from prorata.model.operation import Listing, operation
from prorata.model.params import (
    Params,
    assign,
    fields_given,
    given,
    merge_metadata,
    refuse_unsupported,
)
from prorata.model.resource import Resource, resource
from prorata.model.transaction import Tx
from prorata.resources.billing.tax_id import check_tax_ids
from prorata.resources.core.account_params import (
    AccountCreateParams,
    AccountListParams,
    AccountUpdateParams,
    BusinessProfileParams,
    BusinessType,
    DashboardParams,
    HostedSave,
    ShownSettingsParams,
)
from prorata.resources.core.account_settings import AccountSettings, AccountSettingsParams
from prorata.resources.core.email_settings import EmailSettingsParams
from prorata.resources.core.file import File
from prorata.resources.portal.addresses import check_address
from prorata.resources.references import FileRef, TaxIdRef
from prorata.rules.currency import is_currency
from prorata.rules.mail_addresses import is_mail_address, one_line
from prorata.rules.months import zone

PAGES = ("specified_commercial_transactions_act_url", "support_url", "url")


class BusinessProfile(Struct, kw_only=True):
    mcc: str | None = None
    minority_owned_business_designation: list[str] | None = None
    name: str | None = None
    product_description: str | None = None
    specified_commercial_transactions_act_url: str | None = None
    support_address: Address | None = None
    support_email: str | None = None
    support_phone: str | None = None
    support_url: str | None = None
    url: str | None = None


class Capabilities(Struct, kw_only=True):
    """What the account may do; its gateway has agreed to all of it."""

    bacs_debit_payments: str = "active"
    card_payments: str = "active"
    link_payments: str = "active"
    sepa_debit_payments: str = "active"
    transfers: str = "active"
    us_bank_account_ach_payments: str = "active"


class AccountController(Struct, kw_only=True):
    type: Literal["account", "application"] = "account"


class Branding(Struct, kw_only=True):
    icon: FileRef | None = None
    logo: FileRef | None = None
    primary_color: str | None = None
    secondary_color: str | None = None


class DeclineOn(Struct, kw_only=True):
    avs_failure: bool = False
    cvc_failure: bool = False


class CardPayments(Struct, kw_only=True):
    decline_on: DeclineOn
    statement_descriptor_prefix: str | None = None
    statement_descriptor_prefix_kana: str | None = None
    statement_descriptor_prefix_kanji: str | None = None


class Dashboard(Struct, kw_only=True):
    display_name: str | None = None
    timezone: str | None = "Etc/UTC"


class InvoicesSettings(Struct, kw_only=True):
    default_account_tax_ids: list[TaxIdRef] | None = None
    hosted_payment_method_save: HostedSave | None = "offer"


class PaymentsSettings(Struct, kw_only=True):
    statement_descriptor: str | None = None
    statement_descriptor_kana: str | None = None
    statement_descriptor_kanji: str | None = None
    statement_descriptor_prefix_kana: str | None = None
    statement_descriptor_prefix_kanji: str | None = None


class ShownSettings(Struct, kw_only=True):
    branding: Branding
    card_payments: CardPayments
    dashboard: Dashboard
    invoices: InvoicesSettings
    payments: PaymentsSettings


@resource(
    prefix="acct", path="/v1/accounts", short_id=True, operations=(), owner=lambda account: None
)
class Account(Resource, tag="account", kw_only=True):
    """The own account in one mode."""

    Private = AccountSettings

    business_profile: BusinessProfile
    business_type: BusinessType | None = None
    capabilities: Capabilities
    charges_enabled: bool = True
    controller: AccountController
    country: str = "US"
    created: int
    default_currency: str = "usd"
    details_submitted: bool = True
    email: str | None = None
    metadata: Metadata = {}
    payouts_enabled: bool = True
    settings: ShownSettings
    type: Literal["custom", "express", "none", "standard"] = "standard"


def own_account(tx: Tx) -> Account:
    """Return the account of these books, to be read; one never written has the defaults."""
    return tx.look(Account, tx.book.account) or _default(tx)


def ensure_account(tx: Tx) -> Account:
    """Return the account of these books, written with the defaults when it is new."""
    return tx.find(Account, tx.book.account) or tx.add(_default(tx))


def account_settings(tx: Tx) -> AccountSettings:
    """Return how the account bills."""
    settings: AccountSettings = own_account(tx).private
    return settings


def _default(tx: Tx) -> Account:
    account = Account(
        id=tx.book.account,
        business_profile=BusinessProfile(),
        capabilities=Capabilities(),
        controller=AccountController(),
        created=tx.now,
        settings=ShownSettings(
            branding=Branding(),
            card_payments=CardPayments(decline_on=DeclineOn()),
            dashboard=Dashboard(),
            invoices=InvoicesSettings(),
            payments=PaymentsSettings(),
        ),
    )
    account.private = AccountSettings()
    return account


@operation("GET /v1/account")
def retrieve_own(tx: Tx) -> Account:
    """Return the own account."""
    return own_account(tx)


@operation("GET /v1/accounts")
def list_accounts(tx: Tx, params: AccountListParams) -> Listing[Account]:
    """List the accounts: there is only the own one."""
    return Listing(Account, ranges={"created": params.created} if given(params.created) else {})


@operation("POST /v1/accounts")
def create(tx: Tx, params: AccountCreateParams) -> Account:
    """Refuse to make a connected account."""
    raise NotSupported(
        "Connected accounts are not supported: these books belong to one account alone."
    )


@operation("GET /v1/accounts/{id}")
def retrieve(tx: Tx, id: str) -> Account:
    """Return the own account by its id; raise PermissionDenied for any other."""
    _check_own(tx, id)
    return own_account(tx)


@operation("POST /v1/accounts/{id}")
def update(tx: Tx, params: AccountUpdateParams, id: str) -> Account:
    """Change the own account's profile, branding and what its statements say."""
    _check_own(tx, id)
    refuse_unsupported(
        params, "account_token", "capabilities", "company", "documents", "external_account",
        "groups", "individual", "tos_acceptance",
    )  # fmt: skip
    account = ensure_account(tx)
    if given(params.default_currency):
        if not is_currency(params.default_currency):
            raise InvalidRequest(
                f"Invalid currency: {params.default_currency}.", param="default_currency"
            )
        account.default_currency = params.default_currency
    if given(params.country):
        account.country = params.country.upper()
    if given(params.business_profile):
        _set_profile(account, params.business_profile)
    if given(params.settings):
        _set_shown(tx, account, params.settings)
    if given(params.metadata):
        account.metadata = merge_metadata(account.metadata, params.metadata)
    assign(account, params, "business_type", "email")
    return account


def _set_profile(account: Account, params: BusinessProfileParams) -> None:
    unsupported = ("annual_revenue", "estimated_worker_count", "monthly_estimated_revenue")
    refuse_unsupported(params, *unsupported, below="business_profile")
    for name, value in fields_given(params).items():
        if name in unsupported:
            continue
        if name in PAGES and value:
            # Customers are led there from pages and mails.
            check_address(value, f"business_profile[{name}]")
        if name == "support_email" and value and not is_mail_address(value):
            raise _invalid_email(value, "business_profile[support_email]")
        setattr(account.business_profile, name, value)


def _invalid_email(address: str, param: str) -> InvalidRequest:
    return InvalidRequest(
        f"Invalid email address: {address}", code="email_invalid", param=param
    )


def _set_shown(tx: Tx, account: Account, params: ShownSettingsParams) -> None:
    refuse_unsupported(
        params, "bacs_debit_payments", "card_issuing", "payouts", "paypay_payments",
        "sepa_debit_payments", "treasury", below="settings",
    )  # fmt: skip
    for name, group in fields_given(params).items():
        if not isinstance(group, Params):
            continue
        if isinstance(group, DashboardParams) and given(group.timezone):
            _check_zone(group.timezone)
        shown = getattr(account.settings, name)
        for field, value in fields_given(group).items():
            if field in ("icon", "logo") and value is not None:
                tx.get(File, value, param=f"settings[branding][{field}]")
            if field == "default_account_tax_ids":
                check_tax_ids(tx, value, f"settings[invoices][{field}]")
            if isinstance(value, Params):
                assign(getattr(shown, field), value)
            else:
                setattr(shown, field, value)


def _check_zone(name: str) -> None:
    try:
        zone(name)
    except ValueError:
        raise InvalidRequest(
            f"Invalid time zone: {name}; use a name such as Europe/Vienna.",
            param="settings[dashboard][timezone]",
        ) from None


def _check_own(tx: Tx, id: str) -> None:
    if id != tx.book.account:
        raise PermissionDenied(
            f"The provided key does not have access to account '{id}' (or that account does not"
            " exist). Application access may have been revoked.",
            code="account_invalid",
        )


@operation("GET /v1/prorata/settings")
def retrieve_settings(tx: Tx) -> AccountSettings:
    """Return how the account bills."""
    return account_settings(tx)


@operation("POST /v1/prorata/settings")
def update_settings(tx: Tx, params: AccountSettingsParams) -> AccountSettings:
    """Change how the account bills."""
    if given(params.retry_custom_days) and any(days < 1 for days in params.retry_custom_days):
        raise InvalidRequest("A retry waits at least one day.", param="retry_custom_days")
    settings: AccountSettings = ensure_account(tx).private
    for name, value in fields_given(params).items():
        if isinstance(value, EmailSettingsParams):
            _set_emails(settings, value)
        else:
            setattr(settings, name, value)
    if settings.retry_mode == "custom" and not settings.retry_custom_days:
        raise InvalidRequest("Custom retries need `retry_custom_days`.", param="retry_custom_days")
    return settings


def _set_emails(settings: AccountSettings, params: EmailSettingsParams) -> None:
    if given(params.reply_to) and params.reply_to and not is_mail_address(params.reply_to):
        raise _invalid_email(params.reply_to, "emails[reply_to]")
    if given(params.sender_name) and params.sender_name:
        params.sender_name = one_line(params.sender_name)
    assign(settings.emails, params)
