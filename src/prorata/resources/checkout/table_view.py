"""Table view: what a page shows of a pricing table; amounts in the currency's minor unit."""

from typing import Literal

from msgspec import Struct

from prorata.resources.checkout.line_item import AdjustableQuantity
from prorata.resources.checkout.payment_page import PageAccount, PagePrice
from prorata.resources.checkout.pricing_table import ButtonText, TableTrial
from prorata.resources.checkout.session_shape import BrandingSettings


class TableInterval(Struct, kw_only=True):
    """How often is paid; `one_time` with a count of 0 is once.

    saving: how many percent the cheapest plan saves against the shortest interval, whole ones.
    """

    interval: Literal["day", "month", "one_time", "week", "year"]
    interval_count: int
    saving: int | None = None


class TablePrice(Struct, kw_only=True):
    """interval: the place in the table's `intervals`."""

    interval: int
    price: PagePrice


class TablePlan(Struct, kw_only=True):
    """One plan. hidden quantities beyond `adjustable_quantity` are not offered."""

    product: str
    name: str
    description: str | None = None
    image: str | None = None
    unit_label: str | None = None
    features: list[str] = []
    highlighted: bool = False
    label: str | None = None
    button_text: ButtonText
    button_url: str | None = None
    quantity: int = 1
    adjustable_quantity: AdjustableQuantity | None = None
    trial: TableTrial | None = None
    prices: list[TablePrice]


class PricingTableView(Struct, kw_only=True, tag_field="object", tag="prorata.pricing_table_view"):
    """A table as it is shown: plans in their order, with the intervals that a switch goes through.

    A choice is `POST /v1/prorata/pricing_tables/{id}/checkout` with its price.
    """

    id: str
    account: PageAccount
    branding: BrandingSettings
    currency: str
    intervals: list[TableInterval]
    livemode: bool
    locale: str
    plans: list[TablePlan]


class PricingTableChoice(
    Struct, kw_only=True, tag_field="object", tag="prorata.pricing_table_choice"
):
    """The session that a choice has made; `url` is its page."""

    session: str
    url: str
