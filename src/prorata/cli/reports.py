"""Report commands: what they are called and take; what they do is imported when called."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

report = App(name="report", help="Print reports: revenue, growth, and what customers owe.")
DEFAULT_DATABASE = "sqlite:///prorata.db"
Database = Annotated[str, Parameter(help="sqlite:///file or postgresql://user@host/name.")]
Live = Annotated[bool, Parameter(help="Of live mode instead of test mode.", negative="")]
AccountId = Annotated[
    str | None, Parameter(name="--account", help="Whose, where there are several accounts.")
]
From = Annotated[
    str | None, Parameter(name="--from", help="The first month or day, such as 2026-01.")
]
To = Annotated[
    str | None, Parameter(name="--to", help="The last month or day, included; now by default.")
]
Timezone = Annotated[str, Parameter(help="Where months and days begin, such as Europe/Vienna.")]
Currency = Annotated[str | None, Parameter(help="Only this one.")]
Customer = Annotated[str | None, Parameter(help="Only this one's, by its id.")]
Product = Annotated[str | None, Parameter(help="Only this one's, by its id.")]
TestClock = Annotated[str | None, Parameter(help="Only what hangs on this clock, in its time.")]
Format = Annotated[Literal["table", "json", "csv"], Parameter(help="How it is printed.")]
Subtracted = Annotated[
    Literal["forever", "repeating", "once"],
    Parameter(help="Which discounts count: those for ever, repeating ones too, or all."),
]


@report.command
def revenue(
    *,
    database: Database = DEFAULT_DATABASE,
    live: Live = False,
    account: AccountId = None,
    from_: From = None,
    to: To = None,
    timezone: Timezone = "Etc/UTC",
    currency: Currency = None,
    customer: Customer = None,
    product: Product = None,
    test_clock: TestClock = None,
    by: Annotated[
        Literal["none", "customer", "product"], Parameter(help="What it is divided by.")
    ] = "none",
    open: Annotated[
        str | None, Parameter(help="Print the documents that a month's figure comes from.")
    ] = None,
    booked: Annotated[
        str | None, Parameter(help="Of these, only those booked in this month.")
    ] = None,
    measure: Annotated[
        Literal["recognized", "billed", "taken_back", "deferred"],
        Parameter(help="Which figure is opened."),
    ] = "recognized",
    format: Format = "table",
) -> None:
    """Print what was billed, recognized and deferred by month."""
    from prorata.cli.report import Asked, report_revenue

    asked = Asked(
        database, live, account, from_, to, timezone, currency, test_clock, format, customer
    )
    report_revenue(asked, product, by, open=open, booked=booked, measure=measure)


@report.command
def waterfall(
    *,
    database: Database = DEFAULT_DATABASE,
    live: Live = False,
    account: AccountId = None,
    from_: From = None,
    to: To = None,
    timezone: Timezone = "Etc/UTC",
    currency: Currency = None,
    customer: Customer = None,
    product: Product = None,
    test_clock: TestClock = None,
    format: Format = "table",
) -> None:
    """Print what was booked in each month by the month in which it is earned."""
    from prorata.cli.report import Asked, report_waterfall

    asked = Asked(
        database, live, account, from_, to, timezone, currency, test_clock, format, customer
    )
    report_waterfall(asked, product)


@report.command
def mrr(
    *,
    database: Database = DEFAULT_DATABASE,
    live: Live = False,
    account: AccountId = None,
    from_: From = None,
    to: To = None,
    timezone: Timezone = "Etc/UTC",
    currency: Currency = None,
    customer: Customer = None,
    test_clock: TestClock = None,
    discounts: Subtracted = "forever",
    open: Annotated[
        str | None, Parameter(help="Print the changes that a month's movements come from.")
    ] = None,
    movement: Annotated[
        Literal["new", "reactivation", "expansion", "contraction", "churn"] | None,
        Parameter(help="Of these, only this one."),
    ] = None,
    format: Format = "table",
) -> None:
    """Print monthly recurring revenue, how it moved, and the figures made of it."""
    from prorata.cli.report import Asked, report_mrr

    asked = Asked(
        database, live, account, from_, to, timezone, currency, test_clock, format, customer
    )
    report_mrr(asked, discounts, open=open, movement=movement)


@report.command
def cohorts(
    *,
    database: Database = DEFAULT_DATABASE,
    live: Live = False,
    account: AccountId = None,
    from_: From = None,
    to: To = None,
    timezone: Timezone = "Etc/UTC",
    currency: Currency = None,
    customer: Customer = None,
    test_clock: TestClock = None,
    discounts: Subtracted = "forever",
    format: Format = "table",
) -> None:
    """Print what is left of those who became subscribers in the same month."""
    from prorata.cli.report import Asked, report_cohorts

    asked = Asked(
        database, live, account, from_, to, timezone, currency, test_clock, format, customer
    )
    report_cohorts(asked, discounts)


@report.command
def receivables(
    *,
    database: Database = DEFAULT_DATABASE,
    live: Live = False,
    account: AccountId = None,
    at: Annotated[
        str | None, Parameter(help="The end of this day or month is looked back at.")
    ] = None,
    timezone: Timezone = "Etc/UTC",
    currency: Currency = None,
    customer: Customer = None,
    test_clock: TestClock = None,
    by: Annotated[
        Literal["none", "customer"], Parameter(help="What it is divided by.")
    ] = "customer",
    open: Annotated[
        bool, Parameter(help="Print the open invoices themselves.", negative="")
    ] = False,
    format: Format = "table",
) -> None:
    """Print what customers owe, by how long it has been due."""
    from prorata.cli.report import Asked, report_receivables

    asked = Asked(
        database, live, account, None, at, timezone, currency, test_clock, format, customer
    )
    report_receivables(asked, by, open=open)
