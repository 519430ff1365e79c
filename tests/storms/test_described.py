"""The OpenAPI document is true: what it admits is answered as it says, and nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from badinput.bases import base_of, path_of
from badinput.conftest import NOW, Counter
from servers import running
from storms.described import Described

# Bringing the stock back takes long on PostgreSQL, where each operation is asked once as it is.
EXAMPLES, FEW_EXAMPLES = 15, 5


@pytest.fixture(scope="module")
def counter(store: str) -> Iterator[Counter]:
    with running(worker=False, now=NOW) as server:
        found = Counter(server)
        yield found
        found.close()


@pytest.fixture(scope="module")
def described(counter: Counter) -> Described:
    return Described(counter.server, counter.stock, counter.asker)


def test_every_operation_answers_as_it_is_described(
    described: Described, counter: Counter
) -> None:
    wrong = []
    for operation in described.by_route.values():
        path = path_of(operation, described.stock)
        try:
            described.ask(operation, path, base_of(operation, described.stock))
        except Exception as found:
            wrong.append(f"{operation.route}: {found}")
        if operation.method != "GET":
            counter.restock()
    assert not wrong, "\n\n".join(wrong)


def test_drawn_requests_break_nothing(described: Described, counter: Counter) -> None:
    @settings(
        max_examples=EXAMPLES if counter.quick else FEW_EXAMPLES,
        derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(data=st.data())
    def whatever(data: st.DataObject) -> None:
        try:
            for _ in range(data.draw(st.integers(1, 8))):
                described.anything(data)
            described.hold(later=data.draw(st.integers(0, 3)) == 0)
        finally:
            counter.restock()

    whatever()
