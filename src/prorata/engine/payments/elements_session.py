"""Elements sessions: what a page's fields need to know before they are drawn."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.engine.due import handles
from prorata.engine.payments.attach import detach_method
from prorata.engine.payments.client_secret import check_secret
from prorata.engine.payments.own_fields import has_own_fields, takes_numbers
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.operation import operation
from prorata.model.params import Params, given, value_or
from prorata.model.transaction import Tx
from prorata.resources.core.account import own_account
from prorata.resources.core.customer import Customer
from prorata.resources.core.customer_session import ElementFeatures, KeptSession, opened_session
from prorata.resources.payments.method_types import CASH, check_types
from prorata.resources.payments.payment_intent import PaymentIntent, check_amount
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_configuration import (
    configuration_of,
    offered_types,
)
from prorata.resources.payments.setup_intent import SetupIntent

FutureUsage = Literal["off_session", "on_session"]
Mode = Literal["payment", "setup", "subscription"]
# Methods that an element shows again once they are saved.
SHOWN_AGAIN = ("card", "sepa_debit", "us_bank_account", "bacs_debit")
UNABLE = "payment_intent_unexpected_state"


class DeferredIntentParams(Params, kw_only=True):
    """An intent that will be made after the fields are filled in."""

    mode: Mode
    amount: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    allowed_payment_method_types: list[str] | UnsetType = UNSET
    capture_method: Literal["automatic", "automatic_async", "manual"] | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    excluded_payment_method_types: list[str] | UnsetType = UNSET
    on_behalf_of: str | UnsetType = UNSET
    payment_method_configuration: str | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType = UNSET


class ElementsSessionParams(Params, kw_only=True):
    """`type` says what the fields are for: an intent, one that will be made, or nothing yet."""

    type: Literal["payment_intent", "setup_intent", "deferred_intent", "plain"]
    client_secret: str | UnsetType = UNSET
    customer_session_client_secret: str | UnsetType = UNSET
    deferred_intent: DeferredIntentParams | UnsetType = UNSET
    locale: str | UnsetType = UNSET


class MethodPreference(Struct, kw_only=True):
    country_code: str
    ordered_payment_method_types: list[str]


class SessionCustomer(Struct, kw_only=True):
    """What a customer session lets a page show and change."""

    customer: str
    default_payment_method: str | None
    features: ElementFeatures
    payment_methods: list[PaymentMethod]


class SessionAbilities(Struct, kw_only=True):
    """card_fields: whether cards may be typed into fields of ours; a live gateway has its own.
    gateway_fields: whether they come to this page. wallet: whether the sandbox's wallet may be
    shown."""

    card_fields: bool
    gateway_fields: bool
    wallet: bool


class ElementsSession(Struct, tag_field="object", tag="prorata.elements_session", kw_only=True):
    amount: int | None = None
    business_name: str | None
    currency: str | None = None
    customer: SessionCustomer | None = None
    livemode: bool
    merchant_country: str
    payment_method_preference: MethodPreference
    prorata: SessionAbilities
    session_mode: Mode | None = None
    setup_future_usage: FutureUsage | None = None
    status: str | None = None


@operation("GET /v1/elements/sessions", publishable=True)
def open_elements(tx: Tx, params: ElementsSessionParams) -> ElementsSession:
    """Return what fields for a purpose are to show; secrets unlock intents and customers.

    Raises InvalidRequest for a secret that does not fit, and for an intent that is over.
    """
    account = own_account(tx)
    sandbox = takes_numbers(tx)
    session = ElementsSession(
        business_name=account.business_profile.name or account.settings.dashboard.display_name,
        livemode=tx.book.livemode,
        merchant_country=account.country,
        payment_method_preference=MethodPreference(
            country_code=account.country, ordered_payment_method_types=[]
        ),
        prorata=SessionAbilities(
            card_fields=sandbox, gateway_fields=has_own_fields(tx), wallet=sandbox
        ),
    )
    customer = None
    if params.type in ("payment_intent", "setup_intent"):
        customer = _of_intent(tx, session, params)
    elif params.type == "deferred_intent":
        _of_plan(tx, session, params)
    if given(params.customer_session_client_secret):
        kept = opened_session(tx, params.customer_session_client_secret, "payment_element")
        if customer is not None and customer != kept.customer:
            raise InvalidRequest(
                "The customer session is for another customer than the intent.",
                param="customer_session_client_secret",
            )
        session.customer = _customer(tx, kept, session)
    return session


def _of_intent(tx: Tx, session: ElementsSession, params: ElementsSessionParams) -> str | None:
    """Write what an intent says; return its customer."""
    secret = params.client_secret
    if not given(secret):
        raise missing_param("client_secret")
    id = secret.partition("_secret_")[0]
    intent: PaymentIntent | SetupIntent
    if params.type == "setup_intent":
        intent = tx.get(SetupIntent, id, param="client_secret")
        session.session_mode = "setup"
        session.setup_future_usage = intent.usage
    else:
        intent = tx.get(PaymentIntent, id, param="client_secret")
        session.session_mode = "payment"
        session.amount, session.currency = intent.amount, intent.currency
        session.setup_future_usage = intent.setup_future_usage
    check_secret(tx, intent, secret)
    if intent.status in ("canceled", "succeeded"):
        noun = "SetupIntent" if isinstance(intent, SetupIntent) else "PaymentIntent"
        raise InvalidRequest(
            f"You cannot collect a payment method for this {noun} because it has a status of"
            f" {intent.status}.",
            code=UNABLE if isinstance(intent, PaymentIntent) else "setup_intent_unexpected_state",
            param="client_secret",
        )
    session.status = intent.status
    session.payment_method_preference.ordered_payment_method_types = intent.payment_method_types
    return intent.customer


def _of_plan(tx: Tx, session: ElementsSession, params: ElementsSessionParams) -> None:
    plan = params.deferred_intent
    if not given(plan):
        raise missing_param("deferred_intent")
    currency = value_or(plan.currency, "").lower() or None
    if plan.mode != "setup":
        if currency is None:
            raise missing_param("deferred_intent[currency]")
        if not given(plan.amount):
            raise missing_param("deferred_intent[amount]")
        if plan.amount or plan.mode == "payment":
            check_amount(plan.amount, currency)
        session.amount = plan.amount
    named = plan.payment_method_configuration
    if given(named):
        configuration_of(tx, named, "deferred_intent[payment_method_configuration]")
    types = offered_types(
        tx, currency, named if given(named) else None, cash=plan.mode == "payment"
    )
    if given(plan.allowed_payment_method_types) and plan.allowed_payment_method_types:
        types = plan.allowed_payment_method_types
        check_types(types, "deferred_intent[allowed_payment_method_types]")
    excluded = value_or(plan.excluded_payment_method_types, [])
    lasting = plan.mode != "payment"
    session.payment_method_preference.ordered_payment_method_types = [
        type for type in types if type not in excluded and not (lasting and type == CASH)
    ]
    session.currency = currency
    session.session_mode = plan.mode
    session.setup_future_usage = value_or(
        plan.setup_future_usage, "off_session" if lasting else None
    )


def _customer(tx: Tx, kept: KeptSession, session: ElementsSession) -> SessionCustomer:
    """Return the customer's methods, as far as the session shows them."""
    customer = tx.get(Customer, kept.customer)
    features = kept.components.payment_element.features or ElementFeatures()
    methods: list[PaymentMethod] = []
    if features.payment_method_redisplay == "enabled":
        types = session.payment_method_preference.ordered_payment_method_types
        methods = tx.select(
            PaymentMethod,
            customer=customer.id,
            type=[type for type in types if type in SHOWN_AGAIN],
            allow_redisplay=features.payment_method_allow_redisplay_filters,
            limit=features.payment_method_redisplay_limit or 3,
        )
    default = customer.invoice_settings.default_payment_method
    methods.sort(key=lambda method: method.id != default)
    return SessionCustomer(
        customer=customer.id,
        default_payment_method=default,
        features=features,
        payment_methods=methods,
    )


class ElementsDetachParams(Params, kw_only=True):
    customer_session_client_secret: str


@operation("POST /v1/elements/payment_methods/{id}/detach", publishable=True)
def remove_saved(tx: Tx, method: PaymentMethod, params: ElementsDetachParams) -> PaymentMethod:
    """Take a saved method off its customer, where the page's session lets the customer do that."""
    kept = opened_session(tx, params.customer_session_client_secret, "payment_element")
    features = kept.components.payment_element.features
    if features is None or features.payment_method_remove != "enabled":
        raise InvalidRequest(
            "The customer session does not allow payment methods to be removed.",
            param="customer_session_client_secret",
        )
    if method.customer != kept.customer:
        raise InvalidRequest(
            f"The payment method {method.id} is not one of the session's customer.",
            param="customer_session_client_secret",
        )
    detach_method(tx, method, tx.get(Customer, kept.customer))
    return method


@handles("kept_customer_session")
def drop_session(tx: Tx, session: KeptSession) -> None:
    """Forget a customer session that has ended."""
    tx.delete(session)
