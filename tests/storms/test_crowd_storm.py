"""Many at once want something of the same few objects; longer by `python -m tests.storms crowd`."""

from __future__ import annotations

import pytest

from storms.crowd_storm import play


@pytest.mark.parametrize("seed", [1, 2])
def test_a_crowd_leaves_sound_books(store: str, seed: int) -> None:
    answers = play(seed, calls=90)
    assert answers["answers 200"] > 20
