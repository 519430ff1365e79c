"""A gateway that fails in every way; longer by `python -m tests.storms gateway`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from badinput.asking import Asker
from servers import running
from storms.gateway_storm import play
from storms.rounds import settings_for
from storms.world import BEGINNING


@pytest.fixture(scope="module")
def shop(store: str) -> Iterator[tuple[Any, Asker]]:
    with running(worker=False, now=BEGINNING) as server:
        asker = Asker(server.url, server.secret_key)
        yield server, asker
        asker.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_money_moves_once_whatever_the_gateway_does(shop: tuple[Any, Asker], seed: int) -> None:
    counted = play(*shop, seed, settings_for(1))
    assert counted["faults"] > 0 and counted["charges"] > 0
