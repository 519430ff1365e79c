"""Demo: a development server, and the main job played on it; the server stays up afterwards."""

from pathlib import Path

from rich.panel import Panel
from rich.table import Table

from prorata.model.errors import Refused

try:
    import stripe
except ModuleNotFoundError:
    raise Refused("the demo is played through Stripe's own SDK: `pip install stripe`.") from None

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
        _print_next(line, settings, stay=stay)
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


def _print_next(line: Timeline, settings: Settings, *, stay: bool) -> None:
    server = settings.base_url
    if stay:
        shown = {
            "API": server,
            "Secret key": settings.secret_key,
            "Publishable key": settings.publishable_key,
        }
        look = f"curl {server}/v1/events -u {settings.secret_key}:"
        rows = {"Look around": look, "In a browser": server}
    else:
        shown = {}
        rows = {"The same again": f"prorata dev --database {settings.database}"}
    rows |= {
        "Prove the books": f"prorata doctor --database {settings.database}",
        "All routes": "prorata routes",
    }
    line.console.print()
    if shown:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim")
        for name, value in shown.items():
            grid.add_row(name, value)
        line.console.print(
            Panel(grid, title="Prorata is up", title_align="left", border_style=ACCENT)
        )
    for name, command in rows.items():
        # Whatever the width: a command must be copied in one piece.
        line.console.print(f"  [dim]{name:<17}[/dim]{command}", soft_wrap=True, highlight=False)
    if shown:
        line.console.print("\nPress Ctrl-C to stop.", style="dim")
