"""Logs: one structured line per event, on standard error."""

import contextlib
import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from prorata.model.redaction import redacted


def configure_logs(*, json: bool) -> None:
    """Write logs as JSON lines for machines, or as short lines for people."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: Processor = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, _without_secrets, ending],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    if not any(isinstance(each, _HandingOn) for each in root.handlers):
        root.addHandler(_HandingOn(logging.WARNING))
    # It warns of every pipeline that a conflict ends; the conflict is what counts, and is told.
    logging.getLogger("psycopg").setLevel(logging.ERROR)


class _Lines:
    """Writes lines to standard error, where they can be written.

    A disk without room for the log, or nobody who reads it, must end no work.
    """

    def msg(self, line: str) -> None:
        # Standard error is whatever it is when a line is written, and may be nothing at all.
        stream = sys.stderr
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.write(line + "\n")
                stream.flush()

    log = debug = info = warn = warning = fatal = failure = err = error = critical = exception = msg


class _HandingOn(logging.Handler):
    """Lets what libraries have to say be a line like the others, without secrets."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            structlog.get_logger(record.name).log(
                record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info
            )
        except Exception:
            self.handleError(record)


def _without_secrets(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Take keys, secrets and card numbers out of whatever is about to be written."""
    return {
        field: redacted(value) if isinstance(value, str) else value
        for field, value in event.items()
    }
