"""Album: what is sold. Each thing asks for its feature, and never which plan somebody is on."""

from __future__ import annotations

import random
import secrets
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template

import books
from people import for_users

pages = Blueprint("album", __name__)
TITLES = ("First light", "The pass", "Low tide", "Lakeside", "Dune walk", "Blue hour")
SKIES = (
    ("#fde68a", "#fb923c"), ("#bfdbfe", "#60a5fa"), ("#fecaca", "#f472b6"),
    ("#a7f3d0", "#38bdf8"), ("#fed7aa", "#f59e0b"), ("#c7d2fe", "#6366f1"),
)  # fmt: skip


@pages.get("/album")
@for_users
def album() -> str:
    shared = f"/shared/{g.user.share}" if g.user.share else None
    return render_template("album.html", titles=TITLES, shared=shared)


@pages.get("/album/<int:number>/original")
@for_users
def original(number: int) -> Any:
    """Give a photo in full size to those who may have it."""
    if not g.user.may("originals"):
        abort(403)
    answer = photo(number)
    answer.headers["Content-Disposition"] = f'attachment; filename="{number}.svg"'
    return answer


@pages.post("/album/share")
@for_users
def share() -> Any:
    """Make a link at which everybody sees the album."""
    if not g.user.may("sharing"):
        abort(403)
    with books.writing() as db:
        books.change(db, g.user, share=g.user.share or secrets.token_urlsafe(12))
    return redirect("/album", 303)


@pages.get("/shared/<link>")
def shared(link: str) -> Any:
    with books.reading() as db:
        owner = books.user_with(db, "share", link)
    # The link rests while its owner may not share.
    if owner is None or not owner.may("sharing"):
        abort(404)
    return render_template("shared.html", titles=TITLES)


@pages.get("/photos/<int:number>.svg")
def photo(number: int) -> Response:
    """Draw a photo; the same number is always the same landscape."""
    if number >= len(TITLES):
        abort(404)
    chance = random.Random(number + 7)
    high, low = SKIES[number % len(SKIES)]
    hills = ""
    for layer, shade in enumerate(("#134e4a99", "#134e4acc", "#042f2e")):
        base = 150 + layer * 38
        points = [f"{x},{base - chance.randint(0, 70 - layer * 18)}" for x in range(0, 441, 55)]
        hills += f'<polygon points="0,300 {" ".join(points)} 440,300" fill="{shade}"/>'
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 270">'
        f'<defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="{low}"/>'
        f'<stop offset="1" stop-color="{high}"/></linearGradient></defs>'
        '<rect width="400" height="270" fill="url(#s)"/>'
        f'<circle cx="{chance.randint(90, 310)}" cy="{chance.randint(55, 105)}" r="26"'
        f' fill="#fffbeb" opacity=".9"/>{hills}</svg>'
    )
    answer = Response(drawn, mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer
