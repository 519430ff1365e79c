"""Lived book: customers of every condition, as half a year of a simulated company has left them.

Trialing, paused, past due, incomplete, sent invoices, planned ahead, in arrears, about to leave;
tiers, coupons, taxes, several currencies, weeks to years. Nothing is copied, and no two are alike.
"""

from __future__ import annotations

from collections.abc import Callable

import prorata.simulation.deeds  # noqa: F401
from prorata.simulation.shop import Shop, Troubles
from prorata.simulation.townsfolk import Townsfolk

DAYS = 170
DAY = 86_400
# Deeds of a day, beside those by which everybody comes.
DEEDS_PER_CUSTOMER = 4


def live(url: str, customers: int, seed: int, now: int, say: Callable[[str], None]) -> None:
    """Let so many customers live in an empty database until a second (UTC)."""
    begins = now - DAYS * DAY
    shop = Shop(url, seed, begins, Troubles(mean_life=0, gateway=False))
    try:
        folk = Townsfolk(shop, seed, customers)
        deeds = customers * DEEDS_PER_CUSTOMER
        for done in range(deeds):
            # Most come in the first months, the last ones yesterday.
            if len(folk.customers) < customers * min(1.0, (done + 1) * 1.5 / deeds):
                folk.new_customer()
            folk.act()
            shop.advance(max(shop.now, begins + (now - begins) * (done + 1) // deeds))
        say(f"Lived {DAYS} days: {shop.requests:,} requests, {shop.refusals:,} refused.")
    finally:
        shop.close()
