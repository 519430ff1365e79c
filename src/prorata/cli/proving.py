"""Proving: `prorata doctor` shows what was checked and what does not hold."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from prorata.engine.doctor import Check

SHOWN_FINDINGS = 20


def run_doctor(database: str, *, retry: bool) -> None:
    """Check the books of a database; exit with 1 when something does not hold."""
    from prorata.engine.doctor import examine
    from prorata.server.assemble import assemble
    from prorata.server.settings import Settings
    from prorata.store.due import retry_set_aside

    server = assemble(Settings(database=database, dev=False, worker=False))
    console = Console(highlight=False)
    try:
        if retry:
            count = server.system.database.write(retry_set_aside)
            console.print(f"{count} documents are in the queue again.")
        checks = examine(server.system)
    finally:
        server.close()
    console.print(_told(checks))
    failed = sum(bool(each.findings) for each in checks)
    console.print()
    console.print(
        Text("The books balance.", "bold green")
        if not failed
        else Text(f"{failed} of {len(checks)} checks failed.", "bold red")
    )
    if failed:
        raise SystemExit(1)


def _told(checks: "list[Check]") -> Table:
    """Return a line for each check, those that failed last: next to how many they are."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(no_wrap=True, justify="right", style="dim")
    for each in sorted(checks, key=lambda each: bool(each.findings)):
        told = Text(each.name)
        for finding in each.findings[:SHOWN_FINDINGS]:
            told.append_text(Text.assemble("\n", (finding.id, "bold"), f"  {finding.problem}"))
        if len(each.findings) > SHOWN_FINDINGS:
            told.append(f"\nand {len(each.findings) - SHOWN_FINDINGS} more", "dim")
        mark = Text("✗", "bold red") if each.findings else Text("✓", "green")
        table.add_row(mark, told, f"{each.looked_at:,} looked at" if each.looked_at else "")
    return table
