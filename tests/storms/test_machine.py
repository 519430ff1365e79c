"""Random lives over the API: after every step the books hold; longer by `python -m tests.storms`.

What the long runs found is kept here by its seed where no shorter test tells of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from badinput.asking import Asker
from servers import running
from storms.lives_storm import play
from storms.machine import Lives, lives_on
from storms.rounds import settings_for
from storms.world import BEGINNING

LIVES = 3


@pytest.fixture(scope="module")
def machine(store: str) -> Iterator[type[Lives]]:
    with running(worker=False, now=BEGINNING) as server:
        asker = Asker(server.url, server.secret_key)
        yield lives_on(server, asker)
        asker.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_random_lives_leave_sound_books(machine: type[Lives], seed: int) -> None:
    counted = play(machine, seed, settings_for(LIVES))
    assert counted["steps"] > LIVES
