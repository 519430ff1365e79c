"""Mails: what was decided to be sent goes to the mail server, each at most once.

One worker at a time sends. An attempt is written down before the mail is handed over: a process
that dies in between leaves a mail that a server may have or not, and that is not sent again.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog

from prorata.engine.mail.post import link_of
from prorata.engine.runtime import System
from prorata.model.transaction import Book
from prorata.resources.core.account import Account, own_account
from prorata.resources.core.mail import Mail, MailPrivate
from prorata.rules.mail_addresses import address_in_ascii
from prorata.rules.mail_retries import next_mail_attempt
from prorata.store.books import all_books
from prorata.store.claims import Claims
from prorata.store.connection import Connection, is_outage
from prorata.store.names import table_name
from prorata.store.unit_of_work import UnitOfWork
from prorata.worker.smtp import Line, NotNow, Refused, Unknown, Written, message_of
from prorata.worker.smtp_settings import SmtpSettings

# As many are looked up at once, of every book; many are sent over several connections.
BATCH = 200
LANES, FULL_LANE = 4, 10
# What could not even be handed over for so long is not worth reading any more.
GIVE_UP_SECONDS = 3 * 86400
# A server that cannot be reached is left alone for so long.
REST_SECONDS = 30.0
UNKNOWN = (
    "The connection ended before the server said whether it has the mail. It is not sent again by"
    " itself."
)
DIED = (
    "The process that sent it ended before the server had answered. It is not sent again by itself."
)
Compose = Callable[[Mail, Account, str | None, str], Written]
log = structlog.get_logger("prorata.worker")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. later: it may be tried again."""

    state: str
    reason: str | None = None
    later: bool = False


class Mails:
    """Sends what waits; `look` does one round of it."""

    def __init__(
        self, system: System, claims: Claims, settings: SmtpSettings, compose: Compose
    ) -> None:
        self._system = system
        self._claims = claims
        self._settings = settings
        self._compose = compose
        self._stopping = False
        self._rests_until = 0.0
        self._one_at_a_time = threading.Lock()
        # What became of mails, where the database failed before it was written down.
        self._unwritten: dict[str, Outcome] = {}

    def stop(self) -> None:
        """Stop after the mail that is being sent."""
        self._stopping = True

    def look(self) -> None:
        """Send what is due, in the order in which it became due; another worker may be at it."""
        if time.monotonic() < self._rests_until or not self._anything_waits():
            return
        with self._one_at_a_time, self._claims.hold("mails") as held:
            if held:
                self._end_those_of_the_dead()
                self._send_due()

    def _anything_waits(self) -> bool:
        now = self._system.clock.now()

        def read(connection: Connection) -> bool:
            return any(
                _ids(connection, book, "waits <= ?", now, 1) for book in all_books(connection)
            )

        return self._system.database.read(read)

    def _end_those_of_the_dead(self) -> None:
        """Give up what somebody was sending who is no more: whoever sends has the claim alone."""
        for book, ids in self._in_state("sending"):
            for id in ids:
                self._write(book, id, "sending", self._unwritten.get(id, Outcome("unknown", DIED)))
                self._unwritten.pop(id, None)

    def _send_due(self) -> None:
        try:
            while not self._stopping and (due := self._due_now()):
                wanted = min(LANES, 1 + len(due) // FULL_LANE)
                with ThreadPoolExecutor(wanted, thread_name_prefix="mails") as lanes:
                    done = [lanes.submit(self._send_share, due[n::wanted]) for n in range(wanted)]
                for each in done:
                    each.result()
        except NotNow as refusal:
            # Nothing was handed over, and no mail has used up an attempt.
            log.warning("the mail server cannot be reached", reason=str(refusal))
            self._rests_until = time.monotonic() + REST_SECONDS
            self._give_up_old(str(refusal))

    def _send_share(self, due: list[tuple[Book, str]]) -> None:
        line: Line | None = None
        try:
            for book, id in due:
                if self._stopping:
                    return
                line = line or Line(self._settings)
                line = self._send(line, book, id)
        finally:
            if line is not None:
                line.close()

    def _give_up_old(self, reason: str) -> None:
        """Give up what has waited for days for a server that cannot be reached."""
        before = self._system.clock.now() - GIVE_UP_SECONDS
        for book, id in self._due_by(before):
            self._write(book, id, "pending", Outcome("failed", f"No server took it: {reason}"))

    def _send(self, line: Line, book: Book, id: str) -> Line | None:
        """Send a mail; return the line for the next one, or None where it is spent."""
        message = self._written(book, id)
        if message is None or not self._begin(book, id):
            return line
        to, content = message
        outcome, spent = Outcome("sent"), False
        try:
            line.send(content, to)
        except Refused as refusal:
            outcome = Outcome("failed", str(refusal))
        except NotNow as refusal:
            outcome = Outcome("failed", str(refusal), later=True)
        except Unknown as unknown:
            outcome, spent = Outcome("unknown", f"{UNKNOWN} {unknown}"), True
        self._unwritten[id] = outcome
        self._write(book, id, "sending", outcome)
        del self._unwritten[id]
        if outcome.state != "sent" and not spent:
            try:
                line.again()
            except NotNow:
                spent = True
        if spent:
            line.close()
            return None
        return line

    def _written(self, book: Book, id: str) -> tuple[str, bytes] | None:
        """Return a mail's address and content; one that cannot be written is given up."""
        system, settings = self._system, self._settings

        def work(uow: UnitOfWork) -> tuple[str, bytes] | None:
            mail = uow.find(Mail, id)
            if mail is None or mail.state != "pending":
                return None
            written = self._compose(mail, own_account(uow), link_of(uow, mail), system.base_url)
            return mail.to, message_of(
                written, to=mail.to, message_id=message_id(mail, settings), now=uow.real_now,
                settings=settings, language=mail.locale,
            )  # fmt: skip

        try:
            return system.read(book, work)
        except Exception as fault:
            if is_outage(fault):
                raise
            log.exception("a mail cannot be written", mail=id)
            self._write(book, id, "pending", Outcome("failed", f"{type(fault).__name__}: {fault}"))
            return None

    def _begin(self, book: Book, id: str) -> bool:
        """Write down that a mail is being handed over, before it is; False: it waits no more."""

        def work(uow: UnitOfWork) -> bool:
            mail = uow.find(Mail, id)
            if mail is None or mail.state != "pending":
                return False
            mail.state, mail.attempts = "sending", mail.attempts + 1
            mail.message_id = message_id(mail, self._settings)
            return True

        return bool(self._system.write(book, work).result)

    def _write(self, book: Book, id: str, former: str, outcome: Outcome) -> None:
        def work(uow: UnitOfWork) -> None:
            mail = uow.find(Mail, id)
            # A late answer counts more than that nobody was there to hear it.
            known = (former, "unknown") if outcome.state == "sent" else (former,)
            if mail is None or mail.state not in known:
                return
            mail.reason, mail.next_attempt_at = outcome.reason, None
            if outcome.state == "sent":
                mail.state, mail.sent_at = "sent", uow.real_now
                _forget_link(mail.private)
            elif outcome.later and (at := next_mail_attempt(mail.attempts, uow.real_now)):
                mail.state, mail.next_attempt_at = "pending", at
            else:
                mail.state = "unknown" if outcome.state == "unknown" else "failed"

        self._system.write(book, work)
        if outcome.state != "sent":
            log.warning("a mail was not sent", mail=id, reason=outcome.reason)

    def _due_now(self) -> list[tuple[Book, str]]:
        return self._due_by(self._system.clock.now())

    def _due_by(self, moment: int) -> list[tuple[Book, str]]:
        condition = "waits <= ? AND state = 'pending'"

        def read(connection: Connection) -> list[tuple[Book, str]]:
            return [
                (book, id)
                for book in all_books(connection)
                for id in _ids(connection, book, condition, moment, BATCH)
            ]

        return self._system.database.read(read)

    def _in_state(self, state: str) -> list[tuple[Book, list[str]]]:
        def read(connection: Connection) -> list[tuple[Book, list[str]]]:
            return [
                (book, _ids(connection, book, "state = ? AND waits IS NOT NULL", state, BATCH))
                for book in all_books(connection)
            ]

        return self._system.database.read(read)


def _forget_link(private: MailPrivate) -> None:
    """Keep no secret longer than it takes to send it."""
    if private.link is not None:
        private.link, private.spent = None, True


def message_id(mail: Mail, settings: SmtpSettings) -> str:
    """Return the name of a mail among all mails of the world, the same whenever it is sent."""
    domain = address_in_ascii(settings.sender).rpartition("@")[2]
    return f"<{mail.id}@{domain}>"


def _ids(connection: Connection, book: Book, condition: str, value: Any, most: int) -> list[str]:
    rows = connection.query(
        f"SELECT id FROM {table_name('prorata.mail')} WHERE book = ? AND {condition}"
        f" ORDER BY waits, id LIMIT {most}",
        (book.key, value),
    )
    return [id for (id,) in rows]
