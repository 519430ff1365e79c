"""Prices: what a product costs, once or again and again."""

from decimal import Decimal
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import InvalidRequest, no_such
from prorata.model.fields import Metadata, Range
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, fields_given, given
from prorata.model.resource import Resource, column, include, resource
from prorata.model.transaction import Tx
from prorata.resources.references import ProductRef

TaxBehavior = Literal["exclusive", "inclusive", "unspecified"]
Interval = Literal["day", "month", "week", "year"]
UsageType = Literal["licensed", "metered"]
LOOKUP_KEYS_MAX = 10
# Minor units as text. A Decimal would do, but its own text of very small amounts has an exponent.
DecimalText = str


class CustomUnitAmount(Struct, kw_only=True):
    maximum: int | None = None
    minimum: int | None = None
    preset: int | None = None


class PriceTier(Struct, kw_only=True):
    flat_amount: int | None = None
    flat_amount_decimal: DecimalText | None = None
    unit_amount: int | None = None
    unit_amount_decimal: DecimalText | None = None
    up_to: int | None = None


class PriceCurrencyOption(Struct, kw_only=True):
    custom_unit_amount: CustomUnitAmount | None = None
    tax_behavior: TaxBehavior | None = None
    tiers: list[PriceTier] | UnsetType = UNSET
    unit_amount: int | None = None
    unit_amount_decimal: DecimalText | None = None


class PriceRecurring(Struct, kw_only=True):
    interval: Interval
    interval_count: int = 1
    meter: str | None = None
    trial_period_days: int | None = None
    usage_type: UsageType = "licensed"


class TransformQuantity(Struct, kw_only=True):
    divide_by: int
    round: Literal["down", "up"]


class PricePrivate(Struct, kw_only=True):
    """What shows only when it is expanded.

    currency_options: without the price's own currency. former_options: what it cost in them before
    they were changed, for what was billed so. deleted: its plan was deleted; the price stays for
    the subscriptions that have it. inline: made where it is used, from a price_data or an amount;
    lists leave it out.
    """

    tiers: list[PriceTier] = []
    currency_options: dict[str, PriceCurrencyOption] = {}
    former_options: dict[str, list[PriceCurrencyOption]] = {}
    deleted: bool = False
    inline: bool = False

    @property
    def hidden(self) -> bool:
        return self.deleted or self.inline


def _recurring(name: str) -> Any:
    return lambda price: getattr(price.recurring, name, None)


@resource(
    prefix="price",
    path="/v1/prices",
    operations=("retrieve", "search"),
    columns=(
        column("active", type="boolean"),
        column("currency"),
        column("lookup_key", unique=True),
        column("product", index=True),
        column("type"),
        column("recurring_interval", _recurring("interval")),
        column("recurring_usage_type", _recurring("usage_type")),
        column("recurring_meter", _recurring("meter")),
        column("hidden", lambda price: price.private.hidden, type="boolean"),
    ),
    search={
        "active": "token",
        "currency": "token",
        "lookup_key": "token",
        "product": "token",
        "type": "token",
    },
    chosen_ids=True,
    events=("created", "updated", "deleted"),
    missing_param="price",
)
class Price(Resource, tag="price", kw_only=True):
    """A price. Amounts in minor units; only its names, tax behavior and `active` can change."""

    Private = PricePrivate

    active: bool
    billing_scheme: Literal["per_unit", "tiered"] = "per_unit"
    created: int
    currency: str
    custom_unit_amount: CustomUnitAmount | None = None
    livemode: bool
    lookup_key: str | None = None
    metadata: Metadata = {}
    nickname: str | None = None
    product: ProductRef
    recurring: PriceRecurring | None = None
    tax_behavior: TaxBehavior | None = "unspecified"
    tiers_mode: Literal["graduated", "volume"] | None = None
    transform_quantity: TransformQuantity | None = None
    type: Literal["one_time", "recurring"] = "one_time"
    unit_amount: int | None = None
    unit_amount_decimal: DecimalText | None = None


class PriceListRecurringParams(Params, kw_only=True):
    interval: Interval | UnsetType = UNSET
    meter: str | UnsetType = UNSET
    usage_type: UsageType | UnsetType = UNSET


class PriceListParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    created: Range | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    lookup_keys: list[str] | UnsetType = UNSET
    product: str | UnsetType = UNSET
    recurring: PriceListRecurringParams | UnsetType = UNSET
    type: Literal["one_time", "recurring"] | UnsetType = UNSET


def find_price(tx: Tx, id: str, param: str | None = None) -> Price:
    """Return a price that can be used; raise NotFound for one whose plan was deleted.

    Without `param` the id stands in the path, and the error is a 404.
    """
    price = tx.find(Price, id)
    if price is None or price.private.deleted:
        raise no_such("price", id, param=param or "price", status=404 if param is None else 400)
    return price


def agreed_price(tx: Tx, id: str, param: str) -> Price:
    """Return a price that was agreed on: its plan may have been deleted since."""
    return tx.get(Price, id, param=param)


@operation("GET /v1/prices/{id}")
def retrieve(tx: Tx, id: str) -> Price:
    """Return a price."""
    return find_price(tx, id)


@operation("GET /v1/prices")
def list_prices(tx: Tx, params: PriceListParams) -> Listing[Price]:
    """List prices, newest first; those made where they are used are left out."""
    columns: dict[str, Any] = {"hidden": False}
    for name, value in fields_given(params).items():
        if name == "recurring":
            columns["type"] = "recurring"
            columns.update(
                {f"recurring_{name}": each for name, each in fields_given(value).items()}
            )
        elif name == "lookup_keys":
            if len(value) > LOOKUP_KEYS_MAX:
                raise InvalidRequest(
                    f"You can pass at most {LOOKUP_KEYS_MAX} lookup keys.", param="lookup_keys"
                )
            columns["lookup_key"] = value
        elif name != "created":
            columns[name] = value
    if given(params.type):
        columns["type"] = params.type
    return Listing(Price, columns, {"created": params.created} if given(params.created) else {})


@include("price", "tiers")
def tiers(reader: Tx, document: dict[str, Any]) -> list[PriceTier] | UnsetType:
    """Return the tiers of a price; one that has a single amount has no such field."""
    price = reader.find(Price, document["id"])
    return price.private.tiers or UNSET if price is not None else UNSET


@include("price", "currency_options")
def currency_options(reader: Tx, document: dict[str, Any]) -> dict[str, PriceCurrencyOption] | None:
    """Return the price in each of its currencies, its own included."""
    price = reader.find(Price, document["id"])
    if price is None:
        return None
    own = PriceCurrencyOption(
        custom_unit_amount=price.custom_unit_amount,
        tax_behavior=price.tax_behavior,
        tiers=price.private.tiers or UNSET,
        unit_amount=price.unit_amount,
        unit_amount_decimal=price.unit_amount_decimal,
    )
    return dict(sorted({price.currency: own, **price.private.currency_options}.items()))


def decimal_text(amount: Decimal | int) -> DecimalText:
    """Return an amount as the wire has it: no exponent, no zeros behind the last digit."""
    text = format(Decimal(amount), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
