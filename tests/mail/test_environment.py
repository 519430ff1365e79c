"""Environment: which mail server is named, and what becomes of mails in either mode."""

from __future__ import annotations

import pytest

from prorata.model.errors import Refused
from prorata.server.mail import mailing_of, smtp_of_environment

NAMES = ("HOST", "PORT", "TLS", "USER", "PASSWORD", "PASSWORD_FILE")


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(f"PRORATA_SMTP_{name}", raising=False)
    for name in ("FROM", "REPLY_TO", "TEST_MODE"):
        monkeypatch.delenv(f"PRORATA_MAIL_{name}", raising=False)


def named(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in {"SMTP_HOST": "mail.example", "MAIL_FROM": "shop@example.com",
                        **values}.items():  # fmt: skip
        monkeypatch.setenv(f"PRORATA_{name}", value)


def test_without_a_host_there_is_none() -> None:
    assert smtp_of_environment() is None


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_from_the_encryption(
    monkeypatch: pytest.MonkeyPatch, tls: str, port: int
) -> None:
    named(monkeypatch, SMTP_TLS=tls)
    found = smtp_of_environment()
    assert found is not None and (found.tls, found.port) == (tls, port)


def test_everything_can_be_said(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    path = f"{tmp_path}/password"
    with open(path, "w") as file:
        file.write("hunter2\n")
    named(monkeypatch, SMTP_PORT="2525", SMTP_USER="shop", SMTP_PASSWORD_FILE=path,
          MAIL_REPLY_TO="help@example.com", MAIL_TEST_MODE="send")  # fmt: skip
    found = smtp_of_environment()
    assert found is not None
    assert (found.port, found.user, found.password) == (2525, "shop", "hunter2")
    assert (found.reply_to, found.test_mode) == ("help@example.com", True)
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("wrong", [
    {"SMTP_TLS": "ssl"}, {"SMTP_PORT": "0"}, {"SMTP_PORT": "many"}, {"MAIL_FROM": "Shop"},
    {"MAIL_FROM": ""}, {"MAIL_REPLY_TO": "a@b.example\nBcc: x@y.example"},
    {"SMTP_USER": "büro"}, {"SMTP_PASSWORD": "pässword"}, {"MAIL_TEST_MODE": "yes"},
    {"SMTP_PASSWORD_FILE": "/nowhere"},
])  # fmt: skip
def test_what_is_wrong_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]
) -> None:
    named(monkeypatch, **wrong)
    with pytest.raises(Refused, match=f"PRORATA_{next(iter(wrong))}"):
        smtp_of_environment()


def test_modes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mailing_of(None, livemode=False, dev=True) == "keep"
    assert mailing_of(None, livemode=True, dev=False) == "off"
    named(monkeypatch)
    smtp = smtp_of_environment()
    assert mailing_of(smtp, livemode=True, dev=False) == "send"
    assert mailing_of(smtp, livemode=False, dev=False) == "keep"
    assert mailing_of(smtp, livemode=False, dev=True) == "keep"
    named(monkeypatch, MAIL_TEST_MODE="send")
    smtp = smtp_of_environment()
    assert mailing_of(smtp, livemode=False, dev=False) == "send"
    assert mailing_of(smtp, livemode=False, dev=True) == "send"
