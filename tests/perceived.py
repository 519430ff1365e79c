"""Perceived: what axe-core complains of in a page or frame that has come to rest."""

from __future__ import annotations

from typing import Any

import pytest

# What fades in is paler than it will be. An animation without an end never comes to rest.
AT_REST = """() => Promise.allSettled(document.getAnimations()
    .filter(each => each.effect.getComputedTiming().iterations !== Infinity)
    .map(each => each.finished))"""
VIOLATIONS = {"resultTypes": ["violations"]}


def complaints(frame: Any, options: dict[str, Any] = VIOLATIONS) -> Any:
    """Return axe-core's results for a Playwright page or frame; skip where it is not installed."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    frame.evaluate(AT_REST)
    return axe.Axe().run(frame, options=options)


def check(page: Any) -> None:
    """Fail for what somebody could not see, hear or reach."""
    found = complaints(page)
    assert found.violations_count == 0, found.generate_report()
