"""Mail: where mails go, from the environment, and what becomes of them in either mode.

PRORATA_SMTP_HOST names the server; _PORT, _TLS (`starttls`, `tls`, `none`), _USER and _PASSWORD
(or _PASSWORD_FILE) say how it is spoken to. PRORATA_MAIL_FROM is the address that mails are from,
PRORATA_MAIL_REPLY_TO where answers go if the account has no address of its own for them.
PRORATA_MAIL_TEST_MODE=send sends the mails of test mode too.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from prorata.model.errors import Refused
from prorata.model.transaction import Mailing
from prorata.rules.mail_addresses import is_mail_address
from prorata.store.claims import Claims
from prorata.worker.smtp_settings import SmtpSettings, Tls

if TYPE_CHECKING:
    from prorata.engine.runtime import System
    from prorata.worker.mails import Mails

PORTS: dict[Tls, int] = {"starttls": 587, "tls": 465, "none": 25}


def smtp_of_environment() -> SmtpSettings | None:
    """Return how mails are sent, None where no server is named; raise Refused for what is wrong."""
    host = os.environ.get("PRORATA_SMTP_HOST")
    if not host:
        return None
    tls = _tls(os.environ.get("PRORATA_SMTP_TLS", "starttls"))
    sender = _address("PRORATA_MAIL_FROM")
    if sender is None:
        raise Refused("PRORATA_MAIL_FROM names the address that mails are from.")
    return SmtpSettings(
        host=host,
        port=_port(os.environ.get("PRORATA_SMTP_PORT"), PORTS[tls]),
        sender=sender,
        tls=tls,
        user=_ascii("PRORATA_SMTP_USER", os.environ.get("PRORATA_SMTP_USER")),
        password=_ascii("PRORATA_SMTP_PASSWORD", _password()),
        reply_to=_address("PRORATA_MAIL_REPLY_TO"),
        test_mode=_sends_test_mode(),
    )


def _tls(text: str) -> Tls:
    for each in PORTS:
        if each == text:
            return each
    raise Refused(f"PRORATA_SMTP_TLS is one of {', '.join(PORTS)}, not {text!r}.")


def _port(text: str | None, default: int) -> int:
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise Refused(f"PRORATA_SMTP_PORT is a port from 1 to 65535, not {text!r}.")
    return int(text)


def _address(name: str) -> str | None:
    text = os.environ.get(name)
    if text and not is_mail_address(text):
        raise Refused(f"{name} is a mail address such as billing@example.com, not {text!r}.")
    return text or None


def _ascii(name: str, text: str | None) -> str | None:
    """Return what is signed in with; servers differ in how they read other letters."""
    if text and not text.isascii():
        raise Refused(f"{name} has letters that are not ASCII, which no sign-in is certain of.")
    return text or None


def _password() -> str | None:
    named = os.environ.get("PRORATA_SMTP_PASSWORD_FILE")
    if not named:
        return os.environ.get("PRORATA_SMTP_PASSWORD") or None
    try:
        return Path(named).read_text().strip()
    except OSError as error:
        raise Refused(f"PRORATA_SMTP_PASSWORD_FILE cannot be read: {error.strerror}.") from None


def _sends_test_mode() -> bool:
    text = os.environ.get("PRORATA_MAIL_TEST_MODE", "keep")
    if text not in ("keep", "send"):
        raise Refused(f"PRORATA_MAIL_TEST_MODE is `keep` or `send`, not {text!r}.")
    return text == "send"


def mailing_of(smtp: SmtpSettings | None, *, livemode: bool, dev: bool) -> Mailing:
    """Return what becomes of the mails of a mode: without a server, none is decided.

    Mails of test mode, and all of a development server, are kept to be looked at.
    """
    if smtp is None:
        return "keep" if dev else "off"
    sends = smtp.test_mode if dev or not livemode else True
    return "send" if sends else "keep"


def open_post(system: "System", claims: Claims, smtp: SmtpSettings) -> "Mails":
    """Return what sends mails."""
    from prorata.web.mail.compose import compose
    from prorata.worker.mails import Mails

    return Mails(system, claims, smtp, compose)
