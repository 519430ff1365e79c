"""Secrets at rest: what is encrypted, with which key, and what becomes of it when keys change."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badinput.asking import Asker
from prorata.engine.doctor import examine
from prorata.engine.sealed import reseal
from prorata.model.errors import NotSupported, Refused
from prorata.server.secret_keys import add_key_beside, key_file, open_seals, require_keys
from prorata.server.settings import Settings
from prorata.store.seals import CannotOpen, Seals, is_sealed, key_name, new_key
from servers import running

OLD = "YW4gb2xkIGtleSBmb3IgdGVzdHMgYWxvbmUuLi4uLi4="
NEW = "YSBuZXdlciBrZXkgZm9yIHRlc3RzIGFsb25lLi4uLi4="
HOOK = {"url": "https://example.com/h", "enabled_events": ["*"]}
PNG = b"\x89PNG\r\n\x1a\n a picture that nobody else is to see"
CHECK = "Every secret in the database can be decrypted, with the keys that are given"


@given(st.binary(max_size=200), st.text(max_size=30))
def test_what_is_sealed_opens_in_its_place_alone(content: bytes, place: str) -> None:
    seals = Seals([OLD])
    sealed = seals.seal_bytes(content, place)
    assert is_sealed(sealed)
    assert seals.open_bytes(sealed, place) == content
    assert seals.seal_bytes(content, place) != sealed
    with pytest.raises(CannotOpen):
        seals.open_bytes(sealed, place + "x")


def test_altered_texts_and_unknown_keys_open_nothing() -> None:
    seals = Seals([OLD])
    sealed = seals.seal("whsec_1", "we_1")
    head, _, data = sealed.rpartition(":")
    raw = bytearray(base64.b64decode(data))
    raw[-1] ^= 1
    altered = base64.b64encode(raw).decode()
    for wrong in (f"{head}:{altered}", f"{head}:", f"{head}:!!", sealed[:-4]):
        with pytest.raises(CannotOpen):
            seals.open(wrong, "we_1")
    with pytest.raises(CannotOpen, match=seals.names[0]):
        Seals([NEW]).open(sealed, "we_1")


def test_the_first_key_seals_and_all_of_them_open() -> None:
    sealed = Seals([OLD]).seal("whsec_1", "we_1")
    both = Seals([NEW, OLD])
    assert both.open(sealed, "we_1") == "whsec_1"
    assert key_name(both.seal("x", "y")) == Seals([NEW]).names[0]
    assert both.open("not sealed at all", "we_1") == "not sealed at all"


def test_a_new_key_is_new_and_seals() -> None:
    first, second = new_key(), new_key()
    assert first != second
    assert Seals([first]).open(Seals([first]).seal("x", "y"), "y") == "x"


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(NotSupported, match="PRORATA_SECRET_KEYS"):
        Seals().seal("whsec_1", "we_1")


@pytest.mark.parametrize("key", ["", "short", "=" * 44, "\N{SNOWMAN}" * 44, OLD[:-2]])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(Refused):
        Seals([key])


def test_secrets_stand_nowhere_in_the_database_as_they_are() -> None:
    with running(worker=False, secret_keys=(OLD,)) as server:
        asker = Asker(server.url, server.secret_key)
        headers = {"Idempotency-Key": "one"}
        made = asker.ask("POST", "/v1/webhook_endpoints", HOOK, headers).body
        again = asker.ask("POST", "/v1/webhook_endpoints", HOOK, headers)
        assert again.body == made
        assert again.headers["idempotent-replayed"] == "true"
        file = upload(asker)
        assert asker.send("GET", f"/v1/files/{file}/contents").content == PNG
        stored = everything(server)
        assert made["id"] in stored
        for secret in (made["secret"], server.secret_key, server.publishable_key,
                       base64.b64encode(PNG).decode(), PNG[8:].decode()):  # fmt: skip
            assert secret not in stored
        asker.close()


def test_keys_are_exchanged_one_after_the_other() -> None:
    with running(worker=False, secret_keys=(OLD,)) as server:
        asker = Asker(server.url, server.secret_key)
        secrets = [asker.ask("POST", "/v1/webhook_endpoints", HOOK).body for _ in range(3)]
        files = [upload(asker) for _ in range(20)]
        asker.ask("POST", "/v1/webhook_endpoints", HOOK, {"Idempotency-Key": "kept"})
        system = server.system
        system.seals = Seals([NEW, OLD])
        assert problems(system) == []
        done = reseal(system)
        assert (done.texts, done.unopened) == (len(secrets) + len(files) + 2, [])
        assert reseal(system).texts == 0
        system.seals = Seals([NEW])
        assert problems(system) == []
        assert asker.send("GET", f"/v1/files/{files[7]}/contents").content == PNG
        replayed = asker.ask("POST", "/v1/webhook_endpoints", HOOK, {"Idempotency-Key": "kept"})
        assert replayed.headers["idempotent-replayed"] == "true"
        system.seals = Seals([OLD])
        assert len(problems(system)) == len(secrets) + len(files) + 2
        asker.close()


def test_the_doctor_names_what_cannot_be_decrypted() -> None:
    with running(worker=False, secret_keys=(OLD,)) as server:
        asker = Asker(server.url, server.secret_key)
        hook = asker.ask("POST", "/v1/webhook_endpoints", HOOK).body["id"]
        name = server.system.seals.names[0]
        server.system.seals = Seals([NEW])
        [found] = problems(server.system)
        assert (found.id, found.problem) == (
            hook, f"it was sealed with the key {name}, which is not given",
        )  # fmt: skip
        assert reseal(server.system).unopened == [f"{hook}: {found.problem}"]
        asker.close()


def test_what_cannot_be_decrypted_is_said_to_the_caller_and_opens_later() -> None:
    with running(worker=False, secret_keys=(OLD,)) as server:
        asker = Asker(server.url, server.secret_key)
        headers = {"Idempotency-Key": "kept"}
        made = asker.ask("POST", "/v1/webhook_endpoints", HOOK, headers).body
        file = upload(asker)
        opens, server.system.seals = server.system.seals, Seals([NEW])
        for answer in (
            asker.ask("POST", "/v1/webhook_endpoints", HOOK, headers),
            asker.send("GET", f"/v1/files/{file}/contents"),
        ):
            assert answer.status == 503
            assert answer.headers["stripe-should-retry"] == "true"
            assert answer.body["error"]["type"] == "api_error"
            said = answer.body["error"]["message"]
            assert f"sealed with the key {opens.names[0]}, which is not given" in said
            assert "prorata doctor" in said
        server.system.seals = opens
        again = asker.ask("POST", "/v1/webhook_endpoints", HOOK, headers)
        assert again.body == made
        assert asker.send("GET", f"/v1/files/{file}/contents").content == PNG
        asker.close()


def test_a_file_of_keys_stands_beside_an_sqlite_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PRORATA_SECRET_KEYS", raising=False)
    url = f"sqlite:///{tmp_path}/prorata.db"
    first = open_seals(Settings(database=url), url)
    file = key_file(url)
    assert file == tmp_path / "prorata.db.keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_seals(Settings(database=url, dev=False), url).names == first.names
    add_key_beside(url)
    second = open_seals(Settings(database=url), url)
    assert second.names[1:] == first.names
    # A process that runs meets the new key with the first text that is sealed with it, and seals
    # with no other from the moment on that it is there.
    assert first.open(second.seal("whsec_1", "we_1"), "we_1") == "whsec_1"
    add_key_beside(url)
    newest = open_seals(Settings(database=url), url).names[0]
    assert newest not in first.names
    assert key_name(first.seal("whsec_2", "we_2")) == newest
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    file.write_text("\n")
    with pytest.raises(Refused, match="no encryption key"):
        open_seals(Settings(database=url), url)


def test_a_file_of_keys_is_on_the_disk_under_its_name_before_it_seals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PRORATA_SECRET_KEYS", raising=False)
    url = f"sqlite:///{tmp_path}/books.db"
    file = key_file(url)
    assert file is not None
    # How many keys the file had each time that the folder was written to the disk.
    durable: list[int] = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        fsync(descriptor)
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            durable.append(len(file.read_text().split()))

    monkeypatch.setattr(os, "fsync", noting)
    open_seals(Settings(database=url, dev=False), url)
    assert durable == [1]
    add_key_beside(url)
    assert durable == [1, 2]


def test_a_database_server_needs_keys_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql://prorata@127.0.0.1/prorata"
    monkeypatch.delenv("PRORATA_SECRET_KEYS", raising=False)
    with pytest.raises(Refused, match="PRORATA_SECRET_KEYS"):
        require_keys(url)
    require_keys("sqlite:///prorata.db")
    assert open_seals(Settings(dev=False), url).names == []
    assert open_seals(Settings(dev=True), url).names
    monkeypatch.setenv("PRORATA_SECRET_KEYS", f"{NEW}, {OLD}")
    require_keys(url)
    assert open_seals(Settings(dev=False), url).names == Seals([NEW, OLD]).names
    with pytest.raises(Refused, match="put a new one before them"):
        add_key_beside(url)
    monkeypatch.delenv("PRORATA_SECRET_KEYS")
    file = tmp_path / "keys"
    monkeypatch.setenv("PRORATA_SECRET_KEYS_FILE", str(file))
    with pytest.raises(Refused, match="cannot read"):
        open_seals(Settings(dev=False), url)
    file.write_text(f"{OLD}\n")
    assert open_seals(Settings(dev=False), url).names == Seals([OLD]).names


def upload(asker: Asker) -> str:
    parts = (
        b'Content-Disposition: form-data; name="purpose"\r\n\r\nbusiness_logo',
        b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + PNG,
    )
    body = b"".join(b"--b\r\n" + each + b"\r\n" for each in parts) + b"--b--\r\n"
    sent = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = asker.send("POST", "/v1/files", body, sent)
    assert answer.status == 200, answer.content
    return answer.body["id"]


def problems(system: Any) -> list[Any]:
    [check] = [each for each in examine(system) if each.name == CHECK]
    return check.findings


def everything(server: Any) -> str:
    """Return every row of every table as one text."""
    from prorata.store.tables import schema

    def read(connection: Any) -> str:
        names = [table.name for table in schema().sorted_tables]
        return "\n".join(repr(connection.query(f"SELECT * FROM {name}")) for name in names)

    return server.system.database.read(read)
