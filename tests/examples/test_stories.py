"""The guide tells the truth: each of its commands plays, and is told of by the events it names."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import stripe
from rich.console import Console

from docs.pages import DOCS
from prorata.cli.receiver import Receiver
from prorata.cli.stories import STORIES
from prorata.cli.timeline import Timeline
from servers import running

GUIDES = {"Told by": DOCS / "guide.md", "Annoncé par": DOCS / "guide-fr.md"}
HEAVIEST_BYTES = 150_000


def told_by(page: Path, words: str) -> dict[str, list[str]]:
    """Return by story which events the guide names, in their order."""
    found = re.findall(
        rf"^{words} ?: (.*?)\n\n```sh\nprorata demo ([\w-]+)\n```", page.read_text(), re.M | re.S
    )
    return {story: re.findall(r"`([\w.]+)`", events) for events, story in found}


def in_order(wanted: list[str], heard: list[str]) -> bool:
    rest = iter(heard)
    return all(each in rest for each in wanted)


@pytest.mark.any_shape("pricing tables")
@pytest.mark.parametrize("name", STORIES)
def test_a_story_plays_and_its_events_are_those_of_the_guide(name: str) -> None:
    wanted = told_by(GUIDES["Told by"], "Told by")[name]
    printed = io.StringIO()
    with running() as server:
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        receiver = Receiver()
        story = STORIES[name](client, receiver, Timeline(Console(file=printed, width=100)))
        try:
            story.play()
        finally:
            receiver.close()
    assert in_order(wanted, story.heard), f"{wanted} is no part of {story.heard}"
    assert story.email.endswith("@example.com")
    assert "NOT the same" not in printed.getvalue()


@pytest.mark.parametrize("words", GUIDES)
def test_both_guides_tell_of_every_story_in_its_order(words: str) -> None:
    assert list(told_by(GUIDES[words], words)) == list(STORIES)


def test_both_guides_name_the_same_events() -> None:
    english, french = (told_by(page, words) for words, page in GUIDES.items())
    assert english == french


def test_pictures_of_the_guide_are_light() -> None:
    pictures = list((DOCS / "images" / "guide").glob("*.png"))
    assert pictures
    assert {each.name for each in pictures if each.stat().st_size >= HEAVIEST_BYTES} == set()


def test_every_picture_of_the_guide_is_shown() -> None:
    text = "".join(page.read_text() for page in GUIDES.values())
    names = {each.name for each in (DOCS / "images" / "guide").glob("*.png")}
    assert {name for name in names if f"images/guide/{name}" not in text} == set()
