"""Pages: the documentation read as its blocks of code, each with its place and what it prints."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PRELUDE = DOCS / "README.md"
"""The page whose Python blocks stand before those of every other page."""

ADDRESS = "http://127.0.0.1:4242"
"""The address that pages write; it is replaced by that of the server they run against."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: what its fence says, its text, and the line on which the text begins."""

    page: Path
    line: int
    info: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in their order."""
    found: list[Block] = []
    opened: tuple[int, str, list[str]] | None = None
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        if opened is not None and line.strip() == "```":
            start, info, lines = opened
            found.append(Block(page, start + 1, info, "\n".join(lines) + "\n"))
            opened = None
        elif opened is not None:
            opened[2].append(line)
        elif line.startswith("```"):
            opened = (number, line.removeprefix("```").strip(), [])
    assert opened is None, f"{page}: a block is not closed"
    return found


def output_of(block: Block, following: Block | None) -> list[str] | None:
    """Return the lines that a block says it prints, None when it says nothing.

    They stand in a `text` block right after it, or behind each `print(` as a comment.
    """
    if following is not None and following.info == "text":
        between = following.line - block.line - block.text.count("\n")
        if between <= 3:
            return following.text.splitlines()
    comments = list(_comments_of_prints(block.text))
    return comments or None


def _comments_of_prints(source: str) -> Iterator[str]:
    printing = False
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME and token.string == "print":
            printing = True
        elif token.type == tokenize.COMMENT and printing:
            yield token.string.removeprefix("#").strip()
        elif token.type == tokenize.NEWLINE:
            printing = False


def pages() -> list[Path]:
    """Return the pages that have Python to run: all of the documentation, and the README."""
    every = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    return [page for page in every if any(runs(block) for block in blocks(page))]


def runs(block: Block) -> bool:
    return block.info == "python"
