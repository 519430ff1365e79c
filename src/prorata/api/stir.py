"""Stir: what a developer asks to happen to deliveries, from the words of a request."""

import random
from typing import Any

from prorata.engine.chaos import LONGEST_DELAY_SECONDS, Fates
from prorata.model.errors import InvalidRequest

WORDS = {"true": True, "1": True, "false": False, "0": False}


def fates_of(params: dict[str, Any]) -> Fates:
    """Return what is to happen to deliveries; a seed is drawn where none is given.

    Raises InvalidRequest for numbers out of their bounds, naming the parameter.
    """
    seed = params.get("seed")
    shuffle = WORDS.get(str(params.get("shuffle", "false")).lower())
    if shuffle is None:
        raise InvalidRequest("Invalid shuffle: must be true or false.", param="shuffle")
    return Fates(
        seed=random.randrange(1 << 32) if seed is None else int(_number(seed, "seed", 2.0**53)),
        duplicate=_number(params.get("duplicate", 0), "duplicate", 1.0),
        delay=_number(params.get("delay", 0), "delay", LONGEST_DELAY_SECONDS),
        shuffle=shuffle,
    )


def _number(value: Any, name: str, most: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number <= most:
        raise InvalidRequest(f"Invalid {name}: must be a number from 0 to {most:.0f}.", param=name)
    return number
