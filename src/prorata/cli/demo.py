"""Demo: a development server, a story played on it, and the sample shop in the browser."""

import contextlib
import json
import shutil
import signal
import sqlite3
from pathlib import Path

from rich.panel import Panel
from rich.table import Table

from prorata.model.errors import Refused

try:
    import stripe
except ModuleNotFoundError:
    raise Refused("the demo is played through Stripe's own SDK: `pip install stripe`.") from None

from prorata.cli.receiver import Receiver
from prorata.cli.serving import on_hangup, start_dev
from prorata.cli.shop import Shop, why_no_shop
from prorata.cli.stories import STORIES
from prorata.cli.stories.telling import Telling
from prorata.cli.timeline import ACCENT, Timeline
from prorata.server.settings import Settings
from prorata.store.database import TEMPORARY
from prorata.store.names import table_name

COMPANY = "Lumen Photos"
COLOUR = "#0f766e"


def run_demo(
    story: str, *, host: str, port: int, shop_port: int | None, database: str, stay: bool
) -> None:
    """Start a server, tell a story, open the shop, print what to try next and, if asked, stay."""
    if story == "list":
        _print_stories()
        return
    if story not in STORIES:
        raise Refused(f"there is no story {story!r}: there are {', '.join(STORIES)}.")
    # However it is ended, what was started here ends with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    on_hangup(signal.default_int_handler)
    _begin_anew(database)
    settings = Settings(database=database, host=host, port=port)
    running = start_dev(settings)
    line = Timeline()
    receiver = Receiver()
    client = stripe.StripeClient(settings.secret_key, base_addresses={"api": settings.base_url})
    shop: Shop | None = None
    try:
        dress(client)
        told = STORIES[story](client, receiver, line)
        told.play()
        if stay and (why := why_no_shop()) is None:
            shop = Shop.open(settings, client, shop_port)
        elif stay:
            line.note(f"The sample shop stays closed: {why}.")
        _print_next(line, settings, told, shop, stay=stay)
        if stay:
            running.wait()
    except KeyboardInterrupt:
        pass
    finally:
        receiver.close()
        if shop is not None:
            shop.close()
        running.stop()


def _begin_anew(database: str) -> None:
    """Delete the demo's own file and what lies beside it; raise Refused for any other file."""
    path = Path(database.removeprefix("sqlite:///"))
    if database in TEMPORARY or not database.startswith("sqlite:///") or not path.exists():
        return
    if not _is_of_a_demo(path):
        raise Refused(
            f"{path} is of no demo, and would be deleted: name another file with --database."
        )
    for each in path.parent.iterdir():
        if each.name == path.name or each.name.startswith(f"{path.name}-"):
            # Its snapshots are a folder.
            shutil.rmtree(each) if each.is_dir() else each.unlink()


def _is_of_a_demo(path: Path) -> bool:
    """Return whether a file has the books of the demo's company, or nothing at all."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as raw:
            found = raw.execute(f"SELECT document FROM {table_name('account')}").fetchall()
    except sqlite3.Error:
        return path.is_file() and path.stat().st_size == 0
    return any(json.loads(text)["business_profile"]["name"] == COMPANY for (text,) in found)


def dress(client: stripe.StripeClient) -> None:
    """Give the account the company's name and colour, which its pages and mails wear."""
    account = client.v1.accounts.retrieve_current()
    client.v1.accounts.update(
        account.id,
        {
            "business_profile": {"name": COMPANY},
            "settings": {"branding": {"primary_color": COLOUR}},
        },
    )


def _print_stories() -> None:
    console = Timeline().console
    grid = Table.grid(padding=(0, 2))
    for name, story in STORIES.items():
        grid.add_row(f"prorata demo {name}", f"[dim]{story.title}[/dim]")
    console.print(grid)


def _print_next(
    line: Timeline, settings: Settings, told: Telling, shop: Shop | None, *, stay: bool
) -> None:
    server = settings.base_url
    rows = {}
    if stay:
        look = f"curl {server}/v1/events -u {settings.secret_key}:"
        if shop is not None:
            rows["Buy it yourself"] = f"{shop.url}{told.shop_path}"
            rows["Story in the shop"] = f"{shop.url}/sign-in?email={told.email}"
            rows["A month later"] = f"prorata clock advance 1mo --url {server}"
        rows |= {"Mails so far": f"{server}/_prorata/outbox", "Look around": look}
    else:
        rows["The same again"] = f"prorata dev --database {settings.database}"
    rows |= {
        "Prove the books": f"prorata doctor --database {settings.database}",
        "Other stories": "prorata demo list",
    }
    line.console.print()
    if stay:
        _print_keys(line, settings, shop)
    for name, command in rows.items():
        # Whatever the width: a command must be copied in one piece.
        line.console.print(f"  [dim]{name:<19}[/dim]{command}", soft_wrap=True, highlight=False)
    if stay:
        line.console.print("\nPress Ctrl-C to stop.", style="dim")


def _print_keys(line: Timeline, settings: Settings, shop: Shop | None) -> None:
    shown = {} if shop is None else {"Sample shop": f"[bold]{shop.url}[/bold]"}
    shown |= {
        "API": settings.base_url,
        "Secret key": settings.secret_key,
        "Publishable key": settings.publishable_key,
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    for name, value in shown.items():
        grid.add_row(name, value)
    line.console.print(Panel(grid, title="Prorata is up", title_align="left", border_style=ACCENT))
