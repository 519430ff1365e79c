"""Lookups: names of receivers are looked up by the system, each in a thread of its own.

A name that nobody answers keeps its thread for as long as the system asks for it, whatever has
become of the try: nothing else waits for that, neither another name nor the worker's end.
"""

import errno
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class Lookups(ThreadPoolExecutor):
    """Runs each call at once; those that still run are not waited for at the end."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()

        def run() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                done.set_result(fn(*args, **kwargs))
            except BaseException as error:
                done.set_exception(error)

        try:
            threading.Thread(target=run, name="lookup", daemon=True).start()
        except RuntimeError as error:
            raise OSError(errno.ENOMEM, "no thread is left") from error
        return done
