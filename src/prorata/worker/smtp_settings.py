"""SMTP settings: which server mails are handed to, and how it is spoken to.

Apart from what sends them, which is only loaded where mails are sent.
"""

from dataclasses import dataclass, field
from typing import Literal

TIMEOUT_SECONDS = 30.0
# Whether a mail was taken is worth waiting for: servers read it through before they say so.
ANSWER_SECONDS = 120.0
Tls = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """host, port: of the server. sender: the address that mails are from. tls: `starttls` after
    the greeting, `tls` from the beginning, or `none`. test_mode: mails of test mode are sent too.
    timeout, answer_timeout: how many seconds a server has for each answer, and for the last one.
    """

    host: str
    port: int
    sender: str
    tls: Tls = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    reply_to: str | None = None
    test_mode: bool = False
    timeout: float = TIMEOUT_SECONDS
    answer_timeout: float = ANSWER_SECONDS
