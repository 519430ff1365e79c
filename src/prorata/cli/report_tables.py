"""Report tables: reports as a terminal shows them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from prorata.cli.printing import as_said
from prorata.cli.report_cells import (
    NOTHING,
    Cell,
    bar,
    day_of,
    heat,
    money,
    month_cell,
    moved,
    percent,
    shade,
    short_month,
    sign_style,
    whole_units,
)
from prorata.cli.timeline import ACCENT, BAD, GOOD
from prorata.resources.reporting.accounting_period import AccountingPeriod
from prorata.resources.reporting.own import (
    CohortReport,
    CurrencyMrr,
    MrrChange,
    MrrFigures,
    MrrReport,
    OwedInvoice,
    ReceivablesReport,
    RevenueEntry,
    RevenueReport,
    RevenueRow,
    WaterfallReport,
)
from prorata.rules.months import zone

AGES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90")


def revenue(report: RevenueReport) -> None:
    """Print the months of each currency, customer or product."""
    _title("Revenue", report)
    if not report.data:
        _nothing()
    highest = max((month.recognized for row in report.data for month in row.months), default=0)
    for row in report.data:
        _heading(row.currency, row.name or row.customer or row.product, row)
        _revenue_rows(row, highest)
    if report.has_more:
        _note("There are more customers: --format csv prints them all.")
    _note("Open a figure with --open 2026-02, and --measure billed, taken_back or deferred.")


def _revenue_rows(row: RevenueRow, highest: int) -> None:
    corrected = any(month.corrections for month in row.months)
    more = ["of closed months"] if corrected else []
    table = _table(
        "month", "billed", "taken back", "recognized", "", "deferred", *more, left={0, 4}
    )
    if row.opening_deferred:
        table.add_row(
            Text("before", style="dim"), NOTHING, NOTHING, NOTHING, "",
            money(row.opening_deferred, row.currency, "dim"),
        )  # fmt: skip
    for month in row.months:
        table.add_row(
            month_cell(month.month or "") + ("  closed" if month.closed else ""),
            money(month.billed, row.currency),
            money(month.taken_back, row.currency, BAD),
            money(month.recognized, row.currency, "bold"),
            Text(bar(month.recognized, highest), style=ACCENT),
            money(month.deferred, row.currency, "dim" if month.deferred >= 0 else "yellow"),
            *([money(month.corrections, row.currency)] if corrected else []),
        )
    total = row.total
    table.add_section()
    table.add_row(
        Text("in all", style="bold"), money(total.billed, row.currency, "bold"),
        money(total.taken_back, row.currency, BAD),
        money(total.recognized, row.currency, "bold"), "",
        money(total.deferred, row.currency, "dim"),
    )  # fmt: skip
    _print(table)


def waterfall(report: WaterfallReport) -> None:
    """Print each currency's matrix of booking and earning."""
    _title("Waterfall", report)
    if not report.data:
        _nothing()
    for each in report.data:
        _heading(each.currency, "booked in … is earned in …")
        before = any(row.earlier for row in each.rows)
        names = [short_month(month) for month in report.months]
        headings = ["booked", *(["before"] if before else []), *names, "later", "in all"]
        table = _table(*headings, left={0})
        for row in (*each.rows, each.total):
            if row is each.total:
                table.add_section()
            label = month_cell(row.booked) if row.booked[:1].isdigit() else Text(
                {"total": "in all"}.get(row.booked, row.booked), style="bold dim"
            )  # fmt: skip
            style = "bold" if row is each.total else ""
            cells = [*([row.earlier] if before else []), *row.months]
            table.add_row(
                label,
                *(whole_units(cell, each.currency, style or heat(place, row.booked, report.months))
                  for place, cell in enumerate(cells, -before)),
                whole_units(row.later, each.currency, "dim"),
                whole_units(row.total, each.currency, "bold"),
            )  # fmt: skip
        _print(table)


def mrr(report: MrrReport) -> None:
    """Print each currency's MRR by month with its movements, and the figures made of it."""
    _title("Monthly recurring revenue", report)
    if not report.data:
        _nothing()
    for each in report.data:
        _heading(each.currency)
        table = _table(
            "month", "opening", "new", "reactivated", "expansion", "contraction", "churn", "MRR",
            "", "subscribers", left={0, 8},
        )  # fmt: skip
        highest = max((month.mrr for month in each.months), default=0)
        for month in each.months:
            table.add_row(
                month_cell(month.month or ""),
                money(month.opening_mrr, each.currency, "dim"),
                moved(month.new, each.currency),
                moved(month.reactivation, each.currency),
                moved(month.expansion, each.currency),
                moved(month.contraction, each.currency),
                moved(month.churn, each.currency),
                money(month.mrr, each.currency, "bold"),
                Text(bar(month.mrr, highest, 10), style=ACCENT),
                str(month.subscribers) if month.subscribers else NOTHING,
            )
        _print(table)
        _print(_made_of(each))
    _note("Open a month's movements with --open 2026-02 and, if wanted, --movement churn.")


def _made_of(each: CurrencyMrr) -> Table:
    """Return the figures that are made of MRR: of the last three months and of thirty days."""
    shown = each.months[-3:]
    table = _table(
        "", *(short_month(month.month or "") for month in shown), "last 30 days", left={0}
    )
    lines: list[tuple[str, Callable[[MrrFigures], Cell]]] = [
        ("annual run rate (ARR)", lambda one: money(one.arr, each.currency)),
        ("per subscriber (ARPU)", lambda one: money(one.arpu, each.currency)),
        ("lifetime value (LTV)", lambda one: money(one.ltv, each.currency)),
        ("net revenue retention", lambda one: percent(one.net_revenue_retention)),
        ("gross revenue retention", lambda one: percent(one.gross_revenue_retention)),
        ("subscriber churn", lambda one: percent(one.subscriber_churn_rate)),
        ("gross MRR churn", lambda one: percent(one.gross_mrr_churn_rate)),
        ("trials converted", lambda one: percent(one.trial_conversion_rate)),
    ]
    for label, cell in lines:
        table.add_row(
            Text(label, style="dim"), *(cell(one) for one in shown), cell(each.last_30_days)
        )
    return table


def cohorts(report: CohortReport) -> None:
    """Print what is left of each cohort's MRR and subscribers, month after month."""
    _title("Cohorts", report)
    if not report.data:
        _nothing()
    for each in report.data:
        _heading(each.currency, "MRR that is left of those who began in the same month")
        length = max((len(row.mrr) for row in each.cohorts), default=0)
        table = _table("began", "who", "MRR", *(f"+{n}" for n in range(1, length)), left={0})
        for row in each.cohorts:
            table.add_row(
                month_cell(row.month), str(row.subscribers[0]), money(row.mrr[0], each.currency),
                *(shade(part) for part in row.mrr_retention[1:]),
            )  # fmt: skip
        _print(table)


def receivables(report: ReceivablesReport) -> None:
    """Print what is owed by its age."""
    console = _console()
    day = f"{datetime.fromtimestamp(report.at, UTC):%d %b %Y %H:%M} UTC"
    console.print()
    console.print(Text.assemble(("Receivables", f"bold {ACCENT}"), (f"   {day}", "dim")))
    if not report.data:
        _nothing()
    for currency in dict.fromkeys(row.currency for row in report.data):
        rows = [row for row in report.data if row.currency == currency]
        _heading(currency)
        table = _table(
            "customer", "not due", "1–30 days", "31–60", "61–90", "over 90", "in all", left={0}
        )
        for row in rows:
            table.add_row(
                as_said(row.name or row.customer or "all"),
                *(money(getattr(row, age), currency, _AGE_STYLES[age]) for age in AGES),
                money(row.total, currency, "bold"),
            )
        if len(rows) > 1:
            table.add_section()
            table.add_row(
                Text("in all", style="bold"),
                *(money(sum(getattr(row, age) for row in rows), currency, "bold")
                  for age in AGES),
                money(sum(row.total for row in rows), currency, "bold"),
            )  # fmt: skip
        _print(table)
    if report.has_more:
        _note("There are more customers: --format csv prints them all.")
    _note("--open prints the invoices.")


_AGE_STYLES = {
    "not_due": GOOD, "days_1_30": "", "days_31_60": "yellow", "days_61_90": "rgb(255,135,0)",
    "days_over_90": BAD,
}  # fmt: skip


def entries(found: Sequence[RevenueEntry]) -> None:
    """Print the parts of a figure."""
    table = _table(
        "figure", "of", "booked", "earned over", "document", "line", "what", left={2, 3, 4, 5, 6}
    )
    for each in found:
        period = "at once"
        if each.period_end > each.period_start:
            period = f"{day_of(each.period_start)} – {day_of(each.period_end)}"
        table.add_row(
            money(each.figure, each.currency, "bold"), money(each.amount, each.currency, "dim"),
            day_of(each.booked_at), Text(period, style="dim"), each.document,
            each.invoice_line_item or NOTHING, Text(each.description or each.memo, style="dim"),
        )  # fmt: skip
    _print(table)


def changes(found: Sequence[MrrChange]) -> None:
    """Print the changes of customers' MRR with the subscriptions that made them."""
    table = _table(
        "day", "movement", "MRR", "before", "after", "customer", "subscription", "event",
        left={0, 1, 5, 6, 7},
    )  # fmt: skip
    for each in found:
        for place, step in enumerate(each.steps):
            first = [
                day_of(each.day), Text(each.movement, style=sign_style(each.amount)),
                moved(each.amount, each.currency), money(each.before, each.currency, "dim"),
                money(each.after, each.currency), each.customer,
            ]  # fmt: skip
            table.add_row(
                *(first if not place else [""] * 6), step.subscription,
                Text(step.event or f"revision {step.revision}", style="dim"),
            )  # fmt: skip
    _print(table)


def periods(found: Sequence[AccountingPeriod]) -> None:
    """Print closed months with what they came to."""
    if not found:
        _console().print(Text("No month is closed.", style="dim"))
        return
    table = _table(
        "month", "closed", "", "billed", "taken back", "recognized", "deferred", left={0, 1, 2}
    )
    for each in found:
        told = [
            (
                figures.currency.upper(), money(figures.billed, figures.currency),
                money(figures.taken_back, figures.currency, BAD),
                money(figures.recognized, figures.currency, "bold"),
                money(figures.deferred, figures.currency, "dim"),
            )
            for figures in each.figures
        ]  # fmt: skip
        for place, cells in enumerate(told or [("", NOTHING, NOTHING, NOTHING, NOTHING)]):
            named = (month_cell(each.month), day_of(each.closed_at)) if not place else ("", "")
            table.add_row(*named, *cells)
    _print(table)


def invoices(found: Sequence[OwedInvoice]) -> None:
    """Print open invoices."""
    table = _table("owed", "late", "due", "invoice", "number", "customer", left={2, 3, 4, 5})
    for each in found:
        late = f"{each.days_overdue} days" if each.days_overdue else "not due"
        table.add_row(
            money(each.amount_remaining, each.currency, "bold"),
            Text(late, style=_AGE_STYLES[each.bucket]), day_of(each.due_at), each.id,
            each.number or NOTHING, each.customer or NOTHING,
        )  # fmt: skip
    _print(table)


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 240
    return console


def _title(what: str, report: Any) -> None:
    place = zone(report.timezone)
    first = datetime.fromtimestamp(report.interval_start, place)
    last = datetime.fromtimestamp(report.interval_end - 1, place)
    where = "UTC" if report.timezone == "Etc/UTC" else report.timezone
    mode = "" if report.livemode else "   test mode"
    console = _console()
    console.print()
    console.print(Text.assemble(
        (what, f"bold {ACCENT}"), (f"   {first:%d %b %Y} – {last:%d %b %Y}, {where}{mode}", "dim"),
    ))  # fmt: skip


def _heading(currency: str, what: str | None = None, row: RevenueRow | None = None) -> None:
    id = (row.customer or row.product) if row is not None and row.name else None
    console = _console()
    console.print()
    console.print(
        Text.assemble(
            (currency.upper(), "bold"),
            Text.assemble("  ", as_said(what)) if what else "",
            (f"  {id}" if id else "", "dim"),
        )
    )


def _table(*headings: str, left: Iterable[int] = (0,)) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0),
                  border_style="dim")  # fmt: skip
    aligned = set(left)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place in aligned else "right", no_wrap=True)
    return table


def _print(table: Table) -> None:
    _console().print(table)


def _note(text: str) -> None:
    _console().print(Text(text, style="dim"))


def _nothing() -> None:
    _console().print(Text("There is nothing in this time.", style="dim"))
