"""Lives storm: the machine of random lives, round by round, against one server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from badinput.asking import Asker
from servers import running
from storms.machine import Lives, lives_on
from storms.rounds import Round
from storms.world import BEGINNING

EXAMPLES = 8


@contextmanager
def rounds() -> Iterator[tuple[Round, int]]:
    """Give the function that plays the lives of one seed."""
    with running(worker=False, now=BEGINNING) as server:
        asker = Asker(server.url, server.secret_key)
        machine = lives_on(server, asker)
        try:
            yield lambda number, wanted: play(machine, number, wanted), EXAMPLES
        finally:
            asker.close()


def play(machine: type[Lives], number: int, wanted: settings) -> dict[str, int]:
    """Live the lives of one seed and return how many steps and calls they were."""
    machine.steps = machine.calls = machine.refusals = machine.compared = 0
    run_state_machine_as_test(seed(number)(machine), settings=wanted)
    return {
        "steps": machine.steps, "calls": machine.calls, "refused": machine.refusals,
        "previews held to their bills": machine.compared,
    }  # fmt: skip
