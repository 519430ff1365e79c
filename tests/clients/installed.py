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
# Why a registry gave nothing: the tests after it need not wait for that again.
_UNREACHABLE: dict[str, str] = {}


def npm_package(*specs: str) -> Path:
    """Return the node_modules directory that holds npm packages such as `stripe@23.1.0`.

    Skips the test where Node or npm is missing, or the registry cannot be reached.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    place = CACHE / "npm" / "&".join(specs).replace("/", "+")

    def install(target: Path) -> list[str]:
        (target / "package.json").write_text('{"private": true}')
        return [
            "npm", "install", "--no-audit", "--no-fund", "--fetch-retries=1",
            "--fetch-retry-mintimeout=1000", "--prefix", str(target), *specs,
        ]  # fmt: skip

    _install_once("npm", place, install)
    return place / "node_modules"


def python_package(spec: str) -> Path:
    """Return a directory that holds a Python package such as `stripe==9.12.0`.

    What it needs is here for the newest of them. Little of it is used: it is not compiled whole.
    Skips the test where the registry cannot be reached.
    """
    place = CACHE / "python" / spec
    _install_once(
        "pip",
        place,
        lambda target: [
            sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--retries", "1", "--timeout", "15", "--no-deps", "--no-compile",
            "--target", str(target), spec,
        ],
    )  # fmt: skip
    return place


def _install_once(registry: str, place: Path, command: Callable[[Path], list[str]]) -> None:
    """Install into a directory that takes its place only when it is whole."""
    if place.exists():
        return
    if registry in _UNREACHABLE:
        pytest.skip(_UNREACHABLE[registry])
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
            lines = (done.stderr + done.stdout).splitlines()
            said = next((each for each in lines if "error" in each.lower()), "no reason given")
            why = f"{place.name} could not be installed: {said}"
            _UNREACHABLE[registry] = why
            pytest.skip(why)
        partial.rename(place)


@contextmanager
def _lock(place: Path) -> Iterator[None]:
    """Let one process at a time install."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place.parent / f".{place.name}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
