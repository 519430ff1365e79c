"""Customer sessions: for half an hour a page may show what belongs to one customer."""

import hmac
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest, NotFound, NotSupported, missing_param
from prorata.model.operation import operation
from prorata.model.params import Params, fields_given, given
from prorata.model.resource import Resource, resource
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.references import CustomerRef

SESSION_SECONDS = 30 * 60
Able = Literal["disabled", "enabled"]
Redisplay = Literal["always", "limited", "unspecified"]
Component = Literal[
    "active_entitlements", "buy_button", "customer_portal", "customer_sheet",
    "mobile_payment_element", "payment_element", "pricing_table",
]  # fmt: skip


class SessionComponent(Struct, kw_only=True):
    enabled: bool = False


class SheetFeatures(Struct, kw_only=True):
    payment_method_allow_redisplay_filters: list[Redisplay] | None = None
    payment_method_remove: Able | None = None


class MobileFeatures(SheetFeatures, kw_only=True):
    """What the element of an app may show and keep."""

    payment_method_redisplay: Able | None = None
    payment_method_save: Able | None = None
    payment_method_save_allow_redisplay_override: Redisplay | None = None


def _always() -> list[Redisplay]:
    return ["always"]


class ElementFeatures(Struct, kw_only=True):
    payment_method_allow_redisplay_filters: list[Redisplay] = msgspec.field(default_factory=_always)
    payment_method_redisplay: Able = "disabled"
    payment_method_redisplay_limit: int | None = 3
    payment_method_remove: Able = "disabled"
    payment_method_save: Able = "disabled"
    payment_method_save_usage: Literal["off_session", "on_session"] | None = None


class SheetComponent(SessionComponent, kw_only=True):
    """The sheet of an app that looks after saved methods."""

    features: SheetFeatures | None = None


class MobileComponent(SessionComponent, kw_only=True):
    """The payment element of an app."""

    features: MobileFeatures | None = None


class ElementComponent(SessionComponent, kw_only=True):
    """The payment element of a page."""

    features: ElementFeatures | None = None


class SessionComponents(Struct, kw_only=True):
    active_entitlements: SessionComponent = msgspec.field(default_factory=SessionComponent)
    buy_button: SessionComponent = msgspec.field(default_factory=SessionComponent)
    customer_portal: SessionComponent = msgspec.field(default_factory=SessionComponent)
    customer_sheet: SheetComponent = msgspec.field(default_factory=SheetComponent)
    mobile_payment_element: MobileComponent = msgspec.field(default_factory=MobileComponent)
    payment_element: ElementComponent = msgspec.field(default_factory=ElementComponent)
    pricing_table: SessionComponent = msgspec.field(default_factory=SessionComponent)


class CustomerSession(Struct, tag_field="object", tag="customer_session", kw_only=True):
    """A session as the API shows it: it has no id, its secret is all its name."""

    client_secret: str
    components: SessionComponents
    created: int
    customer: CustomerRef
    customer_account: str | None = None
    expires_at: int
    livemode: bool


def due(session: "KeptSession") -> int | None:
    """Return the real second at which the session is dropped."""
    return session.expires_at


# Sessions live in real time, whatever clock their customer hangs on.
@resource(prefix="cuss", due=due, owner=lambda session: None)
class KeptSession(Resource, tag="kept_customer_session", kw_only=True):
    """A session as it is kept; times in real seconds UTC, as no test clock lets it live longer."""

    secret: str
    components: SessionComponents
    created: int
    customer: str
    expires_at: int


class ComponentParams(Params, kw_only=True):
    enabled: bool


class SheetFeaturesParams(Params, kw_only=True):
    payment_method_allow_redisplay_filters: list[Redisplay] | UnsetType = UNSET
    payment_method_remove: Able | UnsetType = UNSET


class MobileFeaturesParams(SheetFeaturesParams, kw_only=True):
    payment_method_redisplay: Able | UnsetType = UNSET
    payment_method_save: Able | UnsetType = UNSET
    payment_method_save_allow_redisplay_override: Redisplay | UnsetType = UNSET


class ElementFeaturesParams(SheetFeaturesParams, kw_only=True):
    payment_method_redisplay: Able | UnsetType = UNSET
    payment_method_redisplay_limit: Annotated[int, Meta(ge=1, le=10)] | UnsetType = UNSET
    payment_method_save: Able | UnsetType = UNSET
    payment_method_save_usage: Literal["off_session", "on_session"] | UnsetType = UNSET


class SheetParams(ComponentParams, kw_only=True):
    features: SheetFeaturesParams | UnsetType = UNSET


class MobileParams(ComponentParams, kw_only=True):
    features: MobileFeaturesParams | UnsetType = UNSET


class ElementParams(ComponentParams, kw_only=True):
    features: ElementFeaturesParams | UnsetType = UNSET


class ComponentsParams(Params, kw_only=True):
    active_entitlements: ComponentParams | UnsetType = UNSET
    buy_button: ComponentParams | UnsetType = UNSET
    customer_portal: ComponentParams | UnsetType = UNSET
    customer_sheet: SheetParams | UnsetType = UNSET
    mobile_payment_element: MobileParams | UnsetType = UNSET
    payment_element: ElementParams | UnsetType = UNSET
    pricing_table: ComponentParams | UnsetType = UNSET


class CustomerSessionCreateParams(Params, kw_only=True):
    components: ComponentsParams
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET


@operation("POST /v1/customer_sessions", confidential=True)
def create(tx: Tx, params: CustomerSessionCreateParams) -> CustomerSession:
    """Create a session for a page; at least one component must be enabled.

    Raises InvalidRequest for a save usage of methods that are not saved.
    """
    if given(params.customer_account):
        raise NotSupported(
            "Customers of the accounts API are not supported: give `customer` instead.",
            param="customer_account",
        )
    if not given(params.customer):
        raise missing_param("customer")
    customer = tx.get(Customer, params.customer, param="customer")
    components = _components(params.components)
    now = tx.real_now
    session = tx.add(
        KeptSession(
            id=tx.new_id(KeptSession),
            secret=tx.secret(32),
            components=components,
            created=now,
            customer=customer.id,
            expires_at=now + SESSION_SECONDS,
        )
    )
    return CustomerSession(
        client_secret=f"{session.id}_secret_{session.secret}",
        components=components,
        created=now,
        customer=customer.id,
        expires_at=session.expires_at,
        livemode=tx.book.livemode,
    )


def _components(params: ComponentsParams) -> SessionComponents:
    components = SessionComponents()
    for name, said in fields_given(params).items():
        component = getattr(components, name)
        component.enabled = said.enabled
        features = getattr(said, "features", UNSET)
        if given(features):
            component.features = msgspec.convert(fields_given(features), _FEATURES[name])
        elif said.enabled and name in _FEATURES:
            component.features = _FEATURES[name]()
    if not any(getattr(components, name).enabled for name in components.__struct_fields__):
        raise InvalidRequest(
            "At least one component must be enabled to create a customer session.",
            param="components",
        )
    features = components.payment_element.features
    usage = features.payment_method_save_usage if features is not None else None
    if usage is not None and features is not None and features.payment_method_save != "enabled":
        raise InvalidRequest(
            "`payment_method_save_usage` can only be set where `payment_method_save` is enabled.",
            param="components[payment_element][features][payment_method_save_usage]",
        )
    return components


_FEATURES: dict[str, type[Struct]] = {
    "customer_sheet": SheetFeatures,
    "mobile_payment_element": MobileFeatures,
    "payment_element": ElementFeatures,
}


def opened_session(
    tx: Tx, secret: str, component: Component, param: str = "customer_session_client_secret"
) -> KeptSession:
    """Return the session that a page's secret opens for one component.

    Raises InvalidRequest when it is unknown, has ended, or does not allow the component.
    """
    id, _, told = secret.partition("_secret_")
    session = tx.find(KeptSession, id)
    if session is None or not hmac.compare_digest(told.encode(), session.secret.encode()):
        raise NotFound("No such customer session.", param=param, status=400)
    if tx.real_now >= session.expires_at:
        raise InvalidRequest(
            "The customer session has expired. Create a new one on your server.",
            code="customer_session_expired",
            param=param,
        )
    if not getattr(session.components, component).enabled:
        raise InvalidRequest(
            f"The customer session does not allow the component {component}. Enable it when you"
            " create the session.",
            param=param,
        )
    return session
