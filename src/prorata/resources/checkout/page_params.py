"""Page params: what a visitor says to a session's page, change by change, and to confirm it."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Address
from prorata.model.params import Params
from prorata.resources.checkout.collection_params import Quantity
from prorata.resources.checkout.session_shape import Locale
from prorata.resources.payments.payment_intent_params import MandateDataParams
from prorata.resources.payments.payment_method_params import PaymentMethodDataParams

Text150 = Annotated[str, Meta(max_length=150)]


class PageRetrieveParams(Params, kw_only=True):
    client_secret: str | UnsetType = UNSET


class PageLineItemParams(Params, kw_only=True):
    """amount: what the visitor pays where that is his choice, in minor units."""

    amount: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    id: str
    quantity: Quantity | UnsetType = UNSET


class PageOptionalItemParams(Params, kw_only=True):
    """quantity: 0 takes the item out of the cart again."""

    price: str
    quantity: Quantity


class PageShippingParams(Params, kw_only=True):
    address: Address
    name: Annotated[str, Meta(max_length=256)]
    phone: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET


class PageTaxIdParams(Params, kw_only=True):
    type: str
    value: Annotated[str, Meta(max_length=100)]


class PageConsentParams(Params, kw_only=True):
    promotions: Literal["opt_in", "opt_out"] | UnsetType = UNSET
    terms_of_service: Literal["accepted"] | UnsetType | None = UNSET


class PageChangeParams(Params, kw_only=True):
    """What a visitor can change; an empty value takes back what was said.

    billing_address, name: of whoever pays. cross_sell: the price that is added, empty to take it
    out. custom_fields: values by key. upsell: true moves to the longer interval that is offered,
    false moves back. locale: the language of the page.
    """

    billing_address: Address | UnsetType | None = UNSET
    business_name: Text150 | UnsetType | None = UNSET
    client_secret: str | UnsetType = UNSET
    consent: PageConsentParams | UnsetType = UNSET
    cross_sell: str | UnsetType | None = UNSET
    custom_fields: dict[str, str | None] | UnsetType = UNSET
    email: Annotated[str, Meta(max_length=512)] | UnsetType | None = UNSET
    individual_name: Text150 | UnsetType | None = UNSET
    line_items: list[PageLineItemParams] | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    name: Annotated[str, Meta(max_length=256)] | UnsetType | None = UNSET
    optional_items: list[PageOptionalItemParams] | UnsetType = UNSET
    phone: Annotated[str, Meta(max_length=20)] | UnsetType | None = UNSET
    promotion_code: str | UnsetType | None = UNSET
    save_payment_method: bool | UnsetType = UNSET
    shipping: PageShippingParams | UnsetType | None = UNSET
    shipping_rate: str | UnsetType = UNSET
    tax_id: PageTaxIdParams | UnsetType | None = UNSET
    upsell: bool | UnsetType = UNSET


class PageConfirmParams(PageChangeParams, kw_only=True):
    """expected_amount: what the visitor has seen that is due now, in minor units.

    expected_mark: the `mark` of the page that he has seen.
    """

    confirmation_token: str | UnsetType = UNSET
    expected_amount: int | UnsetType = UNSET
    expected_mark: str | UnsetType = UNSET
    mandate_data: MandateDataParams | UnsetType = UNSET
    payment_method: str | UnsetType = UNSET
    payment_method_data: PaymentMethodDataParams | UnsetType = UNSET
    return_url: Annotated[str, Meta(max_length=5000)] | UnsetType = UNSET
    use_stripe_sdk: bool | UnsetType = UNSET


class PageRemoveMethodParams(Params, kw_only=True):
    client_secret: str | UnsetType = UNSET
    payment_method: str
