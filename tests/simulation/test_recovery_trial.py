"""The smart schedule collects more than the even one, in the same world and from the same seed."""

from __future__ import annotations

import pytest

from prorata.simulation.recovery_trial import Trial, live


@pytest.mark.parametrize("seed", [1, 2])
def test_what_a_company_learns_pays(seed: int) -> None:
    fixed = live(seed, "fixed", customers=16, months=12)
    smart = live(seed, "smart", customers=16, months=12)

    assert fixed.failed > 100 and abs(smart.failed - fixed.failed) < 10
    assert smart.recovered > 2 * fixed.recovered
    assert smart.amount == smart.recovered * 2_000


def test_a_life_lived_again_learns_the_same() -> None:
    first, again = (live(3, "smart", customers=6, months=5) for _ in range(2))
    assert first == again
    assert first != Trial(0, 0, 0)
