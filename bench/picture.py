"""The command `python -m bench picture`: draws the figures of a run as one SVG."""

from __future__ import annotations

import argparse
import itertools
import json
import math
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

INK, QUIET, FAINT, PAPER = "#1c2230", "#6b7385", "#e3e6ee", "#ffffff"
COLOURS = {"sqlite": "#3b5bdb", "postgresql": "#12886f", "localstripe": "#d9740b"}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "localstripe": "localstripe"}
WIDTH, LEFT, RIGHT = 960, 40, 920
LABELS = 250
ROW = 38
NUMBER_WIDTH = 38
STYLE = (
    "text{font-family:Inter,'Segoe UI',system-ui,-apple-system,'Helvetica Neue',Arial,sans-serif;"
    f"fill:{INK};font-size:13px;font-variant-numeric:tabular-nums}}"
    ".title{font-size:22px;font-weight:650}.head{font-size:15px;font-weight:650}"
    f".quiet{{fill:{QUIET};font-size:12px}}.end{{text-anchor:end}}.mid{{text-anchor:middle}}"
)
OPERATIONS = (
    ("retrieve", "retrieve a customer"),
    ("list", "list 100 customers"),
    ("search_email", "search by e-mail"),
    ("search_metadata", "search by metadata"),
    ("create", "create a customer"),
    ("subscribe", "create a paid subscription"),
)
FLAT = (
    ("retrieve", "retrieve"),
    ("list", "list 100"),
    ("deep", "list 100, deep"),
    ("search_email", "search e-mail"),
    ("search_metadata", "search metadata"),
    ("search_status", "search status"),
)
Figures = dict[str, dict[str, dict[str, Any]]]


def main(arguments: list[str]) -> None:
    """Draw the figures that `python -m bench --figures` has written."""
    parser = argparse.ArgumentParser(prog="python -m bench picture", description=__doc__)
    parser.add_argument("figures", help="the JSON that --figures wrote")
    parser.add_argument("picture", help="the SVG to write")
    options = parser.parse_args(arguments)
    Path(options.picture).write_text(draw(json.loads(Path(options.figures).read_text())))
    print(f"wrote {options.picture}")


def draw(figures: Figures) -> str:
    """Return the picture: rates on a scale of tens, medians at both sizes, renewals."""
    canvas = Canvas()
    canvas.text(LEFT, 48, "Prorata, measured", "title")
    canvas.text(
        LEFT, 70, "One process on two shared cores, asked over one connection by a client on the"
        " same machine.", "quiet",
    )  # fmt: skip
    y = _rates(canvas, figures, 112)
    y = _medians(canvas, figures, y + 52)
    if any(_renewals(figures)):
        y = _renewal_bars(canvas, figures, y + 56)
    return canvas.svg(y + 28)


class Canvas:
    """What has been drawn so far."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def text(self, x: float, y: float, words: str, style: str = "", fill: str = "") -> None:
        colour = f' style="fill:{fill}"' if fill else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" class="{style}"{colour}>{escape(words)}</text>'
        )

    def line(
        self, x: float, y: float, x2: float, y2: float, stroke: str, width: float = 1.0
    ) -> None:
        self._parts.append(
            f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}"'
            f' stroke-width="{width}" stroke-linecap="round"/>'
        )

    def dot(self, x: float, y: float, colour: str, hollow: bool = False, r: float = 5.5) -> None:
        paint = f'fill="{PAPER}" stroke="{colour}" stroke-width="1.8"' if hollow else (
            f'fill="{colour}" stroke="{PAPER}" stroke-width="1.5"'
        )  # fmt: skip
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" {paint}/>')

    def bar(
        self, x: float, y: float, width: float, height: float, colour: str, hollow: bool = False
    ) -> None:
        paint = f'fill="none" stroke="{colour}" stroke-width="1.4"' if hollow else (
            f'fill="{colour}"'
        )  # fmt: skip
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3"'
            f" {paint}/>"
        )

    def svg(self, height: float) -> str:
        label = "Prorata's rates beside bare servers and localstripe, its medians at ten thousand"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}"'
            f' role="img" aria-label="{label} and at a million customers, and its renewals.">'
            f"<style>{STYLE}</style>"
            f'<rect width="{WIDTH}" height="{height:.0f}" rx="10" fill="{PAPER}"'
            f' stroke="{FAINT}"/>\n' + "\n".join(self._parts) + "\n</svg>\n"
        )


def _rates(canvas: Canvas, figures: Figures, top: float) -> float:
    canvas.text(LEFT, top, "Requests per second", "head")
    stored = f"{_stored(figures)[1]:,} customers stored; localstripe with 1,000"
    canvas.text(LEFT, top + 19, f"{stored}; each line of the grid is ten times the last", "quiet")
    _legend(canvas, top)
    begin, end, least, most = LEFT + LABELS, RIGHT - 20, 0.5, math.log10(20_000)

    def place(rate: float) -> float:
        return begin + (math.log10(rate) - least) / (most - least) * (end - begin)

    y = top + 58
    bottom = y + ROW * (len(OPERATIONS) - 1) + 18
    for power in (1, 2, 3, 4):
        x = place(10**power)
        canvas.line(x, y - 18, x, bottom, FAINT)
        canvas.text(x, bottom + 17, f"{10**power:,}", "quiet mid")
    for key, words in OPERATIONS:
        canvas.text(begin - 22, y + 4.5, words, "end")
        marks = _marks(figures, key)
        if marks:
            rates = [rate for _, rate, _ in marks]
            canvas.line(place(min(rates)), y, place(max(rates)), y, FAINT, 2)
        for kind, rate, hollow in marks:
            canvas.dot(place(rate), y, COLOURS.get(kind, QUIET), hollow)
        _numbers(canvas, y - 10, [(place(rate), rate) for _, rate, hollow in marks if not hollow])
        y += ROW
    return bottom + 17


def _numbers(canvas: Canvas, y: float, dots: list[tuple[float, float]]) -> None:
    """Write rates above their dots, the last ones first, where they leave each other room."""
    written: list[float] = []
    for x, rate in reversed(dots):
        if all(abs(x - other) > NUMBER_WIDTH for other in written):
            canvas.text(x, y, f"{_rounded(rate):,}", "quiet mid")
            written.append(x)


def _marks(figures: Figures, key: str) -> list[tuple[str, float, bool]]:
    """Return (who, rate, whether it is a ceiling) for an operation, ceilings first."""
    marks = []
    for kind in ("localstripe", "postgresql", "sqlite"):
        lines = figures.get(kind, {})
        line = lines.get(key) or lines.get(f"{key}@{_stored(figures)[1]}")
        if line and line["per_second"]:
            marks.append((kind, line["per_second"], False))
            if line["beside"]:
                marks.insert(0, (kind, line["beside"], True))
    return marks


def _legend(canvas: Canvas, y: float) -> None:
    # With the widths of the words, roughly: fonts differ.
    entries = [("", "the same bytes or rows without Prorata", 236), ("sqlite", "SQLite", 40),
               ("postgresql", "PostgreSQL", 66), ("localstripe", "localstripe", 60)]  # fmt: skip
    x = RIGHT - 12 - sum(width + 36 for _, _, width in entries) + 36
    for kind, words, width in entries:
        canvas.dot(x - 11, y - 4, COLOURS.get(kind, QUIET), not kind, 4.5)
        canvas.text(x, y, words, "quiet")
        x += width + 36


def _stored(figures: Figures) -> tuple[int, int]:
    """Return the sizes of the smallest and the largest book that was read."""
    sizes = {
        int(key.partition("@")[2])
        for lines in figures.values()
        for key in lines
        if key.startswith("retrieve@")
    }
    return (min(sizes), max(sizes)) if sizes else (0, 0)


def _medians(canvas: Canvas, figures: Figures, top: float) -> float:
    small, large = _stored(figures)
    canvas.text(LEFT, top, "Flat: the median answer, in milliseconds", "head")
    canvas.text(LEFT, top + 19, f"with {small:,} and with {large:,} customers stored", "quiet")
    y, height = top + 52, 190
    kinds = [kind for kind in ("sqlite", "postgresql") if f"retrieve@{small}" in
             figures.get(kind, {})]  # fmt: skip
    for place, kind in enumerate(kinds):
        begin = LEFT + 60 + place * (RIGHT - LEFT) / 2
        _slopes(canvas, figures[kind], kind, (small, large), (begin, y, begin + 190, y + height))
    return y + height + 30


def _slopes(
    canvas: Canvas,
    lines: dict[str, dict[str, Any]],
    kind: str,
    sizes: tuple[int, int],
    box: tuple[float, float, float, float],
) -> None:
    left, top, right, bottom = box
    pairs = [
        (words, lines[f"{key}@{sizes[0]}"]["p50"], lines[f"{key}@{sizes[1]}"]["p50"])
        for key, words in FLAT
        if f"{key}@{sizes[0]}" in lines and f"{key}@{sizes[1]}" in lines
    ]
    most = max(max(a, b) for _, a, b in pairs) * 1.12
    scale = (bottom - top) / most
    canvas.text(left - 42, top - 8, NAMES[kind], "", COLOURS[kind])
    for x, size in ((left, sizes[0]), (right, sizes[1])):
        canvas.line(x, top, x, bottom, FAINT, 1.5)
        canvas.text(x, bottom + 18, f"{size:,}", "quiet mid")
    canvas.line(left, bottom, right, bottom, FAINT, 1.5)
    canvas.text(left - 10, bottom + 4, "0", "quiet end")
    ends = _apart([bottom - b * scale for _, _, b in pairs], 15)
    for (words, before, after), label in zip(pairs, ends, strict=True):
        first, last = bottom - before * scale, bottom - after * scale
        canvas.line(left, first, right, last, COLOURS[kind], 2)
        canvas.dot(left, first, COLOURS[kind], r=4)
        canvas.dot(right, last, COLOURS[kind], r=4)
        canvas.line(right + 7, last, right + 20, label, FAINT)
        canvas.text(right + 25, label + 4.5, f"{after:.2f}")
        canvas.text(right + 58, label + 4.5, words, "quiet")


def _apart(places: list[float], gap: float) -> list[float]:
    """Return the places of labels, moved until none touches the next."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    for _ in range(60):
        for one, other in itertools.pairwise(order):
            overlap = gap - (moved[other] - moved[one])
            if overlap > 0.01:
                moved[one] -= overlap / 2
                moved[other] += overlap / 2
    return moved


def _renewals(figures: Figures) -> list[tuple[str, str, dict[str, Any]]]:
    """Return (database, words, line) of each run of renewals."""
    return [
        (kind, line["what"], line)
        for kind in ("sqlite", "postgresql")
        for key, line in sorted(figures.get(kind, {}).items())
        if key.startswith("renewals@")
    ]


def _renewal_bars(canvas: Canvas, figures: Figures, top: float) -> float:
    canvas.text(LEFT, top, "Renewals per second", "head")
    canvas.text(
        LEFT, top + 19, "everything included, beside hand-made statements that write the same rows",
        "quiet",
    )  # fmt: skip
    runs = _renewals(figures)
    most = max(max(line["per_second"], line["beside"] or 0) for _, _, line in runs)
    begin, y = LEFT + LABELS, top + 44
    scale = (RIGHT - 120 - begin) / most
    for kind, words, line in runs:
        rate, beside = line["per_second"], line["beside"]
        canvas.text(begin - 22, y + 15, words, "end")
        canvas.bar(begin, y + 2, rate * scale, 18, COLOURS[kind])
        canvas.text(begin + rate * scale + 8, y + 15.5, f"{_rounded(rate):,}")
        if beside:
            canvas.bar(begin, y + 2, beside * scale, 18, QUIET, hollow=True)
            canvas.text(begin + beside * scale + 8, y + 15.5, f"{_rounded(beside):,}", "quiet")
        y += ROW
    return y


def _rounded(rate: float) -> int:
    """Return a rate with two figures that mean something."""
    step = 10 ** max(len(str(int(rate))) - 2, 0)
    return round(rate / step) * step
