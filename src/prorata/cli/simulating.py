"""Simulating: `prorata simulate` shows a company's years go by, and what came of them."""

import logging
import random
from datetime import UTC, datetime

import structlog
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from prorata.cli.timeline import ACCENT
from prorata.model.errors import Refused
from prorata.rules.currency import format_amount
from prorata.simulation.run import Month, Outcome, Simulation
from prorata.simulation.shop import Troubles

BAR_CELLS = 12
HALF_A_MONTH_SECONDS = 15 * 86_400
SHOWN_FAULTS = 20
# Time goes no further than the year 2286.
MOST_YEARS = 250
SHOWN_PLACES = 5


def run_simulate(
    *,
    seed: int | None,
    years: float,
    customers: int,
    database: str,
    moments_per_death: int,
    gateway_faults: bool,
) -> None:
    """Live through the years of a seed; exit with 1 when something did not hold."""
    # Written so that a number that is none is refused, too.
    if not 0 < years <= MOST_YEARS or customers < 1 or moments_per_death < 0:
        raise Refused(
            "a company has at least one customer, and lives for some time, of"
            f" {MOST_YEARS} years at most."
        )
    if seed is None:
        seed = random.SystemRandom().randrange(1 << 32)
    again = (
        f"prorata simulate --seed {seed} --years {years:g} --customers {customers}"
        f" --moments-per-death {moments_per_death}"
        + ("" if gateway_faults else " --no-gateway-faults")
    )
    # What is set aside is told at the end; all else that is logged here is meant to happen.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    console = Console(highlight=False)
    console.print(Text.assemble(("A company lives ", "bold"), (again, "dim")), soft_wrap=True)
    simulation = Simulation(
        seed, years=years, customers=customers, database=database,
        troubles=Troubles(moments_per_death, gateway_faults),
    )  # fmt: skip
    try:
        outcome = _watch(simulation, console, customers)
    finally:
        simulation.close()
    _sum_up(outcome, console, again)
    if outcome.faults:
        raise SystemExit(1)


def _watch(simulation: Simulation, console: Console, customers: int) -> Outcome:
    """Run a simulation and print a line for each month."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("…", total=simulation.months)

        def show(month: Month) -> None:
            progress.console.print(_line(month, customers))
            progress.update(task, completed=month.number + 1, description=_name(month))

        return simulation.run(show)


def _name(month: Month) -> str:
    # It begins on the last day of the one before.
    return f"{datetime.fromtimestamp(month.begins + HALF_A_MONTH_SECONDS, UTC):%b %Y}"


def _line(month: Month, customers: int) -> Text:
    cells = min(round(month.running * BAR_CELLS / customers), BAR_CELLS)
    good = not month.faults
    return Text.assemble(
        (f"  {_name(month)}  ", "dim"),
        ("█" * cells, ACCENT), " " * (BAR_CELLS - cells),
        f"{month.running:>4} ",
        (f"{_money(month.taken):<36}", "bold"),
        (f"{month.deaths:>5} deaths ", "dim"),
        ("✓", "green") if good else ("✗", "bold red"),
    )  # fmt: skip


def _money(taken: dict[str, int]) -> str:
    """Return sums of minor units as people write them, those of the same currency in one place."""
    return " ".join(f"{format_amount(taken[currency], currency):>11}" for currency in sorted(taken))


def _sum_up(outcome: Outcome, console: Console, again: str) -> None:
    counted = outcome.counted
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="bold")
    grid.add_column()
    for name in (
        "customers", "subscriptions", "schedules", "invoices", "paid invoices", "charges",
        "refunds", "credit notes", "disputes", "event rows", "ledger rows",
    ):  # fmt: skip
        grid.add_row(f"{counted[name]:,}", name)
    console.print()
    console.print(Panel(grid, title="What there is", title_align="left", expand=False))
    places = sorted(outcome.deaths.items(), key=lambda each: -each[1])[:SHOWN_PLACES]
    where = ", ".join(f"{place} ({count})" for place, count in places)
    console.print(
        f"{len(outcome.months)} months. The process died {counted['deaths']:,} times in"
        f" {outcome.moments:,} moments" + (f": at {where}, and elsewhere." if where else ".")
    )
    console.print(
        f"The gateway lost, or took twice, {counted['gateway faults']:,} calls. Of"
        f" {counted['requests']:,} requests {counted['repeated requests']:,} were made again with"
        f" their keys, and {counted['refused requests']:,} were refused for good reasons."
    )
    console.print(f"Everything stored, in short: {outcome.digest}")
    console.print()
    if not outcome.faults:
        console.print(Text("No cent was lost or doubled.", "bold green"))
        return
    for fault in outcome.faults[:SHOWN_FAULTS]:
        console.print(Text.assemble(("✗ ", "bold red"), fault))
    if len(outcome.faults) > SHOWN_FAULTS:
        console.print(Text(f"  and {len(outcome.faults) - SHOWN_FAULTS} more", "dim"))
    console.print(Text.assemble(("The same again: ", "bold"), again), soft_wrap=True)
