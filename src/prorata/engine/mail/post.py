"""Post: the mails that a transaction decides, once each, to be sent when it is committed.

A mail is a row of its own, written in the transaction that causes it. Whoever sends mails finds
it there; nothing here renders or sends. `once` names the occasion: a second row with the same
name cannot exist, whatever dies or runs twice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from prorata.engine.due import handles
from prorata.engine.mail.refuse import refusal_address, refuses
from prorata.model.resource import Resource
from prorata.model.transaction import Tx
from prorata.resources.core.account import account_settings
from prorata.resources.core.customer import Customer
from prorata.resources.core.email_settings import EmailSettings, MailKind
from prorata.resources.core.mail import Mail, MailPrivate
from prorata.rules.mail_addresses import is_mail_address

# What mails are written in; `web.design.languages` has the texts.
LANGUAGES = frozenset({"de", "en", "es", "fr", "it", "ja", "nl", "pt"})
SETTINGS = "mail settings"


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail says. facts: plain values. link: an address that is kept encrypted."""

    facts: dict[str, Any]
    link: str | None = None
    to: str | None = None


Decide = Callable[[Tx, Mail], Content | int | None]
# What a planned mail says when its time has come; a later second, or None: it is not wanted.
PLANNED: dict[str, Decide] = {}


def planned(kind: MailKind) -> Callable[[Decide], Decide]:
    """Register what decides on planned mails of a kind when their time has come."""

    def register(decide: Decide) -> Decide:
        PLANNED[kind] = decide
        return decide

    return register


def mail_settings(tx: Tx) -> EmailSettings:
    """Return the account's switches; they are read once in a transaction."""
    found: EmailSettings | None = tx.results.get(SETTINGS)
    if found is None:
        found = tx.results[SETTINGS] = account_settings(tx).emails
    return found


def is_wanted(tx: Tx, kind: MailKind) -> bool:
    """Return whether mails of a kind are decided at all: here, and by the account."""
    return tx.mailing != "off" and getattr(mail_settings(tx), kind) is True


def send(
    tx: Tx,
    kind: MailKind,
    about: Resource,
    content: Content,
    *,
    customer: Customer | None,
    once: str,
    locales: Iterable[str | None] = (),
    always: bool = False,
) -> Mail | None:
    """Decide on a mail to a customer, or to the address of its content.

    once: names the occasion, after its kind and object; a mail of that name is not decided again
    by a later request or its payment. locales: languages asked for before the customer's own.
    always: whatever the account has switched off. Returns None where no mail is sent: switched
    off, no address.
    """
    to = content.to or (customer.email if customer is not None else None)
    if not to or tx.mailing == "off" or not (always or is_wanted(tx, kind)):
        return None
    name = f"{kind} {about.id} {once}"
    if tx.cause is not None and tx.select(Mail, once=name, limit=1):
        return None
    mail = _new(tx, kind, about, customer, name)
    preferred = customer.preferred_locales if customer is not None else ()
    _address(tx, mail, content, to, (*locales, *preferred))
    return tx.add(mail)


def plan(
    tx: Tx, kind: MailKind, about: Resource, at: int, *, customer: Customer | None, once: str
) -> Mail | None:
    """Plan a mail for a later second of the customer's time; then `planned` decides on it."""
    if customer is None or not customer.email or not is_wanted(tx, kind):
        return None
    name = f"{kind} {about.id} {once}"
    if tx.select(Mail, once=name, limit=1):
        return None
    mail = _new(tx, kind, about, customer, name)
    mail.state, mail.planned_for = "planned", at
    return tx.add(mail)


@handles("prorata.mail")
def attend(tx: Tx, mail: Mail) -> None:
    """Decide on a planned mail: it is sent, put off, or skipped."""
    customer = tx.look(Customer, mail.customer)
    decide = PLANNED.get(mail.kind)
    content = None
    if customer is not None and decide is not None and is_wanted(tx, mail.kind):
        content = decide(tx, mail)
    if isinstance(content, int):
        mail.planned_for = content
        return
    to = (content.to or (customer.email if customer else None)) if content is not None else None
    if content is None or not to:
        mail.state, mail.reason = "skipped", "It was no longer wanted when its time came."
        return
    _address(tx, mail, content, to, customer.preferred_locales if customer else ())


def language_of(tx: Tx, locales: Iterable[str | None]) -> str:
    """Return the first of these languages that mails are written in, else the account's."""
    for tag in locales:
        if tag and tag.replace("_", "-").partition("-")[0].lower() in LANGUAGES:
            return tag.replace("_", "-")
    return mail_settings(tx).locale


def _new(tx: Tx, kind: MailKind, about: Resource, customer: Customer | None, name: str) -> Mail:
    owner = customer.id if customer is not None else None
    mail = Mail(
        id=tx.new_id(Mail, owner=owner),
        about=about.id,
        created=tx.now,
        customer=owner,
        kind=kind,
        livemode=tx.book.livemode,
        state="kept",
    )
    mail.private = MailPrivate(once=name)
    return mail


def _address(tx: Tx, mail: Mail, content: Content, to: str, locales: Iterable[str | None]) -> None:
    """Give a mail its address and what it says, and hand it over."""
    private: MailPrivate = mail.private
    mail.to, mail.locale = to, language_of(tx, locales)
    private.facts = content.facts
    if (refusal := refusal_address(tx, mail)) is not None:
        private.facts = {**content.facts, "unsubscribe": refusal}
    if content.link is not None:
        private.link = tx.seals.seal(content.link, mail.id)
    hand_over(tx, mail)


def hand_over(tx: Tx, mail: Mail) -> None:
    """Leave a mail to whoever sends mails, or keep it to be looked at; never to a bad address."""
    if not is_mail_address(mail.to):
        mail.state, mail.reason = "skipped", "The address is none that mail can be sent to."
    elif refuses(tx, mail.kind, mail.to):
        mail.state, mail.reason = "skipped", "Its reader wants no mails of this kind."
    elif tx.mailing == "send" and tx.clock is None:
        mail.state, mail.next_attempt_at = "pending", tx.real_now
        tx.results["mails"] = tx.results.get("mails", 0) + 1
    else:
        mail.state = "kept"


def link_of(tx: Tx, mail: Mail) -> str | None:
    """Return the secret address in a mail, decrypted, None where it has none."""
    private: MailPrivate = mail.private
    return None if private.link is None else tx.seals.open(private.link, mail.id)
