"""Lanes: one hot spot does not take all the threads of a server."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, wait
from typing import Any

import psycopg
import pytest
import requests

from prorata.store.lanes import LanedThreads
from servers import running

PATIENCE_SECONDS = 20


@pytest.fixture
def threads() -> Any:
    made = LanedThreads(4, "test", of_one_lane=2)
    yield made
    made.shutdown()


def _held(threads: LanedThreads, free: threading.Event, lane: str, count: int) -> list[Any]:
    return [threads.submit(lambda: free.wait(PATIENCE_SECONDS), lane) for _ in range(count)]


def test_a_lane_takes_its_share_of_the_threads_and_others_go_on(threads: LanedThreads) -> None:
    free, active, most = threading.Event(), [0], [0]
    lock = threading.Lock()

    def work() -> None:
        with lock:
            active[0] += 1
            most[0] = max(most[0], active[0])
        free.wait(PATIENCE_SECONDS)
        with lock:
            active[0] -= 1

    hot = [threads.submit(work, "hot") for _ in range(20)]
    for lane in ("cold", None, "other", None):
        assert threads.submit(lambda: 7, lane).result(PATIENCE_SECONDS) == 7
    assert not any(each.done() for each in hot)
    free.set()
    assert not wait(hot, PATIENCE_SECONDS).not_done
    assert most == [2]


def test_lanes_take_turns_and_each_keeps_its_order() -> None:
    threads, free, done = LanedThreads(1, "test", of_one_lane=1), threading.Event(), []
    first = threads.submit(lambda: free.wait(PATIENCE_SECONDS), "before")
    for name in ("a1", "a2", "a3", "b1", "c1"):
        threads.submit(lambda name=name: done.append(name), name[0])
    threads.submit(lambda: done.append("alone"))
    free.set()
    first.result(PATIENCE_SECONDS)
    threads.shutdown()
    assert done == ["a1", "b1", "c1", "alone", "a2", "a3"]


def test_what_fails_or_is_given_up_keeps_no_place_of_its_lane(threads: LanedThreads) -> None:
    free = threading.Event()
    held = _held(threads, free, "hot", 2)
    given_up: list[Future[Any]] = [threads.submit(lambda: 1 // 0, "hot") for _ in range(3)]
    assert given_up[0].cancel()
    free.set()
    wait(held, PATIENCE_SECONDS)
    for each in given_up[1:]:
        with pytest.raises(ZeroDivisionError):
            each.result(PATIENCE_SECONDS)
    assert [threads.submit(lambda: 7, "hot").result(PATIENCE_SECONDS) for _ in range(4)] == [7] * 4


def test_what_waits_is_done_before_the_end() -> None:
    threads, free = LanedThreads(2, "test", of_one_lane=1), threading.Event()
    all = _held(threads, free, "hot", 9) + _held(threads, free, "other", 3)
    threading.Timer(0.05, free.set).start()
    threads.shutdown()
    assert all and {each.done() for each in all} == {True}
    with pytest.raises(RuntimeError):
        threads.submit(lambda: None)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_requests_about_one_customer_leave_others_their_sessions(database_url: str) -> None:
    """Thirty requests wait for the row of one customer; those about another one are answered."""
    with running(database_url, worker=False) as server:

        def post(path: str, **form: Any) -> dict[str, Any]:
            answer = requests.post(
                f"{server.url}/v1/{path}", form, auth=(server.secret_key, ""),
                timeout=PATIENCE_SECONDS,
            )  # fmt: skip
            assert answer.status_code == 200, answer.text
            return dict(answer.json())

        hot, cold = (post("customers", name=name)["id"] for name in ("Hot", "Cold"))
        waiting = []
        with psycopg.connect(database_url) as holder:
            holder.execute("SELECT 1 FROM doc_customer WHERE id = %s FOR UPDATE", [hot])
            for number in range(30):
                path, form = f"customers/{hot}", {"metadata[n]": str(number)}
                if number % 2:
                    path = f"customers/{hot}/balance_transactions"
                    form = {"amount": "-5", "currency": "usd"}
                thread = threading.Thread(target=post, args=[path], kwargs=form)
                thread.start()
                waiting.append(thread)
            time.sleep(1)
            for _ in range(3):
                assert post(f"customers/{cold}", description="served")["description"] == "served"
                assert post("customers", name="New")["name"] == "New"
            assert all(thread.is_alive() for thread in waiting)
        for thread in waiting:
            thread.join(PATIENCE_SECONDS)
        assert post(f"customers/{hot}", name="Hot")["balance"] == -75
