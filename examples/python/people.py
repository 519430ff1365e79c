"""People: signing in. An address is enough here; put your own way of signing in in its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, session

import books

pages = Blueprint("people", __name__)
View = Callable[..., Any]


@pages.before_app_request
def know_user() -> None:
    """Put whoever is signed in into `g.user`."""
    g.user = None
    if "user" in session:
        with books.reading() as db:
            g.user = books.user_with(db, "id", session["user"])


def for_users(view: View) -> View:
    """Let a view be used by people who are signed in; others are first asked who they are.

    The form in which they say it carries on what they wanted, so that nothing is chosen twice.
    """

    @wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        if g.user is None and request.method == "POST" and not _signed_in():
            return _ask(request.path, request.form.to_dict())
        if g.user is None and request.method != "POST":
            return _ask("/sign-in", {"next": request.full_path.rstrip("?")})
        return view(*arguments, **named)

    return guarded


def _signed_in() -> bool:
    email = request.form.get("email", "").strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        return False
    with books.writing() as db:
        g.user = books.user_called(db, email)
    session["user"] = g.user.id
    return True


def _ask(action: str, carried: dict[str, str], known: str = "") -> tuple[str, int]:
    wrong = carried.pop("email", "")
    page = render_template("sign_in.html", action=action, carried=carried, wrong=wrong, known=known)
    return page, 401


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    wanted = request.form.get("next") or "/account"
    # Only our own pages: an address that begins with // is somebody else's.
    if not re.match(r"/(?![/\\])", wanted):
        wanted = "/account"
    if request.method == "POST" and _signed_in():
        return redirect(wanted, 303)
    carried = {"next": wanted, "email": request.form.get("email", "")}
    return _ask("/sign-in", carried, request.args.get("email", ""))[0]


@pages.post("/sign-out")
def sign_out() -> Any:
    session.clear()
    return redirect("/", 303)
