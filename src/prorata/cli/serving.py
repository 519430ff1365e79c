"""Serving: the long-running commands."""

import contextlib
import errno
import os
import signal
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from prorata.api.limits import Limits
from prorata.model.errors import Refused
from prorata.model.redaction import redacted
from prorata.server.mail import smtp_of_environment
from prorata.server.settings import DEV_PUBLISHABLE_KEY, DEV_SECRET_KEY, Settings

METRICS_TOKEN = "PRORATA_METRICS_TOKEN"
# How often a worker sees whether a signal came that did not wake it.
LOOK_UP_SECONDS = 1.0


def run_dev(
    *,
    host: str,
    port: int,
    database: str,
    secret_key: str | None,
    publishable_key: str | None,
    api_version: str | None,
    now: str | None,
) -> None:
    """Run API and worker in this process until a signal ends it."""
    from prorata.cli.time import parse_moment

    moment = None if now is None else parse_moment(now)
    listener = _listen(host, port)
    settings = Settings(
        database=database,
        host=host,
        port=listener.getsockname()[1],
        secret_key=DEV_SECRET_KEY if secret_key is None else secret_key,
        publishable_key=DEV_PUBLISHABLE_KEY if publishable_key is None else publishable_key,
        api_version=api_version,
        now=moment,
        smtp=smtp_of_environment(),
    )
    server = _assembled(settings, listener)
    server.start()
    _print_dev(settings)
    _serve(server, listener)


class Background:
    """A development server beside whatever this process does in the foreground."""

    def __init__(self, server: Any, listener: socket.socket) -> None:
        import uvicorn

        self._server = server
        self._listener = listener
        self._uvicorn = uvicorn.Server(_config(server))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prorata-server")
        self._thread.start()
        server.start()

    def _run(self) -> None:
        try:
            self._uvicorn.run(sockets=[self._listener])
        finally:
            self._ended.set()

    def wait(self) -> None:
        """Return when the server has ended, or at Ctrl-C."""
        # Not by `join`: where a signal interrupts that, Python 3.11 takes the thread for ended.
        while not self._ended.wait(0.5):
            pass

    def stop(self) -> None:
        self._server.system.ending = True
        self._uvicorn.should_exit = True
        self._ended.wait()
        self._thread.join()
        self._server.close()


def start_dev(settings: Settings) -> Background:
    """Start a development server in the background; it answers when this returns."""
    listener = _listen(settings.host, settings.port)
    settings.port = listener.getsockname()[1]
    return Background(_assembled(settings, listener), listener)


def run_serve(
    *,
    host: str,
    port: int,
    database: str,
    api_version: str | None,
    gateway: str,
    tax_engine: str,
    base_url: str | None,
    limits: tuple[int | None, int | None, int],
    metrics: str | None,
    request_log: bool,
) -> None:
    """Serve the API on an up-to-date database until a signal ends it."""
    from prorata.server.secret_keys import require_keys

    require_keys(database)
    listener = _listen(host, port)
    settings = Settings(
        database=database,
        host=host,
        port=listener.getsockname()[1],
        api_version=api_version,
        gateway=gateway,
        tax_engine=tax_engine,
        public_url=base_url,
        dev=False,
        worker=False,
        limits=Limits(*limits),
        metrics=metrics,
        metrics_token=os.environ.get(METRICS_TOKEN),
        request_log=request_log,
        smtp=smtp_of_environment(),
    )
    server = _assembled(settings, listener)
    _say(f"Prorata serves {settings.base_url}")
    _serve(server, listener)


def run_worker(
    *, database: str, gateway: str, tax_engine: str, base_url: str, metrics: str | None
) -> None:
    """Do due work until a signal ends it."""
    from prorata.server.secret_keys import require_keys

    require_keys(database)
    settings = Settings(
        database=database,
        gateway=gateway,
        tax_engine=tax_engine,
        public_url=base_url,
        dev=False,
        metrics=metrics,
        metrics_token=os.environ.get(METRICS_TOKEN),
        smtp=smtp_of_environment(),
    )
    server = _assembled(settings)
    stopped = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopped.set())
    on_hangup(lambda *_: stopped.set())
    server.start()
    _say("Prorata worker: at work")
    # A signal that another thread has taken, as one may that came while the process stood still,
    # is handled once this one looks up.
    while not stopped.wait(LOOK_UP_SECONDS):
        pass
    server.close()


def run_migrate(database: str) -> None:
    """Bring the tables up to date and say what was done."""
    from prorata.server.migrate import migrate

    for line in migrate(database):
        print(line)


def _assembled(settings: Settings, listener: socket.socket | None = None) -> Any:
    """Return a system that has this whole process to itself; without one nothing listens."""
    from prorata.server.assemble import assemble
    from prorata.server.collector import calm_collector

    try:
        server = assemble(settings)
    except BaseException:
        if listener is not None:
            listener.close()
        raise
    calm_collector()
    return server


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OverflowError:
        listener.close()
        raise Refused(f"{port} is no port: there are 1 to 65535, and 0 takes a free one.") from None
    except OSError as error:
        listener.close()
        advice = ""
        if error.errno == errno.EADDRINUSE:
            advice = " Is another server running there? Choose another port with --port."
        raise Refused(f"cannot listen on {host}:{port} ({error.strerror}).{advice}") from None
    # From here on a connection waits instead of being refused.
    listener.listen(2048)
    return listener


def _serve(server: Any, listener: socket.socket) -> None:
    import uvicorn

    class Listener(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            # A request that lives through years would not be waited out.
            server.system.ending = True
            super().handle_exit(sig, frame)

    listening = Listener(_config(server))
    on_hangup(listening.handle_exit)
    # It is raised anew once everybody has an answer, and would end us before the rest is closed.
    signal.signal(signal.SIGTERM, listening.handle_exit)
    try:
        listening.run(sockets=[listener])
    finally:
        server.close()


def on_hangup(end: Callable[[int, Any], Any]) -> None:
    """Have what was begun in a terminal end in order when that closes; not where it is to stay."""
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, end)


def _config(server: Any) -> Any:
    from prorata.server.http import http_config

    return http_config(server)


def _say(line: str) -> None:
    """Say that a process is ready; it is, also where its output finds no room."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


def _print_dev(settings: Settings) -> None:
    frozen = ""
    if settings.now is not None:
        moment = datetime.fromtimestamp(settings.now, UTC)
        frozen = f"\n  Time             frozen at {moment:%Y-%m-%d %H:%M:%S} UTC"
    print(
        f"Prorata is ready.\n"
        f"  API              {settings.base_url}\n"
        f"  Secret key       {settings.secret_key}\n"
        f"  Publishable key  {settings.publishable_key}\n"
        f"  Mails            {settings.base_url}/_prorata/outbox\n"
        f"  Database         {redacted(settings.database)}{frozen}\n"
        f"Press Ctrl-C to stop.",
        flush=True,
    )
