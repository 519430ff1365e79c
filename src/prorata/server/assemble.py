"""Assembly: from settings to a system that serves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import prorata.engine.all
import prorata.resources.all  # noqa: F401
from prorata.api.access import secret_of
from prorata.api.application import Application
from prorata.api.call import HttpRequest
from prorata.api.dev import DevEndpoints
from prorata.api.dispatch import Answer
from prorata.api.permissions import denied
from prorata.api.request_log import RequestLog
from prorata.engine.runtime import System
from prorata.gateways.protocol import Gateway
from prorata.gateways.registry import UnknownGateway, names, open_gateway
from prorata.gateways.tax_engine import BUILT_IN, TaxEngine, UnknownTaxEngine, open_tax_engine
from prorata.model.clock import SystemClock
from prorata.model.errors import Refused
from prorata.model.prepared import prepare_structs
from prorata.resources.core.account import ensure_account
from prorata.server.current import is_blank, is_current, make_at_once, require_current
from prorata.server.logs import configure_logs
from prorata.server.mail import mailing_of, open_post
from prorata.server.secret_keys import open_seals
from prorata.server.settings import DEV_ACCOUNT, Settings
from prorata.store.books import ApiKey, add_key, open_book
from prorata.store.connection import Connection
from prorata.store.database import Database, open_database
from prorata.web.entrance import Entrance
from prorata.web.script.served import ScriptPages
from prorata.worker.listening import Listening
from prorata.worker.loop import Worker

if TYPE_CHECKING:
    from prorata.server.exporter import Exporter
    from prorata.worker.loop import MailPost


@dataclass(slots=True)
class Server:
    """A whole Prorata: what `prorata dev` runs and tests start."""

    settings: Settings
    system: System
    application: Application
    entrance: Entrance
    worker: Worker | None
    exporter: "Exporter | None" = None

    def start(self) -> None:
        if self.worker is not None:
            self.worker.start()

    def close(self) -> None:
        """Stop the worker, answer what is under way, and close the gateway and the database."""
        if self.worker is not None:
            self.worker.stop()
        self.application.close()
        self.entrance.close()
        if self.exporter is not None:
            self.exporter.close()
        self.system.gateway.close()
        self.system.database.close()


def _prepare_tables(url: str) -> None:
    if is_current(url) or make_at_once(url):
        return
    from prorata.server.migrate import migrate

    migrate(url)


def assemble(settings: Settings) -> Server:
    """Open the database, prepare it in development, and put the parts together.

    Raises Refused for settings that cannot serve, and for a database that cannot be used.
    """
    settings.check()
    prepare_structs()
    configure_logs(json=not settings.dev)
    if not settings.dev:
        require_current(settings.database)
    elif not is_blank(settings.database):
        # Before it is opened: nobody may use tables that are changed, and what is refused stays as
        # it is.
        _prepare_tables(settings.database)
    database = open_database(settings.database, durable=not settings.dev)
    try:
        if settings.dev and database.dialect == "sqlite":
            _prepare_tables(database.url)
        gateway = _gateway(settings, database)
        tax_engine = _tax_engine(settings)
    except BaseException:
        database.close()
        raise
    system = System(
        database=database,
        clock=SystemClock(settings.now),
        gateway=gateway,
        tax_engine=tax_engine,
        base_url=settings.base_url,
        default_version=settings.api_version,
        dev=settings.dev,
        seals=open_seals(settings, database.url),
        mailing_live=mailing_of(settings.smtp, livemode=True, dev=settings.dev),
        mailing_test=mailing_of(settings.smtp, livemode=False, dev=settings.dev),
    )
    if settings.dev:
        prepare_dev(system, settings)
    welcome = (settings.base_url, settings.secret_key, settings.publishable_key)
    entrance = Entrance(system, welcome if settings.dev else None)
    application = Application(
        system, pages=[ScriptPages(system), entrance], limits=settings.limits
    )
    if settings.dev:
        application.pages.insert(
            0,
            DevEndpoints(
                system,
                forget=application.reception.keyring.forget,
                prepare=lambda: prepare_dev(system, settings),
            ),
        )
        let_listen(application)
    exporter = _watched(settings, application)
    worker = Worker(system, post=_post(settings)) if settings.worker else None
    return Server(settings, system, application, entrance, worker, exporter)


def _post(settings: Settings) -> "MailPost | None":
    smtp = settings.smtp
    return None if smtp is None else lambda system, claims: open_post(system, claims, smtp)


def _watched(settings: Settings, application: Application) -> "Exporter | None":
    """Let the log and the metrics, as far as they are wanted, hear of what is done."""
    hearers = application.notes.hearers
    if settings.request_log or (settings.request_log is None and not settings.dev):
        hearers.append(RequestLog())
    if settings.metrics is None:
        return None
    # Loaded where somebody watches only: a development server starts without it.
    from prorata.server.exporter import Exporter
    from prorata.server.metrics import Metrics

    metrics = Metrics(application.system)
    hearers.append(metrics.hear)
    return Exporter(settings.metrics, metrics.text, settings.metrics_token)


def _gateway(settings: Settings, database: Database) -> Gateway:
    try:
        return open_gateway(settings.gateway, database.url)
    except UnknownGateway:
        raise Refused(
            f"no gateway is called {settings.gateway!r}. Installed: {', '.join(names())}."
        ) from None


def _tax_engine(settings: Settings) -> TaxEngine | None:
    """Return the engine that is asked for taxes, None for the built-in one."""
    if settings.tax_engine == BUILT_IN:
        return None
    try:
        return open_tax_engine(settings.tax_engine)
    except UnknownTaxEngine as unknown:
        raise Refused(str(unknown)) from None


def let_listen(application: Application) -> None:
    """Let the Stripe CLI hear of the events and requests of a development server."""
    reception = application.reception

    def open_key(headers: dict[str, str]) -> tuple[str, ApiKey]:
        secret = secret_of(headers.get("authorization"), {})
        key = reception.key_of(secret)
        if key.permissions is not None and "event_read" not in key.permissions:
            raise denied(key, "event_read")
        return secret, key

    listening = Listening(application.system, open_key)

    def witness(request: HttpRequest, answer: Answer) -> None:
        listening.answered(
            request.headers,
            request=request.id,
            method=request.method,
            path=request.path,
            status=answer.status,
            body=answer.body,
        )

    application.pages.insert(0, listening.page)
    application.sockets.append(listening.socket)
    application.witnesses.append(witness)


def prepare_dev(system: System, settings: Settings) -> None:
    """Make the account and the keys of development, where they are missing."""

    def books(connection: Connection) -> None:
        now = system.clock.now()
        book = open_book(connection, DEV_ACCOUNT, livemode=False)
        for kind, secret in (("sk", settings.secret_key), ("pk", settings.publishable_key)):
            add_key(connection, book, secret, id=system.ids.new(f"key_{kind}", now), now=now)

    system.database.write(books)
    book = system.database.read(lambda connection: open_book(connection, DEV_ACCOUNT, False))
    system.write(book, ensure_account)
