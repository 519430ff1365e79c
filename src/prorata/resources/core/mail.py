"""Mails: what customers are told by e-mail, from the decision to the sending."""

from typing import Any, Literal

from msgspec import Struct

from prorata.model.resource import Resource, column, matches, resource, within
from prorata.resources.core.email_settings import KINDS, MailKind

# planned: for a later time, when it is seen whether it is still wanted. pending: waits to be
# sent. sending: handed to a server that has not answered yet. sent: taken by a server. kept:
# nobody sends it, as in development and on test clocks; it can be looked at. skipped: no longer
# wanted when its time came, or the address is none. failed: refused for good. unknown: a server
# may have it or not, and it is not sent again.
MailState = Literal["planned", "pending", "sending", "sent", "kept", "skipped", "failed", "unknown"]
STATES = ("planned", "pending", "sending", "sent", "kept", "skipped", "failed", "unknown")


class MailPrivate(Struct, kw_only=True):
    """What the text of a mail is made of.

    facts: what it says, as plain values. link: an address that opens something without a key,
    encrypted; forgotten, and then spent, once it was sent. once: what makes the mail the only one
    of its kind. refusal: the secret of the link by which its reader ends mails of the kind.
    """

    facts: dict[str, Any] = {}
    link: str | None = None
    once: str | None = None
    refusal: str | None = None
    spent: bool = False


def due(mail: "Mail") -> int | None:
    """Return when a planned mail is decided, in its customer's time."""
    return mail.planned_for if mail.state == "planned" else None


@resource(
    prefix="mail",
    path="/v1/prorata/mails",
    columns=(
        column("about", index=True),
        column("customer", index=True),
        column("kind"),
        column("state"),
        column("once", lambda mail: mail.private.once, unique=True),
        # In real time, whatever clock the customer hangs on.
        column("waits", lambda mail: waits(mail), type="integer", index=True),
    ),
    filters=(
        matches("about"), matches("customer"), matches("kind", choices=KINDS),
        matches("state", choices=STATES), within("created"),
    ),
    due=due,
    seals=True,
    missing_name="mail",
)  # fmt: skip
class Mail(Resource, tag="prorata.mail", kw_only=True):
    """A mail to a customer.

    about: the id of what it is about. attempts: how often a server was asked to take it. to: the
    address; empty while it is planned. locale: the language it is written in. message_id: the
    same at every attempt. created, planned_for: in the customer's time; next_attempt_at, sent_at:
    real seconds UTC.
    """

    about: str
    attempts: int = 0
    created: int
    customer: str | None = None
    kind: MailKind
    livemode: bool
    locale: str = "en"
    message_id: str | None = None
    next_attempt_at: int | None = None
    planned_for: int | None = None
    reason: str | None = None
    sent_at: int | None = None
    state: MailState
    to: str = ""

    Private = MailPrivate


def waits(mail: Mail) -> int | None:
    """Return from when on a mail waits for whoever sends mails, in real seconds."""
    return mail.next_attempt_at if mail.state in ("pending", "sending") else None
