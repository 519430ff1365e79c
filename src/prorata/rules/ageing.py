"""Ageing: how long what customers owe has been due."""

from __future__ import annotations

from typing import Literal

DAY = 86_400
Bucket = Literal["not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90"]
BUCKETS: tuple[Bucket, ...] = (
    "not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90",
)  # fmt: skip


def days_overdue(due_at: int, at: int) -> int:
    """Return how many days, begun ones included, have passed since a due second; 0 before it."""
    return -((due_at - at) // DAY) if at > due_at else 0


def bucket(due_at: int, at: int) -> Bucket:
    """Return where an amount that is due at one second stands at another."""
    days = days_overdue(due_at, at)
    if days == 0:
        return "not_due"
    if days <= 30:
        return "days_1_30"
    if days <= 60:
        return "days_31_60"
    return "days_61_90" if days <= 90 else "days_over_90"
