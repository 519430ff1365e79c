"""The documentation tells the truth: every example runs, in its order, and prints what it says."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from docs.pages import ADDRESS, DOCS, PRELUDE, ROOT, Block, blocks, output_of, pages, runs
from prorata.testing import RunningServer
from servers import running

LONGEST_SECONDS = 300


@pytest.fixture
def fresh_server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


@pytest.fixture(autouse=True)
def unchanged_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring back, after each page, what it sets of the SDK's own module."""
    for name in ("api_key", "api_base", "upload_api_base"):
        monkeypatch.setattr(stripe, name, getattr(stripe, name))


@pytest.fixture(autouse=True)
def deadline() -> Iterator[None]:
    """End a page that waits for what never comes."""

    def give_up(*_: object) -> None:
        pytest.fail(f"The page did not come to its end within {LONGEST_SECONDS} seconds.")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LONGEST_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def run(block: Block, names: dict[str, Any], url: str) -> list[str]:
    """Run a Python block among the names of its page and return the lines it printed."""
    # Empty lines before it make tracebacks point into the page.
    source = "\n" * (block.line - 1) + block.text.replace(ADDRESS, url)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, str(block.page), "exec"), names)
    return printed.getvalue().splitlines()


def each_page() -> list[Any]:
    found = []
    for page in pages():
        # What is no part of the API (time, snapshots, settings) has no shape in the SDK.
        beyond = "raw_request" in page.read_text()
        marks = [pytest.mark.any_shape("development endpoints")] if beyond else []
        found.append(pytest.param(page, id=str(page.relative_to(ROOT)), marks=marks))
    return found


@pytest.mark.parametrize("page", each_page())
def test_a_page_runs_and_prints_what_it_says(page: Path, fresh_server: RunningServer) -> None:
    names: dict[str, Any] = {"__name__": "page"}
    if page != PRELUDE:
        for block in filter(runs, blocks(PRELUDE)):
            run(block, names, fresh_server.url)
    found = blocks(page)
    for block, following in zip(found, [*found[1:], None], strict=True):
        if not runs(block):
            continue
        printed = run(block, names, fresh_server.url)
        expected = output_of(block, following)
        if expected is not None:
            expected = [line.replace(ADDRESS, fresh_server.url) for line in expected]
            assert printed == expected, f"{block.name} prints something else"


def with_info(info: str) -> list[Block]:
    return [
        block
        for page in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
        for block in blocks(page)
        if block.info == info
    ]


@pytest.mark.parametrize("block", with_info("python test"), ids=lambda block: block.name)
def test_a_test_that_a_page_shows_passes(block: Block, tmp_path: Path) -> None:
    (tmp_path / "test_page.py").write_text(block.text)
    without = ["-p", "no:cacheprovider", "-p", "no:schemathesis"]
    command = [sys.executable, "-m", "pytest", "-q", *without, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl to run")
@pytest.mark.parametrize("block", with_info("sh curl"), ids=lambda block: block.name)
def test_a_request_that_a_page_shows_is_answered(
    block: Block, fresh_server: RunningServer
) -> None:
    fresh_server.system.clock.move_to(fresh_server.system.clock.now())
    script = "curl() { command curl --silent --show-error --fail-with-body \"$@\"; }\nset -e\n"
    script += block.text.replace(ADDRESS, fresh_server.url)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
