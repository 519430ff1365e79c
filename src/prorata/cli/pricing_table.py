"""Pricing table: plans side by side, set up on the command line without a line of code."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from prorata.cli.book import in_book
from prorata.cli.printing import as_said
from prorata.model.errors import Refused
from prorata.store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Wanted:
    """What a pricing table is to be, as it was said on the command line."""

    plans: Sequence[str]
    highlight: str | None = None
    features: Sequence[str] = ()
    trial_days: int | None = None
    button: str | None = None
    redirect: str | None = None
    message: str | None = None
    promotion_codes: bool = False
    adjustable: bool = False
    name: str | None = None


def create_table(database: str, wanted: Wanted, *, live: bool, base_url: str) -> None:
    """Make a pricing table and print the tags that show it."""
    tree = _tree(wanted)

    def work(uow: UnitOfWork) -> str:
        import msgspec

        from prorata.engine.checkout.tables import create
        from prorata.resources.checkout.pricing_table import PricingTableCreateParams

        try:
            params = msgspec.convert(tree, PricingTableCreateParams)
        except msgspec.ValidationError as error:
            raise Refused(f"{error}.") from None
        return create(uow, params).id

    made = in_book(database, live, work)
    print(made)
    print()
    print(f'<script async src="{base_url}/v3/pricing-table.js"></script>')
    print(
        f'<stripe-pricing-table pricing-table-id="{made}"'
        ' publishable-key="YOUR PUBLISHABLE KEY"></stripe-pricing-table>'
    )


def _tree(wanted: Wanted) -> dict[str, Any]:
    """Return the parameters of the table that is wanted."""
    products = [_product(each) for each in wanted.plans]
    by_id = {each["product"]: each for each in products}
    if wanted.highlight is not None:
        id, label = _pair(wanted.highlight, "--highlight")
        _known(by_id, id, "--highlight").update(highlighted=True, label=label or "Most popular")
    for written in wanted.features:
        id, feature = _pair(written, "--feature")
        _known(by_id, id, "--feature").setdefault("features", []).append(feature)
    for each in products:
        if wanted.trial_days is not None:
            each["trial"] = {"days": wanted.trial_days}
        if wanted.button is not None:
            each["button_text"] = wanted.button
        if wanted.adjustable:
            each["adjustable_quantity"] = {"enabled": True, "minimum": 1}
    tree: dict[str, Any] = {"products": products, "allow_promotion_codes": wanted.promotion_codes}
    if wanted.name is not None:
        tree["name"] = wanted.name
    if wanted.redirect is not None and wanted.message is not None:
        raise Refused("--redirect and --message exclude each other.")
    if wanted.redirect is not None:
        tree["after_completion"] = {"type": "redirect", "redirect": {"url": wanted.redirect}}
    if wanted.message is not None:
        tree["after_completion"] = {
            "type": "hosted_confirmation",
            "hosted_confirmation": {"custom_message": wanted.message},
        }
    return tree


def list_tables(database: str, *, live: bool) -> None:
    """Print the pricing tables that there are, with their products."""

    def work(uow: UnitOfWork) -> list[tuple[str, str, str]]:
        from prorata.resources.checkout.pricing_table import PricingTable
        from prorata.resources.products.product import Product

        found = []
        for each in uow.select(PricingTable):
            names = [
                product.name if (product := uow.find(Product, plan.product)) else plan.product
                for plan in each.products
            ]
            found.append((each.id, each.name or "", ", ".join(names)))
        return found

    table = Table("id", "name", "plans", box=None)
    for row in in_book(database, live, work):
        table.add_row(*map(as_said, row))
    Console(highlight=False).print(table)


def set_active(database: str, id: str, *, live: bool, active: bool) -> None:
    """Switch a pricing table on or off."""

    def work(uow: UnitOfWork) -> None:
        from prorata.resources.checkout.pricing_table import PricingTable

        uow.get(PricingTable, id).active = active

    in_book(database, live, work)
    print(f"{id} is {'on' if active else 'off'}.")


def _product(text: str) -> dict[str, Any]:
    """Return a plan as it is written: `prod_…`, or `prod_…=price_…,price_…`."""
    id, _, prices = text.partition("=")
    product: dict[str, Any] = {"product": id}
    if prices:
        product["prices"] = [each.strip() for each in prices.split(",") if each.strip()]
    return product


def _pair(text: str, option: str) -> tuple[str, str]:
    id, _, said = text.partition("=")
    if not id:
        raise Refused(f"{option} is written as PRODUCT=TEXT.")
    return id, said


def _known(products: dict[str, dict[str, Any]], id: str, option: str) -> dict[str, Any]:
    if id not in products:
        raise Refused(f"{option} names {id}, which is none of the table's products.")
    return products[id]
