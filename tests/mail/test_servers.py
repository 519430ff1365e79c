"""Servers: how mail servers answer, sign in and encrypt, and what each means for a mail."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from mail.conftest import smtp_to
from mail.post_office import PostOffice
from mail.seller import Seller
from prorata.server.mail import open_post
from prorata.store.claims import Claims
from prorata.testing import RunningServer
from prorata.worker.smtp_settings import SmtpSettings
from servers import running


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """A server that decides to send; who sends is each test's own."""
    smtp = SmtpSettings("127.0.0.1", 1, "shop@example.com", test_mode=True)
    with running(worker=False, smtp=smtp) as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 with its key, which only who is told trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(address, False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "office.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM)
    )
    return path


def pay(server: RunningServer, to: str = "ada@example.com") -> None:
    """Let a receipt be decided on."""
    Seller(server).v1.payment_intents.create(
        {"amount": 1500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
         "receipt_email": to, "return_url": "https://shop.example"}
    )  # fmt: skip


def look(server: RunningServer, smtp: SmtpSettings) -> dict[str, Any]:
    """Try once to send what waits; return what became of the newest mail."""
    claims = Claims(server.system.database)
    open_post(server.system, claims, smtp).look()
    claims.close()
    return Seller(server).mails("receipt")[-1]


@pytest.mark.parametrize(("command", "answer", "state"), [
    ("MAIL", "550 5.7.1 You may not send from there", "pending"),
    ("RCPT", "530 5.7.0 Authentication required", "pending"),
    ("RCPT", "450 4.2.0 Greylisted, come back in five minutes", "pending"),
    ("DATA", "554 5.7.1 Not that one", "failed"),
    ("END", "552 5.3.4 Too large", "failed"),
    ("END", "451 4.3.0 Not now", "pending"),
    ("END", "what?", "unknown"),
    ("END", "354 Go on", "unknown"),
])  # fmt: skip
def test_what_an_answer_means(
    server: RunningServer, office: PostOffice, command: str, answer: str, state: str
) -> None:
    office.says[command] = [answer]
    pay(server)
    mail = look(server, smtp_to(office))
    assert (mail["state"], mail["attempts"]) == (state, 1)


def test_nothing_goes_in_clear_where_encryption_is_asked_for(
    server: RunningServer, office: PostOffice, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypted = replace(smtp_to(office), tls="starttls", user="shop", password="hunter2")
    pay(server)
    # It is not offered; then by somebody whom nobody knows.
    assert look(server, encrypted)["state"] == "pending"
    office.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    office.tls.load_cert_chain(certificate)
    assert look(server, encrypted)["state"] == "pending"
    assert not any(each.startswith(("AUTH", "mail", "DATA")) for each in office.heard)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert look(server, encrypted)["state"] == "sent"
    words = [each.split()[0].upper() for each in office.heard]
    assert words[-8:] == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]


def test_a_refused_sign_in_uses_up_no_attempt(server: RunningServer, office: PostOffice) -> None:
    office.says["AUTH"] = ["535 5.7.8 Wrong"]
    signed = replace(smtp_to(office), user="shop", password="hunter2")
    pay(server)
    mail = look(server, signed)
    assert (mail["state"], mail["attempts"]) == ("pending", 0)
    assert look(server, signed)["state"] == "sent"


def test_domains_in_other_letters(server: RunningServer, office: PostOffice) -> None:
    pay(server, to="ada@müller.example")
    mail = look(server, replace(smtp_to(office), sender="billing@bücher.example"))
    assert mail["state"] == "sent"
    assert "mail FROM:<billing@xn--bcher-kva.example>" in office.heard
    assert office.recipients == ["ada@xn--mller-kva.example"]
    assert office.mails[0]["Message-ID"] == f"<{mail['id']}@xn--bcher-kva.example>"
    assert office.mails[0]["Content-Language"] == "en"
