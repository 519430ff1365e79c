"""What keeps a command from beginning is said in one sentence, and leaves nothing behind."""

from __future__ import annotations

import os
import shlex
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from databases import POSTGRES, postgres_database
from prorata.cli.main import app, main
from prorata.model.errors import Refused
from prorata.server.migrate import migrate
from prorata.server.secret_keys import DEV_KEY
from prorata.store.postgres import PATIENCE


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("dev --port 0 --secret-key pk_test_aaaaaaaaaaaaaaaaaaaaaaaa", "a secret key for"),
        ("dev --port 0 --secret-key sk_live_aaaaaaaaaaaaaaaaaaaaaaaa", "is sk_test_ and 24"),
        ("dev --port 0 --secret-key ''", "is sk_test_ and 24"),
        ("dev --port 0 --publishable-key sk_test_aaaaaaaaaaaaaaaaaaaaaaaa", "is pk_test_ and 24"),
        ("dev --port 0 --api-version 1999-01-01", "there is no API version 1999-01-01"),
        ("dev --port 0 --now yesterday", "not a time: yesterday"),
        ("dev --port 0 --now 99999999999999", "no further than the year 2286"),
        ("dev --port 99999", "99999 is no port"),
        ("dev --port 0 --host no.such.host.invalid", "cannot listen on"),
        ("dev --port 0 --database books.db", "not a database: books.db"),
        ("dev --port 0 --database sqlite:///folder", "cannot open the database"),
        ("dev --port 0 --database sqlite:///letter.txt", "file is not a database"),
        ("dev --port 0 --database postgresql://nobody@127.0.0.1:1/none", "Connection refused"),
        ("serve --port 0 --database sqlite://", "in memory"),
        ("serve --port 0 --database sqlite:///none.db", "there is no file none.db"),
        ("serve --port 0 --database sqlite:///none.db --base-url x", "not an address: x"),
        ("worker --database sqlite:///none.db", "prorata migrate"),
        ("doctor --database sqlite:///none.db", "prorata migrate"),
        ("keys list --database sqlite:///none.db", "prorata migrate"),
        ("keys list --database sqlite:///letter.txt", "file is not a database"),
        ("migrate --database sqlite:///letter.txt", "file is not a database"),
        ("migrate --database sqlite:///folder", "unable to open database file"),
        ("simulate --years nan", "lives for some time"),
        ("simulate --years inf", "250 years at most"),
        ("simulate --years 9000", "250 years at most"),
        ("clock advance 12xx", "neither a span nor a time: 12xx"),
        ("clock show --url http://127.0.0.1:1", "no development server answers at"),
        ("clock show --url 127.0.0.1:4242", "unknown url type"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(Refused, match=sentence):
        app(shlex.split(line), exit_on_error=False)
    assert {each.name for each in tmp_path.iterdir()} <= {"folder", "letter.txt", "prorata.db"}


@pytest.mark.parametrize("line", ["dev --port 0", "simulate", "migrate", "serve --port 0"])
def test_a_file_of_another_program_stays_as_it_is(tmp_path: Path, line: str) -> None:
    file = tmp_path / "other.db"
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("CREATE TABLE doc_product (id INTEGER PRIMARY KEY, name TEXT)")
    before = file.read_bytes()
    with pytest.raises(Refused, match="no recorded version"):
        app(shlex.split(f"{line} --database sqlite:///{file}"), exit_on_error=False)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    "line", ["migrate", "doctor", "keys list", "serve --port 0", "dev --port 0"]
)
def test_a_database_that_takes_calls_and_says_nothing_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("PRORATA_SECRET_KEYS", DEV_KEY)
    monkeypatch.setitem(PATIENCE, "connect_timeout", "2")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # Otherwise a test that fails would wait for ever.
        end = threading.Timer(20, silent.shutdown, [socket.SHUT_RDWR])
        end.start()
        address = f"postgresql://prorata@127.0.0.1:{silent.getsockname()[1]}/none"
        with pytest.raises(Refused, match="timeout expired"):
            app(shlex.split(f"{line} --database {address}"), exit_on_error=False)
        end.cancel()


@pytest.mark.parametrize(
    ("host", "reason"),
    [("127.0.0.1:1,127.0.0.1:2", "Connection refused"), ("%2Fno%2Fsuch:1", "No such file")],
)
def test_a_migration_looks_for_a_server_where_all_others_do(host: str, reason: str) -> None:
    """Several hosts with a port each, and the folder of a socket, are names of one too."""
    with pytest.raises(Refused, match=f"cannot use the database: .*{reason}"):
        migrate(f"postgresql://prorata@{host}/none")


def test_a_refusal_is_printed_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prorata.cli.main.app", lambda: app(["clock", "advance", "soon"]))
    with pytest.raises(SystemExit) as ended:
        main()
    assert str(ended.value).startswith("prorata: neither a span nor a time: soon.")


def test_a_refusal_does_not_tell_a_database_s_password(monkeypatch: pytest.MonkeyPatch) -> None:
    line = ["doctor", "--database", "mysql://prorata:hunter2@db.internal/prorata"]
    monkeypatch.setattr("prorata.cli.main.app", lambda: app(line))
    with pytest.raises(SystemExit) as ended:
        main()
    assert "not a database: mysql://prorata:****@db.internal/prorata" in str(ended.value)


@pytest.mark.parametrize(
    "command",
    [
        "doctor", "doctor --retry", "keys create", "keys revoke key_1", "dunning show",
        "dunning set --tries 3", "pricing-table list", "pricing-table create prod_1",
        "dev --port 0",
    ],
)  # fmt: skip
def test_a_database_that_may_not_be_used_is_told_of_without_a_traceback(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if POSTGRES is None:
        pytest.skip("PRORATA_TEST_POSTGRES names no server; `make test` starts one")
    with postgres_database() as url:
        migrate(url)
        # Nothing may be written, nor was any of it opened before: all of it would have to be made.
        address = f"{url}?options=-c%20default_transaction_read_only%3Don"
        line = [*shlex.split(command), "--database", address]
        monkeypatch.setattr("prorata.cli.main.app", lambda: app(line))
        with pytest.raises(SystemExit) as ended:
            main()
    assert "cannot execute" in str(ended.value)
    assert str(ended.value).startswith("prorata: cannot use the database: ")


def test_a_damaged_file_is_told_of_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "books.db"
    migrate(f"sqlite:///{file}")
    content = bytearray(file.read_bytes())
    content[8_192 * 2 :] = b"\xff" * (len(content) - 8_192 * 2)
    file.write_bytes(content)
    line = ["doctor", "--database", f"sqlite:///{file}"]
    monkeypatch.setattr("prorata.cli.main.app", lambda: app(line))
    with pytest.raises(SystemExit) as ended:
        main()
    assert str(ended.value).startswith("prorata: cannot use the database: ")


@pytest.mark.parametrize("encoding", ["ascii", "iso8859-1"])
def test_letters_that_a_terminal_lacks_end_no_command(tmp_path: Path, encoding: str) -> None:
    url = f"sqlite:///{tmp_path}/books.db"
    migrate(url)
    for command in (["keys", "create"], ["keys", "list"], ["doctor"]):
        done = subprocess.run(
            [sys.executable, "-m", "prorata.cli.main", *command, "--database", url],
            env=os.environ | {"PYTHONIOENCODING": encoding}, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        assert done.stdout
