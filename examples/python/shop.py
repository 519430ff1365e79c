"""Shop: Lumen Photos, a photo-hosting company that sells in three ways.

python shop.py
"""

from __future__ import annotations

import contextlib
import sys

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

import account
import album
import books
import free_trial
import freemium
import pay_up_front
import people
import settings
import webhooks
import wishes
from catalogue import FEATURES, PAID, make_catalogue

app = Flask(__name__)
app.config.update(
    SECRET_KEY=settings.COOKIE_KEY,
    SESSION_COOKIE_NAME="lumen",
    # Forms of other sites come without the cookie: nobody else can press our buttons.
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE=settings.URL.startswith("https:"),
)
for each in (account, album, free_trial, freemium, pay_up_front, people, webhooks):
    app.register_blueprint(each.pages)
app.jinja_env.filters.update(day=webhooks.day, money=webhooks.money)
app.jinja_env.globals.update(settings=settings, feature_names=FEATURES)


@app.get("/")
def home() -> str:
    return render_template("home.html")


@app.get("/pricing-table")
def pricing_table() -> str:
    return render_template("pricing_table.html", plans=PAID.values())


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.errorhandler(HTTPException)
def refused(error: HTTPException) -> tuple[str, int]:
    return render_template("error.html", error=error), error.code or 500


def prepare() -> None:
    """Make what the shop needs at billing, and learn what it was told meanwhile."""
    books.make_tables()
    catalogue = make_catalogue(settings.billing)
    app.config["CATALOGUE"] = catalogue
    wishes.know_prices(catalogue.prices)
    webhooks.listen()
    webhooks.catch_up()


def main() -> None:
    if not settings.SECRET_KEY or not settings.PUBLISHABLE_KEY:
        sys.exit("Set STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY first; README.md says how.")
    # What is told while the shop prepares waits at the door.
    server = make_server("127.0.0.1", settings.PORT, app, threaded=True)
    prepare()
    print(f"Lumen Photos is open: {settings.URL}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
