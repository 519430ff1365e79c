"""Demo: a development server, and the main job played on it; the server stays up afterwards."""

from pathlib import Path

import stripe
from rich.panel import Panel
from rich.table import Table

from prorata.cli.receiver import Receiver
from prorata.cli.serving import start_dev
from prorata.cli.story import Story
from prorata.cli.timeline import ACCENT, Timeline
from prorata.server.settings import Settings


def run_demo(*, host: str, port: int, database: str, stay: bool) -> None:
    """Start a server, tell the story, print what to try next and, if asked, stay up."""
    _begin_anew(database)
    settings = Settings(database=database, host=host, port=port)
    running = start_dev(settings)
    line = Timeline()
    receiver = Receiver()
    client = stripe.StripeClient(settings.secret_key, base_addresses={"api": settings.base_url})
    try:
        Story(client, receiver, line).play()
        _print_next(line, settings)
        if stay:
            running.wait()
    except KeyboardInterrupt:
        pass
    finally:
        receiver.close()
        running.stop()


def _begin_anew(database: str) -> None:
    """Delete the demo's own file and what lies beside it."""
    path = Path(database.removeprefix("sqlite:///"))
    if database.startswith("sqlite:///") and path.exists():
        for each in path.parent.glob(f"{path.name}*"):
            each.unlink()


def _print_next(line: Timeline, settings: Settings) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(overflow="fold")
    grid.add_row("API", settings.base_url)
    grid.add_row("Secret key", settings.secret_key)
    grid.add_row("Publishable key", settings.publishable_key)
    grid.add_row("", "")
    grid.add_row("Look around", f"curl {settings.base_url}/v1/events -u {settings.secret_key}:")
    grid.add_row(
        "From Python",
        f'stripe.StripeClient("{settings.secret_key}",'
        f' base_addresses={{"api": "{settings.base_url}"}})',
    )
    grid.add_row("Prove the books", f"prorata doctor --database {settings.database}")
    grid.add_row("All routes", "prorata routes")
    line.console.print()
    line.console.print(
        Panel(grid, title="Prorata is up", title_align="left", border_style=ACCENT, padding=(1, 2))
    )
