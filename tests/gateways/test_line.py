"""The line to a gateway: side by side, waited for only so long, and rested when it is silent."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from prorata.engine.line import SIDE_BY_SIDE, Line
from prorata.gateways.protocol import GatewayTimeout

BRIEF = 0.05


class Far:
    """A gateway that is far away."""

    name = "far"


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Give what questions hang on; it opens at the end, so that no thread stays."""
    found = threading.Event()
    yield found
    found.set()


def line(**options: float) -> Line:
    return Line(Far(), **{"patience": BRIEF, "rest": BRIEF, **options})


def hanging(gate: threading.Event) -> str:
    gate.wait()
    return "late"


def after(seconds: float, word: str) -> str:
    time.sleep(seconds)
    return word


def test_answers_come_in_the_order_of_the_questions() -> None:
    questions = [partial(after, 0.02 / (number + 1), str(number)) for number in range(4)]
    assert line(patience=5).ask(questions) == ["0", "1", "2", "3"]


def test_questions_are_asked_side_by_side() -> None:
    all_out = threading.Barrier(SIDE_BY_SIDE)

    def meet() -> str:
        all_out.wait(30)
        return "ok"

    assert line(patience=30).ask([meet] * SIDE_BY_SIDE) == ["ok"] * SIDE_BY_SIDE


def test_one_that_hangs_takes_no_answer_from_the_others(gate: threading.Event) -> None:
    found = line(patience=2).ask([partial(hanging, gate), lambda: "here", lambda: "there"])
    assert found == [None, "here", "there"]


def test_what_did_not_go_out_is_told_where_others_were_answered(gate: threading.Event) -> None:
    hang = [partial(hanging, gate)] * SIDE_BY_SIDE
    said = line(patience=0.3, rest=0).put([lambda: "here", *hang, *hang[:5]])
    assert (said.answers, said.unasked) == (["here", *[None] * 21], 5)
    assert line(patience=0.1, rest=0).put([*hang, *hang[:5]]).unasked == 0


def test_a_question_that_fails_is_unanswered() -> None:
    def timeout() -> str:
        raise GatewayTimeout("nobody is there")

    def crash() -> str:
        raise KeyError("status")

    assert line(patience=5).ask([timeout, crash, lambda: "ok"]) == [None, None, "ok"]


@pytest.mark.parametrize("end", [asyncio.CancelledError, SystemExit, GeneratorExit])
def test_a_question_that_ends_its_thread_is_unanswered_at_once(
    end: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it until the end of the time, after which the line would rest."""

    def leave() -> str:
        raise end

    monkeypatch.setattr("prorata.engine.line.SLOW_SECONDS", 30.0)
    asked = line(patience=30, rest=600)
    assert asked.ask([leave] * 3) == [None] * 3
    assert asked.ask([leave, lambda: "ok"]) == [None, "ok"]


def test_a_silent_line_costs_its_patience_once(gate: threading.Event) -> None:
    silent, asked = line(patience=0.1, rest=600), []
    assert silent.ask([partial(hanging, gate)] * 40) == [None] * 40
    assert silent.ask([partial(asked.append, 1)] * 40) == [None] * 40
    assert silent.ask([partial(asked.append, 1)]) == [None]
    assert not asked


def test_after_its_rest_one_question_finds_out_whether_somebody_is_there(
    gate: threading.Event,
) -> None:
    silent, asked = line(patience=1, rest=0.02), []

    def ask() -> str:
        asked.append(1)
        return hanging(gate)

    silent.ask([ask])
    time.sleep(0.03)
    asked.clear()
    assert silent.ask([ask] * 5) == [None] * 5 and len(asked) == 1
    time.sleep(0.03)
    gate.set()
    assert silent.ask([ask] * 5) == ["late"] * 5
    assert silent.ask([lambda: "ok"]) == ["ok"]


def test_a_line_that_answers_others_meanwhile_does_not_rest(gate: threading.Event) -> None:
    busy, found = line(patience=0.5, rest=600), []
    silence = threading.Thread(target=lambda: found.append(busy.ask([partial(hanging, gate)])))
    silence.start()
    time.sleep(0.1)
    assert busy.ask([lambda: "here"]) == ["here"]
    silence.join()
    assert found == [[None]]
    assert busy.ask([lambda: "there"]) == ["there"]


def test_a_silence_that_costs_no_time_is_no_reason_to_rest() -> None:
    def refuse() -> str:
        raise GatewayTimeout("connection refused")

    quick = line(patience=60, rest=60)
    assert quick.ask([refuse] * 3) == [None] * 3
    assert quick.ask([lambda: "ok"]) == ["ok"]


def test_questions_that_hang_take_up_only_so_many_threads(gate: threading.Event) -> None:
    silent = line(patience=0.02, rest=0.0, most_out=4)
    before = threading.active_count()
    for _ in range(10):
        silent.ask([partial(hanging, gate)] * 3)
    assert threading.active_count() <= before + 4


def test_a_system_without_threads_takes_no_room_from_those_who_ask_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left = [0]
    start = threading.Thread.start

    def starts(self: threading.Thread) -> None:
        if not left[0]:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(self)

    asked = line(patience=5, most_out=2)
    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", starts)
        begun = time.monotonic()
        for _ in range(3):
            assert asked.ask([lambda: "yes"] * 3) == [None] * 3
        assert time.monotonic() - begun < 5
        left[0] = 1
        assert asked.ask([lambda: "yes"] * 3) == ["yes"] * 3
    assert asked.ask([lambda: "yes"] * 3) == ["yes"] * 3
