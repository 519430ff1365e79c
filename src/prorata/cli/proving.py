"""Proving: `prorata doctor` shows what was checked and what does not hold."""

from rich.console import Console
from rich.text import Text

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
    for each in checks:
        good = not each.findings
        mark = ("✓", "green") if good else ("✗", "bold red")
        looked_at = f"  {each.looked_at:,} looked at" if each.looked_at else ""
        console.print(Text.assemble(mark, "  ", each.name, (looked_at, "dim")))
        for finding in each.findings[:SHOWN_FINDINGS]:
            console.print(Text.assemble("     ", (finding.id, "bold"), f"  {finding.problem}"))
        if len(each.findings) > SHOWN_FINDINGS:
            console.print(Text(f"     and {len(each.findings) - SHOWN_FINDINGS} more", "dim"))
    failed = sum(bool(each.findings) for each in checks)
    console.print()
    console.print(
        Text("The books balance.", "bold green")
        if not failed
        else Text(f"{failed} of {len(checks)} checks failed.", "bold red")
    )
    if failed:
        raise SystemExit(1)
