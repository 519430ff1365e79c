"""Proofs: what became of every mail is known, for the doctor."""

from collections.abc import Iterator

from prorata.engine.doctor import PAGE, check
from prorata.engine.runtime import System
from prorata.resources.core.mail import Mail
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import decoder

MAILS = table_name(Mail.spec.kind)
# Longer than any server may take to answer.
SENDING_SECONDS = 3600


@check("Every mail waits for its time or for a server, was sent, or says why it was not")
def mails_are_accounted_for(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every mail: what it says of itself fits its state."""
    now = system.clock.now()
    after = (-1, "")
    while rows := connection.query(
        f"SELECT book, id, waits, due_at, document FROM {MAILS}"
        f" WHERE deleted = 0 AND (book, id) > (?, ?)"
        f" ORDER BY book, id LIMIT {PAGE}",
        after,
    ):
        for _, id, waits, due, document in rows:
            problem = _problem(decoder(Mail).decode(document), waits, due, now)
            yield f"{id}: {problem}" if problem else None
        after = (rows[-1][0], rows[-1][1])


def _problem(mail: Mail, waits: int | None, due: int | None, now: int) -> str | None:
    if (due is None) == (mail.state == "planned"):
        return f"it is {mail.state}, but is due at {due}"
    if (waits is None) == (mail.state in ("pending", "sending")):
        return f"it is {mail.state}, but waits since {waits}"
    if mail.state == "sending" and waits is not None and waits < now - SENDING_SECONDS:
        return "it was handed to a server long ago, and nobody knows what became of it"
    if mail.state == "sent" and (mail.sent_at is None or not mail.attempts):
        return "it is sent, but nobody has sent it"
    if mail.state in ("skipped", "failed", "unknown") and not mail.reason:
        return f"it is {mail.state} for no reason"
    if mail.state != "planned" and mail.state != "skipped" and not mail.to:
        return f"it is {mail.state}, to nobody"
    return None
