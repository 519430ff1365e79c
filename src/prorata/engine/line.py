"""Line: the way to a gateway that may be slow, silent or gone, without anybody else waiting for it.

Questions go out side by side and are waited for only so long. One that is not answered by then
counts as unanswered, whatever still comes of it: every order has its key, under which it is looked
up later. A line that took its whole time and gave nothing, nor anybody else an answer meanwhile,
rests for a while, in which only one question at a time goes out to see whether somebody is there
again.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog

from prorata.gateways.protocol import Gateway, GatewayTimeout

T = TypeVar("T")
PATIENCE_SECONDS = 20.0
REST_SECONDS = 10.0
# A silence that was shorter has cost nobody anything.
SLOW_SECONDS = 1.0
# Questions of one caller that are out at once, and of all callers.
SIDE_BY_SIDE = 16
MOST_OUT = 64
log = structlog.get_logger("prorata.engine")


@dataclass(frozen=True, slots=True)
class Said(Generic[T]):
    """Answers in the order of their questions, None where none came in time.

    unasked: so many of the last questions did not go out: the others, of which some were answered,
    took all the time.
    """

    answers: list[T | None]
    unasked: int = 0


class Line:
    """The line to one gateway; its threads end with their questions, and never hold up an exit."""

    def __init__(
        self,
        gateway: Gateway,
        *,
        patience: float = PATIENCE_SECONDS,
        rest: float = REST_SECONDS,
        most_out: int = MOST_OUT,
    ) -> None:
        self.gateway = gateway
        self._patience = patience
        self._rest = rest
        self._room = threading.BoundedSemaphore(most_out)
        self._lock = threading.Lock()
        self._silent_until = 0.0
        # When somebody's question was answered last.
        self._heard_at = 0.0
        self._probing = False

    def ask(self, questions: Sequence[Callable[[], T]]) -> list[T | None]:
        """Return the answers in the order of the questions; None where none came in time."""
        return self.put(questions).answers

    def put(self, questions: Sequence[Callable[[], T]]) -> Said[T]:
        """Put questions to the gateway and return what it said until its time was over.

        A question that raises is unanswered too. Asks in this thread where the gateway says that
        it is `immediate`: the sandbox's network is a book beside ours.
        """
        if getattr(self.gateway, "immediate", False):
            return Said([_answer(question) for question in questions])
        probing = False
        if self._silent_until:
            with self._lock:
                if self._silent_until > time.monotonic() or self._probing:
                    return Said([None] * len(questions))
                probing = self._probing = True
        asked = questions[:1] if probing else questions
        started = time.monotonic()
        try:
            said = self._wait(asked, started + self._patience)
        finally:
            self._probing = False
        ended = time.monotonic()
        seconds = ended - started
        if any(answer is not None for answer in said.answers):
            self._heard_at, self._silent_until = ended, 0.0
        elif self._heard_at < started and (probing or seconds >= min(SLOW_SECONDS, self._patience)):
            # Where others were answered, the silence is about these questions alone.
            self._silent_until = ended + self._rest
            log.warning("the gateway is silent", gateway=self.gateway.name, seconds=seconds)
        if not probing:
            return said
        if said.answers[0] is None:
            return Said(said.answers + [None] * (len(questions) - 1))
        # Somebody is there: the others need not wait for their next turn.
        rest = self._wait(questions[1:], time.monotonic() + self._patience)
        return Said(said.answers + rest.answers, rest.unasked)

    def _wait(self, questions: Sequence[Callable[[], T]], until: float) -> Said[T]:
        """Ask side by side and return what was answered by a second of the monotonic clock."""
        round_ = _Round(questions)
        for asking in range(min(SIDE_BY_SIDE, len(questions))):
            if not self._room.acquire(timeout=max(0.0, until - time.monotonic())):
                break
            each = threading.Thread(target=self._work, args=(round_,), name="gateway", daemon=True)
            try:
                each.start()
            except RuntimeError:
                # The system has none left for now: those that ask already ask for all.
                self._room.release()
                log.error("no thread is left for the gateway", asking=asking)
                if not asking:
                    until = time.monotonic()
                break
        return round_.end(until)

    def _work(self, round_: "_Round[Any]") -> None:
        try:
            while round_.ask_next():
                pass
        finally:
            self._room.release()


class _Round(Generic[T]):
    """Questions that were put together, and the answers so far."""

    def __init__(self, questions: Sequence[Callable[[], T]]) -> None:
        self._waiting = deque(enumerate(questions))
        self._answers: list[T | None] = [None] * len(questions)
        self._open = len(questions)
        self._changed = threading.Condition()

    def ask_next(self) -> bool:
        """Ask one more question; False when none waits any more."""
        try:
            place, question = self._waiting.popleft()
        except IndexError:
            return False
        answer = None
        try:
            answer = _answer(question)
        except BaseException:
            # A plugin's own loop that was cancelled, or an exit: here it ends a question, and no
            # more. Whoever waits would wait for the whole time otherwise.
            log.exception("a gateway fails")
        with self._changed:
            self._answers[place] = answer
            self._open -= 1
            if not self._open:
                self._changed.notify_all()
        return True

    def end(self, until: float) -> Said[T]:
        """Wait until all is answered, or that second; what was not asked by then never is."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._open, timeout=max(0.0, until - time.monotonic())
            )
            unasked = len(self._waiting)
            self._waiting.clear()
            alive = any(answer is not None for answer in self._answers)
            return Said(list(self._answers), unasked if alive else 0)


def _answer(question: Callable[[], T]) -> T | None:
    try:
        return question()
    except GatewayTimeout:
        return None
    except Exception:
        # Whatever it means, it says nothing about the money.
        log.exception("a gateway fails")
        return None
