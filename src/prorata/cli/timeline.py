"""Timeline: a story told in the terminal, step by step."""

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

ACCENT = "rgb(99,91,255)"
GOOD = "green"
BAD = "red"
WIDTH = 100


class Timeline:
    """Prints chapters and steps: the date, what was called, what was charged, what came."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        if self.console.width > WIDTH:
            self.console.width = WIDTH
        self._step = 0

    def title(self, heading: str, line: str) -> None:
        self.console.print()
        self.console.print(Text(heading, style=f"bold {ACCENT}"))
        self.console.print(Text(line, style="dim"))

    def step(self, heading: str, at: int | None = None) -> None:
        """Begin a step; `at` is the second in the story's time."""
        self._step += 1
        line = Table.grid(expand=True)
        line.add_column()
        line.add_column(justify="right")
        line.add_row(
            Text.assemble((f"{self._step:>2}  ", f"bold {ACCENT}"), (heading, "bold")),
            Text("" if at is None else day(at), style="dim"),
        )
        self.console.print()
        self.console.print(line)

    def call(self, text: str) -> None:
        self._line("→", text, "cyan")

    def money(self, text: str, good: bool = True) -> None:
        self._line("=", text, GOOD if good else BAD)

    def access(self, text: str, granted: bool) -> None:
        self._line("✓" if granted else "✗", text, GOOD if granted else BAD)

    def note(self, text: str) -> None:
        self._line("·", text, "default")

    def address(self, text: str) -> None:
        """Show an address in one piece, whatever the width: it is copied or clicked."""
        self.console.print(Text(f"      {text}", style="underline"), soft_wrap=True)

    def events(self, types: Iterable[str]) -> None:
        """Show which events arrived, in their order, repeated ones counted."""
        counted: dict[str, int] = {}
        for type in types:
            counted[type] = counted.get(type, 0) + 1
        shown = "  ".join(
            type if times == 1 else f"{type} ×{times}" for type, times in counted.items()
        )
        if shown:
            self.console.print(Padding(Text(f"⚡ {shown}", style="dim"), (0, 0, 0, 4)))

    def table(self, headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
        for heading in headings:
            table.add_column(heading, justify="right" if heading == "charged" else "left")
        for row in rows:
            table.add_row(*row)
        self.console.print(Padding(table, (0, 0, 0, 6)))

    def _line(self, mark: str, text: str, style: str) -> None:
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=1)
        grid.add_column()
        grid.add_row(Text(mark, style=style), Text(text, style="" if mark == "→" else style))
        self.console.print(Padding(grid, (0, 0, 0, 4)))


def day(second: int) -> str:
    """Return a second as a day in words."""
    return f"{datetime.fromtimestamp(second, UTC):%d %b %Y}"


def dollars(amount: int) -> str:
    """Return minor units of US dollars as people write them."""
    sign = "-" if amount < 0 else ""
    return f"{sign}${abs(amount) // 100}.{abs(amount) % 100:02d}"
