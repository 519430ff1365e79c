"""Tables: pricing tables are made, changed, shown, and chosen from."""

from typing import Any

from prorata.engine.checkout.account_shown import account_shown
from prorata.engine.checkout.automatic_tax import automatic_tax_of
from prorata.engine.checkout.branding import branding_of
from prorata.engine.checkout.cart import adjustable_of
from prorata.engine.checkout.collection import refuse_trade, tax_ids_of, write_custom_text
from prorata.engine.checkout.links import after_of
from prorata.engine.checkout.page_cart import shown_price
from prorata.engine.tax.enable import check_prices
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.operation import operation
from prorata.model.params import assign, given, value_or
from prorata.model.transaction import Tx
from prorata.resources.checkout.offers import days_of
from prorata.resources.checkout.payment_link import AfterCompletion, HostedConfirmation
from prorata.resources.checkout.pricing_table import (
    INTERVALS_MAX,
    PRICES_MAX,
    PRODUCTS_MAX,
    PricingTable,
    PricingTableCreateParams,
    PricingTableParams,
    PricingTableUpdateParams,
    TableProduct,
    TableProductParams,
    TableTrial,
    TableViewParams,
)
from prorata.resources.checkout.table_view import (
    PricingTableView,
    TableInterval,
    TablePlan,
    TablePrice,
)
from prorata.resources.products.price import Price
from prorata.resources.products.price_terms import currencies_of, supports, usable_price
from prorata.resources.products.product import Product

ONCE = ("one_time", 0)
PLAIN = (
    "allow_promotion_codes", "billing_address_collection", "locale", "metadata", "name",
    "payment_method_collection",
)  # fmt: skip


@operation("POST /v1/prorata/pricing_tables")
def create(tx: Tx, params: PricingTableCreateParams) -> PricingTable:
    """Make a pricing table of up to four products with up to three prices each."""
    table = PricingTable(
        id=tx.new_id(PricingTable),
        after_completion=AfterCompletion(
            hosted_confirmation=HostedConfirmation(), type="hosted_confirmation"
        ),
        branding_settings=branding_of(tx),
        created=tx.now,
        livemode=tx.book.livemode,
        products=_products(tx, params.products),
    )
    tx.add(table)
    _write(tx, table, params)
    return table


@operation("POST /v1/prorata/pricing_tables/{id}")
def update(tx: Tx, table: PricingTable, params: PricingTableUpdateParams) -> PricingTable:
    """Change a pricing table; products that are sent take the place of those that were."""
    if given(params.active):
        table.active = params.active
    if given(params.products):
        table.products = _products(tx, params.products)
    _write(tx, table, params)
    return table


def _write(tx: Tx, table: PricingTable, params: PricingTableParams) -> None:
    assign(table, params, *PLAIN)
    if given(params.automatic_tax):
        refuse_trade(tx, params)
        table.automatic_tax = automatic_tax_of(tx, params.automatic_tax)
    if table.automatic_tax.enabled:
        for each in table.products:
            prices = [tx.get(Price, id) for id in each.prices]
            check_prices(tx, prices, currency_of_table(prices))
    if given(params.after_completion):
        table.after_completion = after_of(params.after_completion)
    if given(params.branding_settings):
        table.branding_settings = branding_of(tx, params.branding_settings)
    if given(params.custom_text):
        table.custom_text = write_custom_text(table.custom_text, params.custom_text)
    if given(params.phone_number_collection):
        table.phone_number_collection = params.phone_number_collection.enabled
    if given(params.tax_id_collection):
        table.tax_id_collection = tax_ids_of(params.tax_id_collection)


def _products(tx: Tx, entries: list[TableProductParams]) -> list[TableProduct]:
    if not 1 <= len(entries) <= PRODUCTS_MAX:
        raise InvalidRequest(
            f"A pricing table shows between 1 and {PRODUCTS_MAX} products.", param="products"
        )
    products = [_product(tx, each, f"products[{place}]") for place, each in enumerate(entries)]
    ids = [each.product for each in products]
    if len(set(ids)) < len(ids):
        raise InvalidRequest("A product can be shown once in a table.", param="products")
    if sum(each.highlighted for each in products) > 1:
        raise InvalidRequest("At most one product can be highlighted.", param="products")
    prices = [tx.get(Price, id) for each in products for id in each.prices]
    if len({interval_of(each) for each in prices}) > INTERVALS_MAX:
        raise InvalidRequest(
            f"The prices of a table can have at most {INTERVALS_MAX} intervals in all.",
            param="products",
        )
    if prices and not any(
        all(supports(each, currency) for each in prices) for currency in currencies_of(prices[0])
    ):
        raise InvalidRequest("The prices of a table need a currency in common.", param="products")
    return products


def _product(tx: Tx, params: TableProductParams, path: str) -> TableProduct:
    product = tx.get(Product, params.product, param=f"{path}[product]")
    if not product.active:
        raise InvalidRequest(f"The product {product.id} is archived.", param=f"{path}[product]")
    ids = value_or(params.prices, [])
    if not ids and product.default_price is not None:
        ids = [product.default_price]
    url = value_or(params.button_url, None)
    if not ids and url is None:
        raise missing_param(f"{path}[prices]")
    if url is not None and not url.startswith(("https://", "http://", "mailto:")):
        raise InvalidRequest("Not a valid URL", code="url_invalid", param=f"{path}[button_url]")
    if len(ids) > PRICES_MAX:
        raise InvalidRequest(
            f"A product can be shown with at most {PRICES_MAX} prices.", param=f"{path}[prices]"
        )
    prices = [_price(tx, product, id, f"{path}[prices][{n}]") for n, id in enumerate(ids)]
    if len({interval_of(each) for each in prices}) < len(prices):
        raise InvalidRequest(
            "The prices of a product must recur at different intervals.", param=f"{path}[prices]"
        )
    trial = params.trial
    if given(trial) and any(each.recurring is None for each in prices):
        raise InvalidRequest("A trial needs prices that recur.", param=f"{path}[trial]")
    return TableProduct(
        product=product.id,
        prices=[each.id for each in prices],
        adjustable_quantity=adjustable_of(
            params.adjustable_quantity, f"{path}[adjustable_quantity]"
        ),
        button_text=value_or(params.button_text, "auto"),
        button_url=url,
        description=value_or(params.description, None),
        features=value_or(params.features, None),
        highlighted=value_or(params.highlighted, False),
        label=value_or(params.label, None),
        quantity=value_or(params.quantity, 1),
        trial=TableTrial(
            days=trial.days,
            missing_payment_method=value_or(trial.missing_payment_method, "cancel"),
        )
        if given(trial)
        else None,
    )


def _price(tx: Tx, product: Product, id: str, path: str) -> Price:
    price = usable_price(tx, id, path)
    if price.product != product.id:
        raise InvalidRequest(
            f"The price {price.id} belongs to another product than {product.id}.", param=path
        )
    if price.custom_unit_amount is not None:
        raise InvalidRequest(
            "Prices with `custom_unit_amount` can't be shown in a table.", param=path
        )
    return price


def interval_of(price: Price) -> tuple[str, int]:
    """Return how often a price is paid."""
    if price.recurring is None:
        return ONCE
    return price.recurring.interval, price.recurring.interval_count


@operation("GET /v1/prorata/pricing_tables/{id}/view", publishable=True)
def view(tx: Tx, table: PricingTable, params: TableViewParams) -> PricingTableView:
    """Return what a page shows of a table, as products and prices are now.

    What was archived since is left out. Raises InvalidRequest for a table that is switched off.
    """
    if not table.active:
        raise InvalidRequest("This pricing table is not active.", code="pricing_table_inactive")
    plans = [(each, _shown_prices(tx, each)) for each in table.products]
    prices = [price for _, found in plans for price in found]
    currency = currency_of_table(prices)
    intervals = sorted({interval_of(each) for each in prices}, key=_length)
    shown = [
        _plan(tx, each, found, intervals, currency)
        for each, found in plans
        if found or each.button_url
    ]
    return PricingTableView(
        id=table.id,
        account=account_shown(tx),
        branding=table.branding_settings,
        currency=currency,
        intervals=[
            TableInterval(
                interval=_named(each),
                interval_count=each[1],
                saving=_saving(plans, intervals[0], each, currency),
            )
            for each in intervals
        ],
        livemode=table.livemode,
        locale=table.locale,
        plans=[each for each in shown if each is not None],
    )


def currency_of_table(prices: list[Price]) -> str:
    """Return a currency in which all prices of a table are sold."""
    if not prices:
        return ""
    for currency in currencies_of(prices[0]):
        if all(supports(each, currency) for each in prices):
            return currency
    return prices[0].currency


def _shown_prices(tx: Tx, plan: TableProduct) -> list[Price]:
    product = tx.find(Product, plan.product)
    if product is None or not product.active:
        return []
    found = tx.load(Price, plan.prices, look=True)
    return [found[id] for id in plan.prices if id in found and found[id].active]


def _named(interval: tuple[str, int]) -> Any:
    return interval[0]


def _length(interval: tuple[str, int]) -> int:
    if interval == ONCE:
        return 1_000_000
    return days_of(_Interval(*interval))


class _Interval:
    def __init__(self, interval: str, interval_count: int) -> None:
        self.interval, self.interval_count = interval, interval_count


def _plan(
    tx: Tx,
    plan: TableProduct,
    prices: list[Price],
    intervals: list[tuple[str, int]],
    currency: str,
) -> TablePlan | None:
    product = tx.look(Product, plan.product)
    if product is None:
        return None
    features = plan.features
    if features is None:
        features = [each.name or "" for each in product.marketing_features]
    return TablePlan(
        product=product.id,
        name=product.name,
        description=plan.description or product.description,
        image=product.images[0] if product.images else None,
        unit_label=product.unit_label,
        features=features,
        highlighted=plan.highlighted,
        label=plan.label,
        button_text=plan.button_text,
        button_url=plan.button_url,
        quantity=plan.quantity,
        adjustable_quantity=plan.adjustable_quantity,
        trial=plan.trial,
        prices=[
            TablePrice(
                interval=intervals.index(interval_of(each)), price=shown_price(tx, each, currency)
            )
            for each in prices
        ],
    )


def _saving(
    plans: list[tuple[TableProduct, list[Price]]],
    base: tuple[str, int],
    interval: tuple[str, int],
    currency: str,
) -> int | None:
    """Return how much less is paid at an interval, in whole percent, None for nothing."""
    if interval in (base, ONCE) or base == ONCE:
        return None
    found = []
    for _, prices in plans:
        by = {interval_of(each): _unit(each, currency) for each in prices}
        now, then = by.get(base), by.get(interval)
        if now and then is not None:
            found.append(_percent(now * _times(base, interval), then))
    best = max(found, default=0)
    return best if best > 0 else None


def _percent(usual: float, offered: int) -> int:
    return int((usual - offered) * 100 // usual)


def _times(base: tuple[str, int], interval: tuple[str, int]) -> Any:
    """Return how often the shorter interval fits into the longer one."""
    months = {"month": 1, "year": 12}
    if base[0] in months and interval[0] in months:
        return months[interval[0]] * interval[1] / (months[base[0]] * base[1])
    return _length(interval) / _length(base)


def _unit(price: Price, currency: str) -> int | None:
    if currency in ("", price.currency):
        return price.unit_amount
    option = price.private.currency_options.get(currency)
    return option.unit_amount if option is not None else None
