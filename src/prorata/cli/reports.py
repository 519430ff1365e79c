"""Report commands: what they are called and take; what they do is imported when called."""

from dataclasses import dataclass
from typing import Annotated, Literal

from cyclopts import App, Parameter

report = App(name="report", help="Print reports: revenue, growth, and what customers owe.")
Product = Annotated[str | None, Parameter(help="Only this one's, by its id.")]
Format = Annotated[Literal["table", "json", "csv"], Parameter(help="How it is printed.")]
Subtracted = Annotated[
    Literal["forever", "repeating", "once"],
    Parameter(help="Which discounts count: those for ever, repeating ones too, or all."),
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class Books:
    """Which books a report is about, and whose months they have."""

    database: Annotated[str, Parameter(help="sqlite:///file or postgresql://user@host/name.")] = (
        "sqlite:///prorata.db"
    )
    live: Annotated[bool, Parameter(help="Of live mode instead of test mode.", negative="")] = False
    account: Annotated[str | None, Parameter(help="Whose, where there are several accounts.")] = (
        None
    )
    timezone: Annotated[
        str, Parameter(help="Where months and days begin, such as Europe/Vienna.")
    ] = "Etc/UTC"
    test_clock: Annotated[
        str | None, Parameter(help="Only what hangs on this clock, in its time.")
    ] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class Asked(Books):
    """What every report is asked for."""

    currency: Annotated[str | None, Parameter(help="Only this one.")] = None
    customer: Annotated[str | None, Parameter(help="Only this one's, by its id.")] = None
    format: Format = "table"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class AskedSpan(Asked):
    """What a report of several months is asked for."""

    from_: Annotated[
        str | None, Parameter(name="--from", help="The first month or day, such as 2026-01.")
    ] = None
    to: Annotated[
        str | None, Parameter(help="The last month or day, included; now by default.")
    ] = None


BOOKS, NOW, SPAN = Books(), Asked(), AskedSpan()


@report.command
def revenue(
    *,
    asked: AskedSpan = SPAN,
    product: Product = None,
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
) -> None:
    """Print what was billed, recognized and deferred by month."""
    from prorata.cli.report import report_revenue

    report_revenue(asked, product, by, open=open, booked=booked, measure=measure)


@report.command
def waterfall(
    *,
    asked: AskedSpan = SPAN,
    product: Product = None,
) -> None:
    """Print what was booked in each month by the month in which it is earned."""
    from prorata.cli.report import report_waterfall

    report_waterfall(asked, product)


@report.command
def mrr(
    *,
    asked: AskedSpan = SPAN,
    discounts: Subtracted = "forever",
    open: Annotated[
        str | None, Parameter(help="Print the changes that a month's movements come from.")
    ] = None,
    movement: Annotated[
        Literal["new", "reactivation", "expansion", "contraction", "churn"] | None,
        Parameter(help="Of these, only this one."),
    ] = None,
) -> None:
    """Print monthly recurring revenue, how it moved, and the figures made of it."""
    from prorata.cli.report import report_mrr

    report_mrr(asked, discounts, open=open, movement=movement)


@report.command
def cohorts(
    *,
    asked: AskedSpan = SPAN,
    discounts: Subtracted = "forever",
) -> None:
    """Print what is left of those who became subscribers in the same month."""
    from prorata.cli.report import report_cohorts

    report_cohorts(asked, discounts)


@report.command
def receivables(
    *,
    asked: Asked = NOW,
    at: Annotated[
        str | None, Parameter(help="The end of this day or month is looked back at.")
    ] = None,
    by: Annotated[
        Literal["none", "customer"], Parameter(help="What it is divided by.")
    ] = "customer",
    open: Annotated[
        bool, Parameter(help="Print the open invoices themselves.", negative="")
    ] = False,
) -> None:
    """Print what customers owe, by how long it has been due."""
    from prorata.cli.report import report_receivables

    report_receivables(asked, by, at=at, open=open)


@report.command
def close(
    month: Annotated[str, Parameter(help="Such as 2026-10.")],
    /,
    *,
    books: Books = BOOKS,
    format: Format = "table",
) -> None:
    """Close a month, and all before it: their figures stay, what comes later is booked later."""
    from prorata.cli.periods import close_month

    close_month(books, month, format)


@report.command
def reopen(
    month: Annotated[str, Parameter(help="Such as 2026-10.")],
    /,
    *,
    books: Books = BOOKS,
    format: Format = "table",
) -> None:
    """Open a closed month again, and all after it: what came later for them returns to them."""
    from prorata.cli.periods import reopen_month

    reopen_month(books, month, format)


@report.command
def periods(*, books: Books = BOOKS, format: Format = "table") -> None:
    """Print the months that are closed, with what they came to."""
    from prorata.cli.periods import show_periods

    show_periods(books, format)
