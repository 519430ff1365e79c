"""Report: the lines that were measured, as a table to read and as figures to draw."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.load import Figures


@dataclass(slots=True)
class Line:
    """One thing measured. per_second, beside: rates; p50, p99: milliseconds.

    key: how pictures and later runs name it. value: what is no rate, with its unit. note: what
    `beside` is, or what went wrong.
    """

    key: str
    what: str
    per_second: float | None = None
    p50: float | None = None
    p99: float | None = None
    value: str = ""
    beside: float | None = None
    note: str = ""


@dataclass(slots=True)
class Report:
    """The lines of one database or peer."""

    title: str
    lines: list[Line] = field(default_factory=list)
    # Each line is shown when it is known: a whole run takes a while.
    console: Console | None = None

    def add(self, line: Line) -> None:
        self.lines.append(line)
        if self.console is not None:
            self.console.print(f"  [dim]{line.what}: {_figure(line)}[/dim]")

    def rate(
        self, key: str, what: str, figures: Figures, beside: float | None = None, note: str = ""
    ) -> None:
        """Add what a run of requests measured."""
        if figures.failed:
            note = f"{figures.failed} FAILED"
        self.add(
            Line(
                key, what, figures.per_second, figures.p50, figures.p99, beside=beside, note=note
            )
        )

    def print(self, console: Console) -> None:
        table = Table(box=None, header_style="bold", pad_edge=False, title_justify="left")
        table.title = self.title
        for heading in ("what", "figure", "p50", "p99", "beside"):
            left = heading in ("what", "beside")
            table.add_column(heading, justify="left" if left else "right", no_wrap=True)
        for line in self.lines:
            beside = line.note
            if line.beside is not None and line.per_second is not None:
                share = line.per_second / line.beside
                beside = f"{line.beside:,.0f}/s {line.note} ({share:.0%})"
            table.add_row(
                line.what, _figure(line), _milliseconds(line.p50), _milliseconds(line.p99), beside
            )
        console.print(table)
        console.print()


def write(reports: list[Report], path: str) -> None:
    """Write the figures as JSON, beside those of other databases that stand there already."""
    file = Path(path)
    known: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    for report in reports:
        lines = known.setdefault(report.title, {})
        lines.update({line.key: asdict(line) for line in report.lines})
    file.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")


def _figure(line: Line) -> str:
    return line.value if line.per_second is None else f"{line.per_second:,.0f}/s"


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} ms"
