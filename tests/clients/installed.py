"""Installed: packages of other languages and other times, put into a cache when a test asks."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CACHE = Path(
    os.environ.get("PRORATA_TEST_CLIENTS")
    or Path(__file__).resolve().parents[2] / ".prorata" / "clients"
)
INSTALL_SECONDS = 300


def npm_package(spec: str, name: str | None = None) -> Path:
    """Return the node_modules directory that holds an npm package such as `stripe@23.1.0`.

    Skips the test where Node or npm is missing, or the registry cannot be reached.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    place = CACHE / "npm" / spec.replace("/", "+")

    def install(target: Path) -> list[str]:
        (target / "package.json").write_text('{"private": true}')
        return ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(target), spec]

    _install_once(place, install)
    return place / "node_modules"


def python_package(spec: str) -> Path:
    """Return a directory that holds a Python package such as `stripe==9.12.0` and what it needs.

    Skips the test where the registry cannot be reached.
    """
    place = CACHE / "python" / spec
    _install_once(
        place,
        lambda target: [
            sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--target", str(target), spec,
        ],
    )  # fmt: skip
    return place


def _install_once(place: Path, command: Callable[[Path], list[str]]) -> None:
    """Install into a directory that takes its place only when it is whole."""
    if place.exists():
        return
    with _lock(place):
        if place.exists():
            return
        partial = place.with_name(place.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        done = subprocess.run(
            command(partial), capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
        if done.returncode:
            lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
            pytest.skip(f"{place.name} could not be installed: {lines[-1] if lines else '?'}")
        partial.rename(place)


@contextmanager
def _lock(place: Path) -> Iterator[None]:
    """Let one process at a time install."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place.parent / f".{place.name}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
