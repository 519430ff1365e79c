"""Sessions: a customer's stay in the portal, which a link opens and an hour of rest ends."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.params import Params
from prorata.model.resource import Resource, column, resource
from prorata.resources.portal.locales import Locale
from prorata.resources.references import AccountRef, CustomerRef, PortalConfigurationRef

FlowType = Literal[
    "customer_update", "payment_method_update", "subscription_cancel", "subscription_pause",
    "subscription_update", "subscription_update_confirm",
]  # fmt: skip
AfterType = Literal["hosted_confirmation", "portal_homepage", "redirect"]


class HostedConfirmation(Struct, kw_only=True):
    custom_message: str | None = None


class FlowRedirect(Struct, kw_only=True):
    return_url: str


class AfterCompletion(Struct, kw_only=True):
    hosted_confirmation: HostedConfirmation | None = None
    redirect: FlowRedirect | None = None
    type: AfterType = "portal_homepage"


class CouponOffer(Struct, kw_only=True):
    coupon: str


class Retention(Struct, kw_only=True):
    coupon_offer: CouponOffer | None = None
    type: Literal["coupon_offer"] = "coupon_offer"


class FlowCustomerUpdate(Struct, kw_only=True):
    """Nothing is set for this flow."""


class FlowCancel(Struct, kw_only=True):
    retention: Retention | None = None
    subscription: str


class FlowPause(Struct, kw_only=True):
    subscription: str


class FlowUpdate(Struct, kw_only=True):
    subscription: str


class FlowDiscount(Struct, kw_only=True):
    coupon: str | None = None
    promotion_code: str | None = None


class FlowItem(Struct, kw_only=True):
    id: str | None = None
    price: str | None = None
    quantity: int | UnsetType = UNSET


class FlowUpdateConfirm(Struct, kw_only=True):
    discounts: list[FlowDiscount] | None = None
    items: list[FlowItem]
    subscription: str


class Flow(Struct, kw_only=True):
    """The one thing that a session is for; the rest of the portal is hidden in it."""

    after_completion: AfterCompletion
    customer_update: FlowCustomerUpdate | None = None
    subscription_cancel: FlowCancel | None = None
    subscription_pause: FlowPause | None = None
    subscription_update: FlowUpdate | None = None
    subscription_update_confirm: FlowUpdateConfirm | None = None
    type: FlowType

    @property
    def subscription(self) -> str | None:
        """Return the subscription that the flow is about."""
        about = getattr(self, self.type, None)
        found: str | None = getattr(about, "subscription", None)
        return found


class CustomerLogin(Struct, kw_only=True):
    expires_at: int | None = None


class AfterExpiration(Struct, kw_only=True):
    customer_login: CustomerLogin | None = None
    type: Literal["customer_login"] = "customer_login"


class Offer(Struct, kw_only=True):
    """A change that a customer was shown and may confirm.

    at: the second that it is prorated from. figures: what it costs now and later, as shown.
    codes, coupons: what is redeemed with it.
    """

    subscription: str
    price: str
    quantity: int | None = None
    at: int
    figures: list[int] = []
    codes: list[str] = []
    coupons: list[str] = []


class SessionPrivate(Struct, kw_only=True):
    """Times are the system's, in seconds UTC, whatever clock the customer hangs on.

    open_until: when the link is dead unless it was opened. active_at: when it was last used.
    completed: whether its flow is done. offer: what the customer is about to confirm. tries: how
    many promotion codes were tried. by_mail: whether its link was sent to the customer.
    language: the tag that was chosen in the menu. at_bank: of which subscription the customer's
    bank is being asked about a payment.
    """

    secret: str = ""
    open_until: int = 0
    active_at: int | None = None
    completed: bool = False
    offer: Offer | None = None
    tries: int = 0
    by_mail: bool = False
    language: str | None = None
    at_bank: str | None = None


@resource(
    prefix="bps",
    path="/v1/billing_portal/sessions",
    operations=(),
    columns=(
        column("customer", index=True),
        column("secret", lambda session: session.private.secret, index=True),
    ),
    events=("created",),
    missing_name="portal session",
)
class Session(Resource, tag="billing_portal.session", kw_only=True):
    """A session; whoever has its address acts for its customer."""

    Private = SessionPrivate

    after_expiration: AfterExpiration | None = None
    configuration: PortalConfigurationRef
    created: int
    customer: CustomerRef
    customer_account: str | None = None
    flow: Flow | None = None
    livemode: bool
    locale: Locale | None = None
    on_behalf_of: AccountRef | None = None
    return_url: str | None = None
    url: str


class CustomerLoginParams(Params, kw_only=True):
    expires_at: int | UnsetType = UNSET


class AfterExpirationParams(Params, kw_only=True):
    customer_login: CustomerLoginParams | UnsetType = UNSET
    type: Literal["customer_login"]


class HostedConfirmationParams(Params, kw_only=True):
    custom_message: str | UnsetType = UNSET


class FlowRedirectParams(Params, kw_only=True):
    return_url: str


class AfterCompletionParams(Params, kw_only=True):
    hosted_confirmation: HostedConfirmationParams | UnsetType = UNSET
    redirect: FlowRedirectParams | UnsetType = UNSET
    type: AfterType


class CouponOfferParams(Params, kw_only=True):
    coupon: str


class RetentionParams(Params, kw_only=True):
    coupon_offer: CouponOfferParams
    type: Literal["coupon_offer"]


class FlowCancelParams(Params, kw_only=True):
    retention: RetentionParams | UnsetType = UNSET
    subscription: str


class FlowPauseParams(Params, kw_only=True):
    subscription: str


class FlowUpdateParams(Params, kw_only=True):
    subscription: str


class FlowDiscountParams(Params, kw_only=True):
    coupon: str | UnsetType = UNSET
    promotion_code: str | UnsetType = UNSET


class FlowItemParams(Params, kw_only=True):
    id: str
    price: str | UnsetType = UNSET
    quantity: int | UnsetType = UNSET


class FlowUpdateConfirmParams(Params, kw_only=True):
    discounts: list[FlowDiscountParams] | UnsetType = UNSET
    items: list[FlowItemParams]
    subscription: str


class FlowParams(Params, kw_only=True):
    after_completion: AfterCompletionParams | UnsetType = UNSET
    subscription_cancel: FlowCancelParams | UnsetType = UNSET
    subscription_pause: FlowPauseParams | UnsetType = UNSET
    subscription_update: FlowUpdateParams | UnsetType = UNSET
    subscription_update_confirm: FlowUpdateConfirmParams | UnsetType = UNSET
    type: FlowType


class SessionCreateParams(Params, kw_only=True):
    after_expiration: AfterExpirationParams | UnsetType = UNSET
    configuration: str | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    flow_data: FlowParams | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    on_behalf_of: str | UnsetType = UNSET
    return_url: str | UnsetType = UNSET
