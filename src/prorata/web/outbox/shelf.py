"""Shelf: the mails that are kept, found and written out as their readers would see them."""

from dataclasses import dataclass
from typing import Any

from prorata.engine.mail.post import link_of
from prorata.engine.runtime import System
from prorata.model.errors import no_such
from prorata.model.transaction import Tx
from prorata.resources.core.account import own_account
from prorata.resources.core.mail import Mail, MailPrivate
from prorata.store.books import all_books
from prorata.web.mail.compose import Composed, compose

MOST = 100
FILTERS = ("about", "customer", "kind", "state")


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail, and how it reads; one that is only planned has no text yet."""

    mail: Mail
    written: Composed | None

    @property
    def subject(self) -> str:
        if self.written is not None:
            return self.written.subject
        return self.mail.kind.replace("_", " ").capitalize()

    @property
    def at(self) -> int:
        """Return when it was decided, or will be."""
        return self.mail.planned_for or self.mail.created

    def as_json(self) -> dict[str, Any]:
        """Return the mail as tests read it."""
        mail, written = self.mail, self.written
        said = {
            name: getattr(mail, name)
            for name in (
                "id", "about", "attempts", "created", "customer", "kind", "locale", "planned_for",
                "reason", "sent_at", "state", "to",
            )
        }  # fmt: skip
        for name in ("subject", "text", "html", "reply_to", "unsubscribe"):
            said[name] = None if written is None else getattr(written, name)
        said["from"] = None if written is None else written.sender
        return {"object": "prorata.mail", **said}


def find_mails(system: System, query: dict[str, str]) -> list[Kept]:
    """Return the newest mails, as many as `limit`, that a query's filters name."""
    limit = query.get("limit", "")
    most = min(int(limit), MOST) if limit.isascii() and limit.isdigit() else MOST
    wanted: dict[str, Any] = {name: query[name] for name in FILTERS if query.get(name)}
    address = query.get("to", "").casefold()

    def read(tx: Tx) -> list[Kept]:
        found = tx.select(Mail, limit=None if address else most, **wanted)
        shown = [each for each in found if address in ("", each.to.casefold())]
        return [_written(tx, each, system.base_url) for each in shown[:most]]

    kept = [each for book in system.database.read(all_books) for each in system.read(book, read)]
    kept.sort(key=lambda each: (each.mail.state != "planned", each.at, each.mail.id), reverse=True)
    return kept[:most]


def find_mail(system: System, id: str) -> Kept:
    """Return a mail; raise NotFound."""

    def read(tx: Tx) -> Kept | None:
        mail = tx.find(Mail, id)
        return None if mail is None else _written(tx, mail, system.base_url)

    for book in system.database.read(all_books):
        found = system.read(book, read)
        if found is not None:
            return found
    raise no_such("mail", id, param="id")


def _written(tx: Tx, mail: Mail, base_url: str) -> Kept:
    private: MailPrivate = mail.private
    if mail.state == "planned" or not mail.to or (not private.facts and not private.link):
        return Kept(mail, None)
    return Kept(mail, compose(mail, own_account(tx), link_of(tx, mail), base_url))
