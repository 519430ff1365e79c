"""SMTP: hands one mail to a server, and says what became of it.

What matters is when a connection breaks: before the mail was handed over it may be tried again,
after that only the server knows whether it has the mail.
"""

import contextlib
import smtplib
import ssl
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol

from prorata.rules.mail_addresses import address_in_ascii, one_line
from prorata.worker.smtp_settings import SmtpSettings

SHOWN_CHARACTERS = 300
READY = 354
# The server wants a sign-in or encryption first: its operator is asked, and no mail is at fault.
SETTING_UP = (530, 534, 535, 538)


class Written(Protocol):
    """A mail as it is read."""

    @property
    def subject(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def reply_to(self) -> str | None: ...
    @property
    def unsubscribe(self) -> str | None: ...


class NotNow(Exception):
    """The server takes it later, perhaps: it was not handed over."""


class Refused(Exception):
    """The server will never take it."""


class Unknown(Exception):
    """It was handed over, and nobody knows whether the server has it."""


class Line:
    """A connection to the server, for one mail after another."""

    def __init__(self, settings: SmtpSettings) -> None:
        """Connect and sign in; raise NotNow where that does not succeed."""
        self._settings = settings
        try:
            self._smtp = _connect(settings)
        except (OSError, UnicodeError, smtplib.SMTPException) as error:
            raise NotNow(_said(error)) from error

    def send(self, message: bytes, to: str) -> None:
        """Hand a mail over; raise NotNow, Refused or Unknown where it was not taken."""
        smtp = self._smtp
        try:
            _require_sender(smtp.mail(address_in_ascii(self._settings.sender)))
            _require(smtp.rcpt(address_in_ascii(to)))
            _require(smtp.docmd("DATA"), READY)
        except (OSError, smtplib.SMTPException) as error:
            raise NotNow(_said(error)) from error
        try:
            self._wait(self._settings.answer_timeout)
            smtp.send(_dotted(message))
            answer = smtp.getreply()
            self._wait(self._settings.timeout)
        except (OSError, smtplib.SMTPException) as error:
            raise Unknown(_said(error)) from error
        if answer[0] // 100 not in (2, 4, 5):
            # Not an answer: it may have the mail.
            raise Unknown(_shown(answer))
        _require(answer)

    def _wait(self, seconds: float) -> None:
        """Wait so long for each answer from now on."""
        if self._smtp.sock is not None:
            self._smtp.sock.settimeout(seconds)

    def again(self) -> None:
        """Forget a mail that was not taken, so that the next one begins anew; raise NotNow."""
        try:
            _require(self._smtp.rset())
        except (OSError, smtplib.SMTPException, Refused) as error:
            raise NotNow(_said(error)) from error

    def close(self) -> None:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self._smtp.quit()


def _connect(settings: SmtpSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    smtp: smtplib.SMTP
    if settings.tls == "tls":
        smtp = smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=settings.timeout, context=context
        )
    else:
        smtp = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
    try:
        smtp.ehlo_or_helo_if_needed()
        if settings.tls == "starttls":
            smtp.starttls(context=context)
            smtp.ehlo()
        if settings.user is not None:
            smtp.login(settings.user, settings.password or "")
    except BaseException:
        smtp.close()
        raise
    return smtp


def _require(answer: tuple[int, bytes], wanted: int | None = None) -> None:
    code = answer[0]
    if code == wanted or (wanted is None and 200 <= code < 300):
        return
    if 500 <= code < 600 and code not in SETTING_UP:
        raise Refused(_shown(answer))
    raise NotNow(_shown(answer))


def _require_sender(answer: tuple[int, bytes]) -> None:
    """Raise NotNow for a sender that is refused: that is mended in the settings, for all mails."""
    if not 200 <= answer[0] < 300:
        raise NotNow(_shown(answer))


def _shown(answer: tuple[int, bytes]) -> str:
    return f"{answer[0]} {one_line(answer[1].decode('utf-8', 'replace'), SHOWN_CHARACTERS)}"


def _dotted(message: bytes) -> bytes:
    """Return a message as it is sent: lines that begin with a dot have another one."""
    return (
        b"".join(
            b"." + line if line.startswith(b".") else line for line in message.splitlines(True)
        )
        + b".\r\n"
    )


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {one_line(str(error))}"[:SHOWN_CHARACTERS]


def message_of(
    written: Written, *, to: str, message_id: str, now: int, settings: SmtpSettings, language: str
) -> bytes:
    """Return a mail as bytes for a server. Nothing in it can break out of its header."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(written.subject)
    sender = address_in_ascii(settings.sender)
    message["From"] = Address(one_line(written.sender, 100), addr_spec=sender)
    message["To"] = Address(addr_spec=address_in_ascii(to))
    reply_to = written.reply_to or settings.reply_to
    if reply_to:
        message["Reply-To"] = Address(addr_spec=address_in_ascii(reply_to))
    message["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if written.unsubscribe:
        message["List-Unsubscribe"] = f"<{written.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(written.text, cte="quoted-printable")
    message.add_alternative(written.html, subtype="html", cte="quoted-printable")
    # Contents take away the headers of contents before them.
    message["Content-Language"] = language
    return message.as_bytes()
