"""SMTP settings: which server mails are handed to, and how it is spoken to.

Apart from what sends them, which is only loaded where mails are sent.
"""

from dataclasses import dataclass, field
from typing import Literal

TIMEOUT_SECONDS = 30.0
Tls = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """host, port: of the server. sender: the address that mails are from. tls: `starttls` after
    the greeting, `tls` from the beginning, or `none`. test_mode: mails of test mode are sent too.
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
