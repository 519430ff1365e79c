"""Report picture: lives half a year of a small shop and draws what `prorata report` prints of it.

`python scripts/report_picture.py` writes docs/images/reports.svg.
"""

import io
import random
import re
import runpy
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import stripe
from rich.console import Console

from prorata.cli import report_tables
from prorata.cli.report import Asked, report_mrr, report_receivables, report_revenue
from prorata.testing import running

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "reports.svg"
COLUMNS = 122
MONTHS = ("2026-01-05", "2026-02-04", "2026-03-06", "2026-04-07", "2026-05-08", "2026-06-09")
NAMES = (
    "Acme", "Borealis", "Cobalt", "Delphi", "Ember", "Fjord", "Garnet", "Halcyon", "Iris",
    "Juniper", "Kestrel", "Lumen", "Mistral", "Nimbus", "Orchid", "Pallas", "Quarry", "Rowan",
)  # fmt: skip


def live(server: Any) -> str:
    """Live through the months and return the test clock's id."""
    api = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1
    clock = api.test_helpers.test_clocks.create({"frozen_time": second(MONTHS[0]) - 86_400}).id
    product = api.products.create({"name": "Pro"}).id
    prices = [
        api.prices.create({
            "product": product, "currency": "usd", "unit_amount": amount,
            "recurring": {"interval": interval},
        }).id
        for amount, interval in ((1900, "month"), (4900, "month"), (19_900, "month"),
                                 (49_000, "year"))
    ]  # fmt: skip
    chance, names, sold = random.Random(4), iter(enumerate(NAMES)), {}
    for day in MONTHS:
        api.test_helpers.test_clocks.advance(clock, {"frozen_time": second(day)})
        while api.test_helpers.test_clocks.retrieve(clock).status != "ready":
            time.sleep(0.02)
        for place, name in [each for each, _ in zip(names, range(3), strict=False)]:
            customer = api.customers.create({
                "name": name, "test_clock": clock, "payment_method": "pm_card_visa",
                "invoice_settings": {"default_payment_method": "pm_card_visa"},
            })  # fmt: skip
            sent = {"collection_method": "send_invoice", "days_until_due": 14}
            sold[name] = api.subscriptions.create({
                "customer": customer.id, "items": [{"price": chance.choice(prices)}],
                **(sent if place % 5 == 2 else {}),
            }).id  # fmt: skip
        change(api, chance, sold)
    return clock


def change(api: Any, chance: random.Random, sold: dict[str, str]) -> None:
    """Let some customers leave, and others want more."""
    for name, id in list(sold.items()):
        drawn, subscription = chance.random(), api.subscriptions.retrieve(id)
        if subscription.status != "active":
            continue
        if drawn < 0.1:
            api.subscriptions.cancel(sold.pop(name))
        elif drawn < 0.3:
            api.subscriptions.update(id, {
                "items": [{"id": subscription["items"].data[0].id,
                           "quantity": chance.choice([2, 3])}],
                "proration_behavior": "always_invoice",
            })  # fmt: skip


def second(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())


def draw() -> str:
    """Print the reports of the months and return them as SVG."""
    console = Console(
        file=io.StringIO(), record=True, width=COLUMNS, highlight=False, force_terminal=True,
        color_system="truecolor",
    )  # fmt: skip
    report_tables._console = lambda: console
    story = runpy.run_path(str(ROOT / "scripts" / "picture.py"))
    with tempfile.TemporaryDirectory() as place:
        database = f"sqlite:///{place}/books.db"
        with running(database) as server:
            clock = live(server)
        first = "2026-01"
        asked = Asked(database, False, None, first, None, "Etc/UTC", None, clock, "table", None)
        report_revenue(asked, None, "none", open=None, booked=None, measure="recognized")
        report_mrr(asked, "forever", open=None, movement=None)
        last = Asked(database, False, None, None, None, "Etc/UTC", None, clock, "table", None)
        report_receivables(last, "customer", open=False)
    drawn = console.export_svg(
        theme=story["THEME"], unique_id="reports",
        code_format=re.sub(r'aria-label="[^"]*"', 'aria-label="prorata report in a terminal: '
                           'revenue by month, monthly recurring revenue, and receivables by age"',
                           story["DRAWING"]),
    )  # fmt: skip
    for accent, lighter in story["LIGHTER"].items():
        drawn = drawn.replace(accent, lighter)
    drawn = re.sub(r'viewBox="(\S+) (\S+)"', story["_framed"], drawn, count=1)
    inner = f"{story['MARGIN']}, {story['MARGIN'] - story['LINE_HEIGHT']}"
    drawn = drawn.replace("INNER", inner)
    return "\n".join(line.rstrip() for line in drawn.splitlines() if line.strip()) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(draw())
