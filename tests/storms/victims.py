"""Victims: processes that are started, watched until they are at work, and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

PROCESS = Path(__file__).with_name("process.py")
START_SECONDS = 120
END_SECONDS = 60
# Read by everybody here, so it keeps nothing secret.
SECRETS = {"PRORATA_SECRET_KEYS": "cHJvcmF0YS10ZXN0cy1vbmx5LWtleS0wMDAwMDAwMDA="}


class Victim:
    """One process of the real command, with its clock so many seconds ahead.

    lease: after how many seconds another worker takes up what it had in hand; 0: as in production.
    under: what its command begins with, where it is watched.
    """

    def __init__(
        self, command: Sequence[str], ahead: int = 0, under: Sequence[str] = (), lease: int = 0
    ) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [*under, sys.executable, str(PROCESS), str(ahead), str(lease), *command],
            stdout=subprocess.PIPE, stderr=self._log, env=os.environ | SECRETS,
        )  # fmt: skip
        self.started_at = time.monotonic()

    def wait_until_at_work(self) -> None:
        """Return when the process has said that it works; it says so in its first line."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a process did not start:\n{self.said()}")
        self.started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def stand_still(self) -> None:
        """Let it do nothing more; it can still be killed."""
        if self.alive:
            self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> float:
        """Kill it without a word; return how many seconds it has worked."""
        worked = time.monotonic() - self.started_at
        if not self.alive:
            code = self._process.returncode
            raise RuntimeError(f"a process ended with {code} before it was killed:\n{self.said()}")
        self._process.send_signal(signal.SIGKILL)
        self._end()
        return worked

    def stop(self) -> None:
        """Let it end as an operator would."""
        if self.alive:
            self._process.terminate()
        self._end()

    def said(self) -> str:
        """Return the end of what it wrote to its log."""
        if self._log.closed:
            return ""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-4_000:]

    def _end(self) -> None:
        self._process.wait(END_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()
