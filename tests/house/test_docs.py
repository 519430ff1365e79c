"""The documentation keeps up: commands, their options, the table of operations, and links."""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cyclopts import App

from docs.pages import DOCS, ROOT, blocks
from prorata.cli.main import app

EXAMPLES = ROOT / "examples"
PAGES = [
    ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")),
    EXAMPLES / "README.md", *sorted(EXAMPLES.glob("*/README.md")),
]  # fmt: skip
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def commands(of: App = app, path: tuple[str, ...] = ("prorata",)) -> Iterator[tuple[str, App]]:
    """Yield every command that does something, with its name as it is typed."""
    for name in of:
        if name.startswith("-"):
            continue
        command = of[name]
        if command.default_command is not None:
            yield " ".join((*path, name)), command
        yield from commands(command, (*path, name))


def sections() -> dict[str, str]:
    _, *parts = re.split(r"^## ", (DOCS / "commands.md").read_text(), flags=re.MULTILINE)
    return {part.partition("\n")[0].strip(): part for part in parts}


@pytest.mark.parametrize(("name", "command"), [
    pytest.param(name, command, id=name) for name, command in commands()
])
def test_a_command_is_documented_with_its_options(name: str, command: App) -> None:
    section = sections().get(name)
    assert section is not None, f"docs/commands.md has no section `## {name}`"
    # What several commands share is one argument without a name: "*".
    names = [each for one in command.assemble_argument_collection() for each in one.names]
    options = {each for each in names if each != "*"}
    missing = {option for option in options if f"`{option}`" not in section}
    assert not missing, f"docs/commands.md: `{name}` does not tell of {sorted(missing)}"
    named = {each for each in re.findall(r"`(--[a-z-]+)`", section) if each not in options}
    assert not named, f"docs/commands.md: `{name}` has no {sorted(named)}"


def test_what_is_documented_is_a_command() -> None:
    assert sections().keys() <= dict(commands()).keys()


def command_lines() -> list[Any]:
    found = []
    for page in PAGES:
        for block in blocks(page):
            lines = block.text.replace("\\\n", " ").splitlines() if block.info == "sh" else []
            for line in lines:
                if line.startswith("prorata "):
                    found.append(pytest.param(line, id=f"{page.name}: {line}"))
    return found


@pytest.mark.parametrize("line", command_lines())
def test_a_command_line_of_a_page_is_understood(line: str) -> None:
    command = shlex.split(line.partition(" > ")[0])
    app.parse_args(command[1:], print_error=False, exit_on_error=False)


def test_the_table_of_operations_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "api_table.py"))["table"]()
    assert (DOCS / "api.md").read_text() == made, "run `python scripts/api_table.py`"


def anchors(page: Path) -> set[str]:
    """Return what the headings of a page are called in links."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", each).strip().lower().replace(" ", "-") for each in plain}


def broken_links(page: Path) -> Iterator[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists():
            yield f"{target}: there is no such file"
        elif anchor and anchor not in anchors(there):
            yield f"{target}: {there.name} has no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert list(broken_links(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_a_page_names_exist(page: Path) -> None:
    named = set(re.findall(r"`([\w./]+/\w+\.py)`", page.read_text()))
    places = (ROOT, ROOT / "src" / "prorata")
    missing = {each for each in named if not any((place / each).exists() for place in places)}
    assert not missing, f"{page.name} names {sorted(missing)}"


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text()
    pages = {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


def test_no_page_names_a_place_of_one_machine() -> None:
    places = re.compile(r"(?<![\w.])/(?:work|tmp|home|root)/")
    assert [page.name for page in PAGES if places.search(page.read_text())] == []
