"""Lanes: threads that do what they are given in turns, so that one hot spot leaves some to others.

Units that want the same rows wait for each other, and each holds a thread meanwhile. What has a
lane in common takes few of the threads at a time, and lanes take turns: whoever sends two hundred
requests about one customer waits for them, and others do not.
"""

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
Job = tuple[Callable[[], Any], "Future[Any]"]


def ready_threads(threads: int, name: str) -> ThreadPoolExecutor:
    """Return threads that are there already, whatever the system has left when one is needed."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
    ready = threading.Event()
    try:
        for _ in range(threads):
            pool.submit(ready.wait)
    finally:
        ready.set()
    return pool


class LanedThreads:
    """So many threads, of which one lane has at most some at a time."""

    def __init__(self, threads: int, name: str, *, of_one_lane: int) -> None:
        self._threads = ready_threads(threads, name)
        self._most = max(1, of_one_lane)
        self._lock = threading.Lock()
        # What waits in each lane, those first whose turn it is; how many of each are at work.
        self._waiting: OrderedDict[Hashable, deque[Job]] = OrderedDict()
        self._at_work: Counter[Hashable] = Counter()

    def submit(self, work: Callable[[], T], lane: Hashable = None) -> "Future[T]":
        """Let a thread call a function, when its lane's turn comes.

        lane: what it has in common with what it would have to wait for; None is a lane of its own.
        """
        future: Future[T] = Future()
        if lane is None:
            lane = future
        with self._lock:
            # Each job brings a thread that looks for one; it may find that others have done it.
            self._threads.submit(self._run)
            self._waiting.setdefault(lane, deque()).append((work, future))
        return future

    def shutdown(self) -> None:
        """Do what waits, and end the threads."""
        self._threads.shutdown(wait=True)

    def _run(self) -> None:
        """Do what may be done now, until nothing is left that may."""
        while (found := self._next()) is not None:
            lane, (work, future) = found
            try:
                _settle(work, future)
            finally:
                with self._lock:
                    self._at_work[lane] -= 1
                    if not self._at_work[lane]:
                        del self._at_work[lane]
            del found, work, future, lane

    def _next(self) -> tuple[Hashable, Job] | None:
        with self._lock:
            for lane, jobs in self._waiting.items():
                if self._at_work[lane] < self._most:
                    job = jobs.popleft()
                    if jobs:
                        self._waiting.move_to_end(lane)
                    else:
                        del self._waiting[lane]
                    self._at_work[lane] += 1
                    return lane, job
        return None


def _settle(work: Callable[[], Any], future: "Future[Any]") -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
    finally:
        # An error would keep what it is kept by.
        del work, future
