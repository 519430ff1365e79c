"""The demo, as a person starts it: a story in the terminal, and the shop in the browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import stripe

from prorata.testing import running

PATIENCE_SECONDS = 120
DEMO = [sys.executable, "-m", "prorata.cli.main", "demo"]


def test_the_demo_opens_the_shop_with_the_story_in_it(tmp_path: Path) -> None:
    pytest.importorskip("flask", reason="the shop needs Flask")
    database = f"sqlite:///{tmp_path}/demo.db"
    command = [*DEMO, "flat-rate", "--port", "0", "--shop-port", "0", "--database", database]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    printed = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as demo:
        assert demo.stdout is not None
        try:
            for line in demo.stdout:
                printed += line
                if "Ctrl-C" in line:
                    break
            [shop] = re.findall(r"Sample shop\W+(http://\S+)", printed)
            [story] = re.findall(r"Story in the shop +(http://\S+)", printed)
            home, account = read(shop), read(story)
        finally:
            demo.send_signal(signal.SIGTERM)
            assert demo.wait(PATIENCE_SECONDS) == 0
    assert "Your photos" in home
    assert 'value="ada@example.com"' in account
    with pytest.raises(OSError):
        read(shop)


INTERRUPTED = """
import signal, threading
from prorata.cli.serving import start_dev
from prorata.server.settings import Settings

signal.signal(signal.SIGALRM, signal.default_int_handler)
running = start_dev(Settings(database="sqlite://", port=0))
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    running.wait()
except KeyboardInterrupt:
    running.stop()
print([each.name for each in threading.enumerate()])
"""


def test_an_interrupted_server_has_ended_before_its_books_are_closed() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "prorata-server" not in ended.stdout
    assert "MainThread" in ended.stdout


def read(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as asked:
        return str(asked.read().decode())


def test_stories_are_listed_and_others_refused() -> None:
    listed = subprocess.run([*DEMO, "list"], capture_output=True, text=True, check=True).stdout
    assert "prorata demo freemium" in listed
    refused = subprocess.run([*DEMO, "fairy-tale"], capture_output=True, text=True)
    assert refused.returncode == 1
    assert "there is no story 'fairy-tale'" in refused.stderr


def test_a_demo_deletes_the_files_of_a_demo_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prorata.cli.demo import _begin_anew, dress
    from prorata.model.errors import Refused

    (tmp_path / "letter.txt").write_text("Dear Sir or Madam,")
    books = f"sqlite:///{tmp_path}/books.db"
    with running(books) as server:
        urllib.request.urlopen(f"{server.url}/_prorata/snapshots", b"name=start").close()
    for url in (books, f"sqlite:///{tmp_path}/letter.txt"):
        there = sorted(each.name for each in tmp_path.iterdir())
        with pytest.raises(Refused, match="is of no demo"):
            _begin_anew(url)
        assert sorted(each.name for each in tmp_path.iterdir()) == there
    with running(books) as server:
        dress(stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}))
    (tmp_path / "books.db.copy").write_text("Of somebody else")
    monkeypatch.chdir(tmp_path)
    there = sorted(each.name for each in tmp_path.iterdir())
    _begin_anew("sqlite:///")
    assert sorted(each.name for each in tmp_path.iterdir()) == there
    _begin_anew(books)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["books.db.copy", "letter.txt"]
