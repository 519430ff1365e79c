"""The system: database, clock, gateway and ids, and how a unit of work runs on them."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import structlog

from prorata.engine.chaos import Chaos
from prorata.engine.counsel import Counsel, informed
from prorata.engine.line import Line
from prorata.gateways.protocol import Gateway
from prorata.gateways.tax_engine import TaxEngine
from prorata.model.clock import SystemClock
from prorata.model.figures import Figures
from prorata.model.ids import IdFactory
from prorata.model.transaction import Book, Mailing, RequestInfo
from prorata.store.connection import Connection
from prorata.store.database import Database
from prorata.store.memory import Memory
from prorata.store.seals import Seals
from prorata.store.unit_of_work import UnitOfWork
from prorata.store.usage_filing import Filing

T = TypeVar("T")
log = structlog.get_logger("prorata.engine")
Work = Callable[[UnitOfWork], T]


@dataclass(slots=True)
class Done:
    """What a committed unit of work leaves: its result and the attempts that wait for a gateway."""

    result: Any
    uow: UnitOfWork

    @property
    def attempts(self) -> list[str]:
        attempts: list[str] = self.uow.results.get("attempts", [])
        return attempts


@dataclass(slots=True)
class System:
    """Everything that a running Prorata shares."""

    database: Database
    clock: SystemClock
    gateway: Gateway
    ids: IdFactory = field(default_factory=IdFactory)
    base_url: str = "http://127.0.0.1:4242"
    default_version: str | None = None
    dev: bool = False
    # What secrets are encrypted with at rest.
    seals: Seals = field(default_factory=Seals)
    # What becomes of the mails that customers are to be sent, in either mode.
    mailing_live: Mailing = "off"
    mailing_test: Mailing = "off"
    # Where an operator's process counts what it does.
    figures: Figures | None = None
    # The lines to the gateway, by livemode, made when it is first asked there. A network whose test
    # environment is silent still answers in live mode.
    lines: dict[bool, Line] = field(default_factory=dict)
    # A tax engine other than the built-in one, and the line to it.
    tax_engine: TaxEngine | None = None
    tax_line: Line | None = None
    # What asks a gateway that answers at once; one for all units of work of a mode.
    at_once: dict[bool, Counsel] = field(default_factory=dict)
    # What befalls deliveries, where a developer asked for it.
    chaos: Chaos | None = None
    # Called after a commit that left webhook deliveries to make.
    on_deliveries: list[Callable[[], None]] = field(default_factory=list)
    # Called after a commit that told events, with their ids.
    on_events: list[Callable[[Book, list[str]], None]] = field(default_factory=list)
    # Called after a commit that left work which is due at once.
    on_due: list[Callable[[], None]] = field(default_factory=list)
    # Called after a commit that left mails to be sent.
    on_mails: list[Callable[[], None]] = field(default_factory=list)
    # Moves usage events on that were recorded.
    filing: Filing = field(default_factory=Filing)
    # Held by who attends to what is due in the system's own time, or moves that time.
    due_work: threading.RLock = field(default_factory=threading.RLock)
    # What found no room in memory though others did: when it was due, and since when (real time).
    too_large: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    # Set once the process is to end: what takes long stops where it is.
    ending: bool = False

    def unit(
        self,
        connection: Connection,
        book: Book,
        *,
        now: int | None = None,
        clock: str | None = None,
        request: RequestInfo | None = None,
        counsel: Counsel | None = None,
    ) -> UnitOfWork:
        """Return a unit of work at the system's time, or at a given virtual one.

        counsel: what the gateway has said already, where the unit is run anew.
        """
        real_now = self.clock.now()
        return UnitOfWork(
            connection,
            book,
            now=real_now if now is None else now,
            real_now=real_now,
            clock=clock,
            ids=self.ids,
            request=request,
            gateway=counsel or self.counsel(book.livemode),
            base_url=self.base_url,
            seals=self.seals,
            mailing=self.mailing_live if book.livemode else self.mailing_test,
        )

    def submit(
        self,
        book: Book,
        work: Work[Any],
        *,
        now: int | None = None,
        clock: str | None = None,
        request: RequestInfo | None = None,
        memory: Memory | None = None,
        counsel: Counsel | None = None,
        lane: Hashable = None,
    ) -> "Future[Done]":
        """Queue a unit of work; it is flushed and committed when the future is done.

        memory: of the chain that it goes on; `write` keeps it. lane: what it has in common with
        those whose documents it may wait for. The future raises Question where the counsel has to
        be asked first.
        """
        at: dict[str, Any] = {"now": now, "clock": clock, "request": request}
        own = None if lane is None else (book.key, lane)
        future = self.database.submit(self._run(book, work, memory, counsel, at), lane=own)
        future.add_done_callback(self._committed)
        return future

    def _run(
        self,
        book: Book,
        work: Work[Any],
        memory: Memory | None,
        counsel: Counsel | None,
        at: dict[str, Any],
    ) -> Callable[[Connection], Done]:
        def run(connection: Connection) -> Done:
            uow = self.unit(connection, book, counsel=counsel, **at)
            if memory is not None:
                memory.recall(uow)
            result = work(uow)
            uow.flush()
            return Done(result, uow)

        return run

    def write(
        self,
        book: Book,
        work: Work[Any],
        *,
        memory: Memory | None = None,
        beside: bool = False,
        lane: Hashable = None,
        **at: Any,
    ) -> Done:
        """Run a unit of work and commit it; with a memory, it hands its documents on.

        beside: whether it is large, and should keep nobody waiting; it may be run more than once.
        lane: see `submit`.
        """
        counsel = self.counsel(book.livemode)
        if beside:
            run = self._run(book, work, memory, counsel, at)
            done = informed(counsel, lambda: self.database.write(run, beside=True))
            self.notice(done.uow)
        else:
            done = informed(
                counsel,
                lambda: self.submit(
                    book, work, memory=memory, counsel=counsel, lane=lane, **at
                ).result(),
            )
        if memory is not None:
            memory.keep(done.uow)
        return done

    def read(
        self,
        book: Book,
        work: Work[T],
        *,
        request: RequestInfo | None = None,
        memory: Memory | None = None,
        one_query: bool = False,
    ) -> T:
        """Run a unit of work that writes nothing.

        memory: of a unit whose outcome is told. one_query: what it reads need not be of one moment.
        """

        def run(connection: Connection) -> T:
            uow = self.unit(connection, book, request=request, counsel=counsel)
            uow.reading = True
            if memory is not None:
                memory.recall(uow, as_of_then=True)
            return work(uow)

        counsel = self.counsel(book.livemode)
        return informed(counsel, lambda: self.database.read(run, one_query=one_query))

    def counsel(self, livemode: bool) -> Counsel:
        """Return what a unit of work, run once or again, asks the gateway through in a mode."""
        line, taxes = self.gateway_line(livemode), self.tax_engine_line()
        asks_taxes = taxes is not None and not getattr(self.tax_engine, "immediate", False)
        if asks_taxes or not getattr(self.gateway, "immediate", False):
            return Counsel(line, taxes)
        known = self.at_once.get(livemode)
        if known is None or known.line is not line or known.taxes is not taxes:
            known = self.at_once[livemode] = Counsel(line, taxes)
        return known

    def tax_engine_line(self) -> Line | None:
        """Return the line to the tax engine, None where it is the built-in one."""
        if self.tax_engine is None:
            return None
        engine = cast(Gateway, self.tax_engine)
        if self.tax_line is None or self.tax_line.gateway is not engine:
            self.tax_line = Line(engine)
        return self.tax_line

    def gateway_line(self, livemode: bool) -> Line:
        """Return the line to the gateway in a mode."""
        known = self.lines.get(livemode)
        if known is None or known.gateway is not self.gateway:
            known = self.lines[livemode] = Line(self.gateway)
        return known

    def _committed(self, future: "Future[Done]") -> None:
        if not future.cancelled() and future.exception() is None:
            self.notice(future.result().uow)

    def notice(self, uow: UnitOfWork) -> None:
        """Wake what waits for the events, deliveries or due work of a committed unit; count."""
        if self.figures is not None:
            for type, count in Counter(event.type for event in uow.told).items():
                self.figures.add("prorata_events_total", count, type=type)
            if uow.results.get("renewals"):
                self.figures.add("prorata_renewals_total", uow.results["renewals"])
        if uow.results.get("events"):
            for hear in self.on_events:
                hear(uow.book, uow.results["events"])
        if uow.results.get("deliveries"):
            for wake in self.on_deliveries:
                wake()
        if uow.results.get("due"):
            for wake in self.on_due:
                wake()
        if uow.results.get("mails"):
            for wake in self.on_mails:
                wake()
        if self.filing.is_due(uow.results.get("usage", 0)):
            self._file_usage()

    def _file_usage(self) -> None:
        """Move fresh usage events on beside other work, until few enough are left."""

        def filed(future: "Future[int]") -> None:
            if future.cancelled():
                return
            if future.exception() is not None:
                # The next one that is due tries again.
                log.warning("usage was not filed", reason=str(future.exception()))
            elif future.result():
                self._file_usage()

        with contextlib.suppress(RuntimeError):
            # The database is being closed otherwise.
            self.database.submit(self.filing.step(self.clock.now())).add_done_callback(filed)
