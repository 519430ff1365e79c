"""Report deeds: the shop's bookkeeper closes months, and opens them again."""

from prorata.engine.reports import close
from prorata.rules.months import month_name, month_start
from prorata.simulation.townsfolk import Townsfolk, deed

PERIODS = "/v1/prorata/accounting_periods"


@deed(2)
def the_last_month_is_closed(folk: Townsfolk) -> None:
    """Close the month before this one; its figures are counted as a worker does."""
    shop = folk.shop
    if folk.ask(PERIODS, month=month_name(month_start(shop.now) - 1)) is None:
        return

    def counted() -> None:
        for book, clock in shop.system.database.read(close.waiting):
            close.count(shop.system, book, clock)

    shop.surviving(counted)


@deed(1)
def a_month_is_opened_again(folk: Townsfolk) -> None:
    """Open one of the closed months again, and all after it."""
    found = folk.one(folk.listed(PERIODS, status="closed"))
    if found is not None and folk.chance(50):
        folk.ask(f"{PERIODS}/{found['id']}/reopen")
