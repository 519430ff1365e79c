"""Refuse: readers end the mails that they did not ask for, by the link in one of them."""

import hmac

from prorata.model.transaction import Tx
from prorata.resources.core.email_settings import MailKind
from prorata.resources.core.mail import Mail, MailPrivate
from prorata.resources.core.mail_refusal import MailRefusal

# What a reader may end; the others are about what was bought, or were asked for.
REFUSABLE: frozenset[MailKind] = frozenset({"checkout_recovery"})
ROOM = "unsubscribe"
TOKEN_LENGTH = 24


def refuses(tx: Tx, kind: MailKind, address: str) -> bool:
    """Return whether the reader at an address wants no mails of a kind."""
    if kind not in REFUSABLE:
        return False
    return bool(tx.select(MailRefusal, address=address.lower(), limit=1))


def refusal_address(tx: Tx, mail: Mail) -> str | None:
    """Return the address of the page that ends mails of this kind, None where nothing does."""
    if mail.kind not in REFUSABLE:
        return None
    private: MailPrivate = mail.private
    private.refusal = tx.secret(TOKEN_LENGTH)
    return f"{tx.base_url}/{ROOM}/{mail.id}/{private.refusal}"


def refusable(tx: Tx, id: str, token: str) -> Mail | None:
    """Return the mail whose page has an address, None for one that was not given out."""
    mail = tx.find(Mail, id)
    known = mail.private.refusal if mail is not None else None
    if mail is None or not known or not hmac.compare_digest(known.encode(), token.encode()):
        return None
    return mail


def refuse(tx: Tx, mail: Mail) -> None:
    """Note that the reader of a mail wants no more of its kind; a second time changes nothing."""
    address = mail.to.lower()
    if not tx.select(MailRefusal, address=address, limit=1):
        tx.add(
            MailRefusal(
                id=tx.new_id(MailRefusal), address=address, created=tx.now,
                livemode=tx.book.livemode, mail=mail.id,
            )
        )  # fmt: skip
