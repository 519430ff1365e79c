"""Figures: what a process counts while it runs, and the text in which Prometheus reads it.

Made by hand: the format is a line per figure, and a library for it would be one more dependency
with a lock on the way of every request.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]
Labels = tuple[tuple[str, str], ...]
# Upper bounds in seconds: from a read of one document to what a person would not wait for.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Figures:
    """Counters, gauges and histograms by name and labels; may be used by several threads."""

    def __init__(self, described: Mapping[str, tuple[Kind, str]]) -> None:
        self._described = described
        self._values: dict[str, dict[Labels, float]] = {}
        # Of a histogram: how many fell into each bucket and beyond, and the sum.
        self._spread: dict[str, dict[Labels, tuple[list[int], list[float]]]] = {}
        self._lock = threading.Lock()

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Count on."""
        key = tuple(labels.items())
        with self._lock:
            values = self._values.setdefault(name, {})
            values[key] = values.get(key, 0) + amount

    def put(self, name: str, values: Iterable[tuple[Mapping[str, str], float]]) -> None:
        """Set all that a gauge says, by labels; what it said before is forgotten."""
        with self._lock:
            self._values[name] = {tuple(labels.items()): value for labels, value in values}

    def observe(self, name: str, durations: Iterable[float], **labels: str) -> None:
        """Count durations, in seconds, into their buckets."""
        key = tuple(labels.items())
        with self._lock:
            spread = self._spread.setdefault(name, {})
            found = spread.get(key)
            if found is None:
                found = spread[key] = [0] * (len(BUCKETS) + 1), [0.0]
            counts, total = found
            for seconds in durations:
                counts[bisect_left(BUCKETS, seconds)] += 1
                total[0] += seconds

    def text(self) -> str:
        """Return every figure in Prometheus' text format."""
        lines: list[str] = []
        with self._lock:
            for name, (kind, told) in self._described.items():
                lines += [f"# HELP {name} {told}", f"# TYPE {name} {kind}"]
                if kind == "histogram":
                    for labels, (counts, total) in self._spread.get(name, {}).items():
                        lines += _histogram(name, labels, counts, total[0])
                    continue
                values = self._values.get(name, {})
                lines += [_line(name, labels, value) for labels, value in values.items()]
        return "\n".join(lines) + "\n"


def _histogram(name: str, labels: Labels, counts: list[int], total: float) -> list[str]:
    lines, below = [], 0
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
        below += count
        lines.append(_line(f"{name}_bucket", (*labels, ("le", bound)), below))
    lines.append(_line(f"{name}_sum", labels, total))
    lines.append(_line(f"{name}_count", labels, below))
    return lines


def _line(name: str, labels: Labels, value: float) -> str:
    written = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    number = repr(round(value, 9)) if isinstance(value, float) else str(value)
    return f"{name}{{{written}}} {number}" if written else f"{name} {number}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
