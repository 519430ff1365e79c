"""An SQLite file that goes away under a server: nothing is written to nowhere."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import servers

from .test_outages import NOW, alone, names, post


def deleted(file: Path) -> None:
    file.unlink()


def moved(file: Path) -> None:
    file.rename(file.with_suffix(".moved"))


def replaced(file: Path) -> None:
    shutil.copy(file, file.with_suffix(".copy"))
    file.with_suffix(".copy").rename(file)


@alone
@pytest.mark.parametrize("lose", [deleted, moved, replaced])
def test_what_would_be_lost_is_not_answered(
    database_url: str, lose: Callable[[Path], None], capfd: pytest.CaptureFixture[str]
) -> None:
    file = Path(database_url.removeprefix("sqlite:///"))
    kept = file.with_suffix(".kept")
    kept.hardlink_to(file)
    with servers.running(database_url, worker=False, now=NOW) as server:
        assert post(server, "products", {"name": "Before"})[0] == 200
        lose(file)
        for _ in range(2):
            status, body, again = post(server, "products", {"name": "Never"})
            assert (status, again) == (503, "true"), body
        assert "is not there any more, or is another one" in capfd.readouterr().err
        # Who has not read yet makes no empty file there.
        failures: list[BaseException] = []

        def look() -> None:
            try:
                server.system.database.read(lambda connection: connection.query("SELECT 1"))
            except BaseException as failure:
                failures.append(failure)

        reader = threading.Thread(target=look)
        reader.start()
        reader.join()
        assert len(failures) == 1 and file.exists() == (lose is replaced)
        # It is put back, and all goes on.
        kept.replace(file)
        assert post(server, "products", {"name": "After"})[0] == 200
        assert names(server) == ["After", "Before"]


@alone
@pytest.mark.parametrize("part", ["-wal", "-shm"])
def test_what_is_written_to_a_log_that_is_gone_is_not_answered(
    database_url: str, part: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with servers.running(database_url, worker=False, now=NOW) as server:
        assert post(server, "products", {"name": "Before"})[0] == 200
        Path(database_url.removeprefix("sqlite:///") + part).unlink()
        for _ in range(2):
            status, body, again = post(server, "products", {"name": "Never"})
            assert (status, again) == (503, "true"), body
        assert f"{part} is not there any more, or is another one" in capfd.readouterr().err
        assert names(server) == ["Before"]
    # Who ends in order leaves nothing behind in it. (Ids of two servers have the order of seconds.)
    with servers.running(database_url, worker=False, now=NOW + 1) as server:
        assert post(server, "products", {"name": "After"})[0] == 200
        assert names(server) == ["After", "Before"]
