"""Prepared: every struct is made known to its decoder by one thread, before others use it.

What msgspec knows of a struct it works out at the first decoding, and shows it to other threads
half done: two that decode a kind of struct for the first time at once can end the process.
"""

import contextlib
import threading
from collections.abc import Iterator

import msgspec

_LOCK = threading.Lock()
_done: set[type] = set()


def prepare_structs() -> None:
    """Make all structs of this package known, those of modules that were imported by now."""
    with _LOCK:
        for each in _structs(msgspec.Struct):
            if each not in _done and each.__module__.startswith("prorata."):
                # Those that are only held in memory may have fields that no decoder knows.
                with contextlib.suppress(TypeError):
                    msgspec.json.Decoder(each)
                _done.add(each)


def _structs(base: type) -> Iterator[type]:
    below: list[type] = base.__subclasses__()
    for each in below:
        yield each
        yield from _structs(each)
