"""Payment page: everything that the page of a Checkout session shows.

One object serves the hosted page, the embedded one and the browser script. All amounts are integers
in the currency's minor unit, all moments seconds UTC. It holds nothing of what is the seller's own
(metadata, references), so that whoever has the publishable key and the session may read it.
"""

from typing import Literal

from msgspec import Struct

from prorata.model.fields import Address
from prorata.resources.checkout.collection_shape import (
    ConsentCollection,
    CustomText,
    NameCollection,
    ShippingDetails,
    SubmitType,
    TaxIdCollection,
)
from prorata.resources.checkout.line_item import AdjustableQuantity
from prorata.resources.checkout.session_shape import (
    BrandingSettings,
    Consent,
    CustomerTaxId,
    CustomField,
    Mode,
    PaymentStatus,
    SessionMethodOptions,
    UiMode,
)
from prorata.resources.payments.payment_error import PaymentError
from prorata.resources.payments.payment_intent_shape import NextAction
from prorata.resources.products.price import PriceTier, TransformQuantity
from prorata.resources.products.shipping_rate import DeliveryEstimate


class PageAccount(Struct, kw_only=True):
    """The public details of whoever sells."""

    id: str
    country: str
    display_name: str
    statement_descriptor: str | None = None
    support_email: str | None = None
    support_phone: str | None = None
    support_url: str | None = None
    url: str | None = None
    privacy_policy_url: str | None = None
    terms_of_service_url: str | None = None


class PageAmounts(Struct, kw_only=True):
    """subtotal - discount + tax_exclusive = total; inclusive tax is inside of the subtotal."""

    subtotal: int = 0
    discount: int = 0
    tax_inclusive: int = 0
    tax_exclusive: int = 0
    total: int = 0


class PageTotal(PageAmounts, kw_only=True):
    """total: with shipping. due: what is to be paid now, which `expected_amount` confirms.

    applied_balance: what the customer's balance pays of the total (negative: what it adds).
    balance_applied_to_next_invoice: whether a balance waits for the next invoice instead.
    """

    shipping: int = 0
    applied_balance: int = 0
    balance_applied_to_next_invoice: bool = False
    due: int = 0


class PageRecurring(Struct, kw_only=True):
    interval: Literal["day", "month", "week", "year"]
    interval_count: int
    usage_type: Literal["licensed", "metered"]


class PageChoice(Struct, kw_only=True):
    """What the visitor pays is his own choice between these, minor units; `preset` is proposed."""

    minimum: int
    maximum: int
    preset: int | None = None


class PagePrice(Struct, kw_only=True):
    """A price in the session's currency, with what its product is called and looks like."""

    price: str
    product: str
    name: str
    description: str | None = None
    images: list[str] = []
    unit_label: str | None = None
    unit_amount: int | None = None
    unit_amount_decimal: str | None = None
    billing_scheme: Literal["per_unit", "tiered"]
    tiers_mode: Literal["graduated", "volume"] | None = None
    tiers: list[PriceTier] | None = None
    transform_quantity: TransformQuantity | None = None
    recurring: PageRecurring | None = None
    tax_behavior: Literal["exclusive", "inclusive", "unspecified"] | None = None
    choice: PageChoice | None = None


class PageItem(PageAmounts, kw_only=True):
    """Something in the cart. quantity: None for a metered price.

    optional: the visitor added it, and may remove it. removable: he may, by a quantity of 0.
    """

    id: str
    price: PagePrice
    quantity: int | None = None
    adjustable_quantity: AdjustableQuantity | None = None
    optional: bool = False
    cross_sold: bool = False
    removable: bool = False
    upsold_from: str | None = None


class PageOptionalItem(Struct, kw_only=True):
    """Something that the visitor may add: `optional_items` with its price and a quantity."""

    price: PagePrice
    quantity: int
    adjustable_quantity: AdjustableQuantity | None = None
    added: bool = False


class PageExtra(PageAmounts, kw_only=True):
    """Something else that the first invoice collects: a pending item of the customer's."""

    description: str


class PageDiscount(Struct, kw_only=True):
    """code: the promotion code, where one was entered; removable: the visitor may take it off."""

    amount: int
    coupon: str
    name: str | None = None
    code: str | None = None
    percent_off: float | None = None
    amount_off: int | None = None
    duration: Literal["forever", "once", "repeating"]
    duration_in_months: int | None = None
    removable: bool = False


class PageTax(Struct, kw_only=True):
    amount: int
    display_name: str
    inclusive: bool
    percentage: float
    jurisdiction: str | None = None
    country: str | None = None
    state: str | None = None


class PageTrial(Struct, kw_only=True):
    """end: when it ends. days: how long it lasts where the session says so in days."""

    end: int
    days: int | None = None
    missing_payment_method: Literal["cancel", "create_invoice", "pause"] = "create_invoice"


class PageTerms(Struct, kw_only=True):
    """What recurs: at which interval, what the next invoice comes to, and when.

    next: None where no next invoice is known (it is metered, or the subscription ends).
    """

    interval: Literal["day", "month", "week", "year"]
    interval_count: int
    metered: bool = False
    prorated: bool = False
    next: PageAmounts | None = None
    next_at: int | None = None
    trial: PageTrial | None = None


class PageOffer(PageAmounts, kw_only=True):
    """What may be taken in addition: `upsell` true or false, `cross_sell` with its price.

    from_price: the price that an upsell stands in the place of. saving: how many percent less the
    offered price costs over the same time, whole ones. Amounts are those of the price, once.
    """

    price: PagePrice
    from_price: PagePrice | None = None
    quantity: int = 1
    taken: bool = False
    saving: int | None = None


class PageShippingOption(Struct, kw_only=True):
    id: str
    amount: int
    display_name: str | None = None
    delivery_estimate: DeliveryEstimate | None = None


class PageCollection(Struct, kw_only=True):
    """What the page asks for.

    email: always asked for unless `email_locked`. payment_method: `required`, `none` (nothing is
    due and nothing is to be saved).
    """

    billing_address: Literal["auto", "required"] = "auto"
    consent: ConsentCollection | None = None
    custom_fields: list[CustomField] = []
    email_locked: bool = False
    names: NameCollection | None = None
    payment_method: Literal["none", "required"] = "required"
    phone: bool = False
    promotion_codes: bool = False
    shipping_countries: list[str] | None = None
    shipping_by_server: bool = False
    tax_id: TaxIdCollection | None = None


class PageCollected(Struct, kw_only=True):
    """What the visitor has said so far, or was known of him before."""

    email: str | None = None
    name: str | None = None
    phone: str | None = None
    billing_address: Address | None = None
    business_name: str | None = None
    individual_name: str | None = None
    shipping: ShippingDetails | None = None
    tax_ids: list[CustomerTaxId] = []
    consent: Consent | None = None
    save_payment_method: bool | None = None


class PageSavedMethod(Struct, kw_only=True):
    """A payment method that the customer has saved. brand, last4: of the card or account."""

    id: str
    type: str
    brand: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    funding: str | None = None
    name: str | None = None
    is_default: bool = False


class PageMethods(Struct, kw_only=True):
    """types: in the order in which they are offered. save: the visitor is asked whether to save.

    set_up: the method will be charged again while the visitor is away, which he agrees to.
    """

    types: list[str]
    options: SessionMethodOptions | None = None
    saved: list[PageSavedMethod] = []
    save: bool = False
    remove: bool = False
    set_up: bool = False
    link: Literal["auto", "never"] = "auto"


class PageIntent(Struct, kw_only=True):
    """The payment or set-up that was last tried, for the script that handles its next action."""

    id: str
    kind: Literal["payment_intent", "setup_intent"]
    client_secret: str | None = None
    status: str
    next_action: NextAction | None = None


class PageEnd(Struct, kw_only=True):
    """What comes after completion: the visitor is sent to `redirect_url`, or reads a message."""

    redirect_url: str | None = None
    message: str | None = None


class PaymentPage(Struct, kw_only=True, tag_field="object", tag="prorata.payment_page"):
    """A session's page at one moment.

    id: the session's. status `open`: `can_confirm` says whether nothing is `missing` (the names of
    the parameters of `POST /v1/payment_pages/{id}` that are still to be sent), and `total.due` is
    the `expected_amount` of a confirmation. After a confirmation `intent.next_action` is what the
    payer must do (3-D Secure), `last_error` why the last attempt failed; the session stays open and
    may be confirmed again. `complete`: `completion` says where to go. `expired`: `recovery_url` is
    where a new session is begun, if that is offered. `already_subscribed`: the account sells one
    subscription to each customer, and this one has it. `tax_pending`: automatic tax waits for an
    address. `mark`: tells this page from those that show another order, or something else to follow
    it; the `expected_mark` of a confirmation. `locale`: what the seller set, `page_locale` what the
    visitor chose.
    """

    id: str
    account: PageAccount
    already_subscribed: bool = False
    branding: BrandingSettings
    can_confirm: bool
    cancel_url: str | None = None
    collected: PageCollected
    collects: PageCollection
    completion: PageEnd | None = None
    created: int
    cross_sell: PageOffer | None = None
    currency: str | None = None
    custom_text: CustomText
    discounts: list[PageDiscount] = []
    expires_at: int
    extra_items: list[PageExtra] = []
    intent: PageIntent | None = None
    last_error: PaymentError | None = None
    line_items: list[PageItem] = []
    livemode: bool
    locale: str | None = None
    mark: str
    missing: list[str] = []
    mode: Mode
    optional_items: list[PageOptionalItem] = []
    page_locale: str | None = None
    payment_methods: PageMethods
    payment_status: PaymentStatus
    recovered_from: str | None = None
    recovery_url: str | None = None
    recurring: PageTerms | None = None
    redirect_on_completion: Literal["always", "if_required", "never"] | None = None
    shipping_options: list[PageShippingOption] = []
    shipping_rate: str | None = None
    status: Literal["complete", "expired", "open"]
    submit_type: SubmitType | None = None
    tax_pending: bool = False
    taxes: list[PageTax] = []
    total: PageTotal
    ui_mode: UiMode
    upsell: PageOffer | None = None
    url: str | None = None
