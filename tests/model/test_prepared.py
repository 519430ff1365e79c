"""Structs are prepared by one thread: many threads that decode at once do not end the process."""

from __future__ import annotations

import subprocess
import sys

# Threads that change places all the time meet in the middle of whatever is not finished.
RACE = """
import sys, threading
import msgspec
import prorata.engine.all, prorata.resources.all
from prorata.model.prepared import prepare_structs
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.store.records import decoder

prepare_structs()
sys.setswitchinterval(1e-6)
together = threading.Barrier(8)
TEXTS = {
    Invoice: b'{"object": "invoice", "lines": {"data": [{"parent": {}, "pricing": {}}]}}',
    Subscription: b'{"object": "subscription", "items": {"data": [{"price": {}}]}}',
}

def decode(cls):
    together.wait()
    try:
        decoder(cls).decode(TEXTS[cls])
    except msgspec.ValidationError:
        pass

threads = [
    threading.Thread(target=decode, args=(cls,)) for cls in (Invoice, Subscription) * 4
]
for each in threads:
    each.start()
for each in threads:
    each.join()
"""


def test_many_threads_decode_for_the_first_time_at_once() -> None:
    for _ in range(3):
        assert subprocess.run([sys.executable, "-c", RACE]).returncode == 0
