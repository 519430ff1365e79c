"""The transaction: what operations and verbs may ask of the unit of work that runs them."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from msgspec import Struct

from prorata.model.resource import Resource
from prorata.model.tally import Tally
from prorata.model.usage import Usage

R = TypeVar("R", bound=Resource)
Mailing = Literal["off", "keep", "send"]


@dataclass(frozen=True, slots=True)
class Book:
    """An account in one mode: the whole that never mixes with another. `key` is its number."""

    key: int
    account: str
    livemode: bool


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """The API request that causes a transaction; absent when time does."""

    id: str
    idempotency_key: str | None = None
    api_version: str | None = None
    # The event that a command of the Stripe CLI promises, where its requests alone do not tell it.
    promised: str | None = None


def readable_key(key: str) -> str:
    """Return an idempotency key as its client wrote it.

    key: as it came in a header, a letter for each byte. Most clients write UTF-8, and what is not
    UTF-8 is Latin-1.
    """
    if key.isascii():
        return key
    try:
        return key.encode("latin-1").decode()
    except UnicodeError:
        return key


class Posting(Struct, frozen=True):
    """One entry of a ledger transaction: debit positive, credit negative, minor units."""

    account: str
    amount: int


class Seals(Protocol):
    """What encrypts secrets at rest; a sealed text opens only for the place it was sealed for."""

    def seal(self, text: str, place: str) -> str: ...

    def open(self, sealed: str, place: str) -> str: ...

    def seal_bytes(self, content: bytes, place: str) -> str: ...

    def open_bytes(self, sealed: str, place: str) -> bytes: ...


class Tx(Protocol):
    """A unit of work at a fixed `now` (seconds UTC: the system's, or the customer's clock's)."""

    now: int
    clock: str | None
    request: RequestInfo | None
    # The request that what is done comes from, though it may be over: its payment is settled later.
    cause: RequestInfo | None
    # What a gateway is asked through that moves no money (tokens); money moves after the commit.
    gateway: Any
    # Where the pages that customers open are served, without a slash at the end.
    base_url: str
    # What the transaction leaves to whoever ran it: "attempts" to settle, functions to run "after",
    # how many "renewals" it made and "mails" it left to be sent.
    results: dict[str, Any]
    # Whether a publishable key asks: then a client_secret must unlock what it names.
    publishable: bool
    # What becomes of the mails that are decided: none is, they are kept to be looked at, or sent.
    mailing: Mailing

    @property
    def book(self) -> Book: ...

    @property
    def seals(self) -> Seals:
        """What secrets are encrypted with at rest."""
        ...

    @property
    def usage(self) -> Usage:
        """What customers of the book have used."""
        ...

    @property
    def tallies(self) -> Tally:
        """How often something was tried in this book, and how often it succeeded."""
        ...

    @property
    def real_now(self) -> int:
        """The system's time, also while `now` is virtual."""
        ...

    def get(self, cls: type[R], id: str, param: str | None = None) -> R:
        """Return a document; raise NotFound, with status 400 when a `param` named it."""
        ...

    def get_even_deleted(self, cls: type[R], id: str, param: str | None = None) -> R:
        """Return a document, the last form of one that was deleted; raise NotFound.

        For money that comes or goes back when its owner is gone already.
        """
        ...

    def find(self, cls: type[R], id: str | None) -> R | None:
        """Return a document, or None when there is none or it is deleted."""
        ...

    def look(self, cls: type[R], id: str | None) -> R | None:
        """Return a document like `find`, to be read only: what is changed in it is lost."""
        ...

    def take(self, document: R) -> R:
        """Take a document that was looked at up for writing, before it is changed."""
        ...

    def load(self, cls: type[R], ids: Iterable[str], *, look: bool = False) -> dict[str, R]:
        """Return those documents that exist, in one query; with `look`, to be read only."""
        ...

    def select(
        self, cls: type[R], *, oldest_first: bool = False, limit: int | None = None, **columns: Any
    ) -> list[R]:
        """Return the documents whose columns have these values (a list or tuple: any of them).

        Sees what this transaction has written and not yet flushed. Newest first.
        """
        ...

    def count(self, cls: type[R], **columns: Any) -> int: ...

    def new_id(self, cls: type[Resource], owner: str | None = None) -> str:
        """Return a new id for a document, in the bucket of `owner`."""
        ...

    def id(self, prefix: str, owner: str | None = None) -> str:
        """Return a new id with a prefix that no table belongs to (lines, discounts)."""
        ...

    def secret(self, length: int) -> str: ...

    def add(self, document: R) -> R: ...

    def delete(self, document: Resource) -> None: ...

    def emit(self, type: str, document: Resource, previous: dict[str, Any] | None = None) -> None:
        """Say an event that a difference cannot show; it holds the document as it is now."""
        ...

    def emit_last(self, type: str, document: Resource) -> None:
        """Say an event like `emit` that holds the document as this step leaves it."""
        ...

    def emit_payload(
        self,
        type: str,
        kind: str,
        object_id: str,
        payload: dict[str, Any],
        previous: dict[str, Any] | None = None,
    ) -> None:
        """Say an event about something that is not stored (an upcoming invoice, a summary)."""
        ...

    def emit_thin(
        self,
        type: str,
        related: Resource | None = None,
        data: dict[str, Any] | None = None,
        *,
        only: str | None = None,
    ) -> None:
        """Say an event that exists thin alone, such as `v1.billing.meter.no_meter_found`.

        related: the document that it is about. data: what it says besides, as the wire has it.
        only: the id of the one receiver that is told; without it all that ask for the type.
        """
        ...

    def quiet(self, document: Resource) -> None:
        """Write this document without the events that its difference would give."""
        ...

    def rely_on(self, document: Resource) -> None:
        """Let this transaction come to nothing if another one changes this document meanwhile.

        What is written is safe by itself; this is for what was only read, and must stay so.
        """
        ...

    def at_end(self, what: str, work: Callable[[], None]) -> None:
        """Do something once when this step ends, whatever else it does till then.

        what: what it is about; of several works about the same, the last is done.
        """
        ...

    def hold(self, attempt: str) -> None:
        """Leave this step's events to the one that settles this payment attempt."""
        ...

    def post(self, *entries: Posting, document: Resource, customer: str | None,
             currency: str, memo: str = "") -> str:
        """Add balanced entries to the ledger; return their posting's id."""
        ...

    def sequence(self, name: str) -> None:
        """Name the documented order in which this transaction's events appear."""
        ...

    def follow(self, owner: Resource, *, by_payer: bool = False) -> None:
        """Take the time of the test clock that a document hangs on.

        by_payer: somebody on a page asks for it, not an API request. Raises LockTimeout for either
        while the clock is advancing or being deleted.
        """
        ...

    def step(
        self, now: int, clock: str | None = None, cause: RequestInfo | None = None
    ) -> AbstractContextManager[None]:
        """Work at another time; on an error everything done inside is undone in memory.

        cause: the earlier request that the events of the step come from.
        """
        ...

    def suppose(self) -> AbstractContextManager[None]:
        """Undo in memory all that is done inside, to see what would come; the step goes on."""
        ...
