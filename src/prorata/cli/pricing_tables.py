"""Pricing table commands: what they are called and take; what they do is imported when called."""

from typing import Annotated

from cyclopts import App, Parameter

pricing_table = App(
    name="pricing-table", help="Set up pricing tables: plans side by side, without code."
)
Database = Annotated[str, Parameter(help="sqlite:///file or postgresql://user@host/name.")]
DEFAULT_DATABASE = "sqlite:///prorata.db"
DEFAULT_URL = "http://127.0.0.1:4242"


def _flag(help: str) -> Parameter:
    return Parameter(help=help, negative="")


Live = Annotated[bool, _flag("In live mode instead of test mode.")]
Id = Annotated[str, Parameter(help="The table's id, as `prorata pricing-table list` shows it.")]


@pricing_table.command
def create(
    *plans: Annotated[
        str,
        Parameter(help="PRODUCT, or PRODUCT=PRICE,PRICE: up to 4, with up to 3 prices each."),
    ],
    database: Database = DEFAULT_DATABASE,
    live: Live = False,
    name: Annotated[str | None, Parameter(help="To tell it from others.")] = None,
    highlight: Annotated[
        str | None, Parameter(help="PRODUCT or PRODUCT=LABEL: the plan that stands out.")
    ] = None,
    feature: Annotated[
        tuple[str, ...],
        Parameter(help="PRODUCT=TEXT, in place of the product's own features.", negative=""),
    ] = (),
    trial_days: Annotated[int | None, Parameter(help="How long every plan is free first.")] = None,
    button: Annotated[
        str | None, Parameter(help="auto, book, buy, contact, start_trial or subscribe.")
    ] = None,
    adjustable: Annotated[bool, _flag("Let customers choose quantities at Checkout.")] = False,
    promotion_codes: Annotated[bool, _flag("Let customers enter promotion codes.")] = False,
    redirect: Annotated[
        str | None, Parameter(help="Where customers go after they have paid.")
    ] = None,
    message: Annotated[
        str | None, Parameter(help="What they read instead, on our own page.")
    ] = None,
    base_url: Annotated[str, Parameter(help="The server's public address.")] = DEFAULT_URL,
) -> None:
    """Make a pricing table and print the tags that show it on a page."""
    from prorata.cli.pricing_table import Wanted, create_table

    wanted = Wanted(
        plans=plans,
        highlight=highlight,
        features=feature,
        trial_days=trial_days,
        button=button,
        redirect=redirect,
        message=message,
        promotion_codes=promotion_codes,
        adjustable=adjustable,
        name=name,
    )
    create_table(database, wanted, live=live, base_url=base_url)


@pricing_table.command(name="list")
def list_(*, database: Database = DEFAULT_DATABASE, live: Live = False) -> None:
    """List pricing tables with their plans."""
    from prorata.cli.pricing_table import list_tables

    list_tables(database, live=live)


@pricing_table.command
def enable(id: Id, /, *, database: Database = DEFAULT_DATABASE, live: Live = False) -> None:
    """Show a pricing table again."""
    from prorata.cli.pricing_table import set_active

    set_active(database, id, live=live, active=True)


@pricing_table.command
def disable(id: Id, /, *, database: Database = DEFAULT_DATABASE, live: Live = False) -> None:
    """Show a pricing table no more."""
    from prorata.cli.pricing_table import set_active

    set_active(database, id, live=live, active=False)
