"""Schemathesis storm: requests made of the OpenAPI document, in sequences, against one shop."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from badinput.conftest import NOW, Counter
from prorata.model.ids import IdFactory
from servers import running
from storms.described import Described
from storms.rounds import Round

EXAMPLES = 15
LONGEST_SEQUENCE = 25


@contextmanager
def rounds() -> Iterator[tuple[Round, int]]:
    """Give the function that plays a round on a shop that is put back after each sequence."""
    with running(worker=False, now=NOW) as server:
        server.system.ids = IdFactory(1)
        counter = Counter(server)
        shop = Described(server, counter.stock, counter.asker)
        try:
            yield lambda number, wanted: play(shop, counter, number, wanted), EXAMPLES
        finally:
            counter.close()


def play(shop: Described, counter: Counter, number: int, wanted: settings) -> dict[str, int]:
    """Play the sequences of one seed and return what was asked and taken."""
    shop.asked = shop.taken = 0
    shop.server.system.ids = IdFactory(number)

    @seed(number)
    @wanted
    @given(data=st.data())
    def sequence(data: st.DataObject) -> None:
        try:
            for _ in range(data.draw(st.integers(1, LONGEST_SEQUENCE))):
                shop.anything(data)
            shop.hold(later=data.draw(st.integers(0, 3)) == 0)
        finally:
            counter.restock()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sequence()
    return {"requests": shop.asked, "answered with 200": shop.taken}
