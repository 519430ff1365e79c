"""The smart schedule collects more than the fixed one, in the same world and from the same seed."""

from __future__ import annotations

from prorata.simulation.recovery_trial import Trial, live


def test_what_a_company_learns_pays() -> None:
    fixed = live(1, "fixed", customers=12, months=10)
    smart = live(1, "smart", customers=12, months=10)

    assert fixed.failed > 80 and abs(smart.failed - fixed.failed) < 10
    assert smart.recovered > 2 * fixed.recovered
    assert smart.amount == smart.recovered * 2_000


def test_a_life_lived_again_learns_the_same() -> None:
    first, again = (live(3, "smart", customers=4, months=4) for _ in range(2))
    assert first == again
    assert first != Trial(0, 0, 0)
