"""Stripe CLI: the official command line, pointed at a server of ours."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clients.installed import npm_package

CLI = "@stripe/cli@1.52.0"
RUN_SECONDS = 180


@dataclass(frozen=True)
class Finished:
    """What a command left: its exit code and all that it printed."""

    code: int
    output: str
    said: str

    @property
    def json(self) -> Any:
        # Some commands say first what they are about to do.
        return json.loads(self.output[self.output.index("{") :])


class StripeCli:
    """The CLI with a home of its own, so that nobody's login and settings matter."""

    def __init__(self, home: Path, url: str, key: str) -> None:
        modules = npm_package(CLI)
        found = sorted(modules.glob("@stripe/cli-*/bin/stripe*"))
        self._program = str(found[0] if found else modules / ".bin" / "stripe")
        self._home = home
        self._access = ["--api-base", url, "--api-key", key]
        self._environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
        }

    def run(self, *arguments: str, **environment: str) -> Finished:
        """Run a command to its end."""
        done = subprocess.run(
            [self._program, *arguments, *self._access],
            capture_output=True,
            text=True,
            env={**self._environment, **environment},
            timeout=RUN_SECONDS,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stdout + done.stderr)

    @contextmanager
    def running(self, *arguments: str) -> Iterator[Path]:
        """Run a command for the length of a `with` block; give the file that it prints to."""
        number, name = tempfile.mkstemp(".txt", dir=self._home)
        printed = Path(name)
        with open(number, "w") as output:
            process = subprocess.Popen(
                [self._program, *arguments, *self._access],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
            )
        try:
            yield printed
        finally:
            process.terminate()
            process.wait(RUN_SECONDS)
