"""Reads: retrieve, list and search on a book of so many customers, beside a bare server.

What is asked for is spread over the whole book. The bare server answers the same bytes, in turns
with ours, so that both meet the same noise; of several rounds the best counts.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from urllib.parse import quote

from bench.load import Connection, Figures, best_of, measure, request
from bench.processes import SECRET_KEY, Running, bare
from bench.report import Report
from prorata.store.database import open_database

ROUNDS = 20
SAMPLE = 400
# Of the copies that a book is made of, one in so many has a metadata value.
SEED = "reads"
Make = Callable[[int], bytes]


def measure_reads(report: Report, server: Running, stored: int, scale: float) -> None:
    """Add the lines of a book; the bare server stands beside where the book is the largest."""
    known = _sample(server.database, stored)
    requests = _requests(known)
    for key, what, make, number in requests:
        count = max(int(number * scale / ROUNDS), 20)
        body = answer(server, make(0))
        with bare(body) as other:
            ours, ceiling = in_turns(server.port, other.port, make, count)
        report.rate(
            f"{key}@{stored}", f"{what} of {stored:,}", ours, ceiling.per_second, "bare"
        )


def in_turns(port: int, other: int, make: Make, count: int) -> tuple[Figures, Figures]:
    """Return the best rounds of a server and of the bare one, asked the same in turns."""
    ours: list[Figures] = []
    bares: list[Figures] = []
    # Caches and threads begin empty.
    measure(port, make, requests=min(count, 200))
    for turn in range(ROUNDS):
        offset = turn * count
        ours.append(measure(port, lambda n, offset=offset: make(n + offset), requests=count))
        bares.append(measure(other, make, requests=count))
    return best_of(ours), best_of(bares)


def _sample(url: str, stored: int) -> list[tuple[str, str]]:
    """Return ids and addresses of customers from all over the book, in the order of their ids."""
    source = random.Random(SEED)
    database = open_database(url, pool=1)
    try:
        numbers = source.sample(range(stored), min(SAMPLE, stored))
        found = []
        for number in numbers:
            email = f"c{number}@example.com"
            rows = database.read(
                lambda each, email=email: each.query(
                    "SELECT id FROM doc_customer WHERE email = ? AND book = 1", (email,)
                )
            )
            found.append((rows[0][0], email))
        return sorted(found)
    finally:
        database.close()


def _requests(known: list[tuple[str, str]]) -> list[tuple[str, str, Make, int]]:
    middle = known[len(known) // 2][0]
    names = [email.partition("@")[0][1:] for _, email in known]
    shuffled = random.Random(SEED).sample(known, len(known))

    def get(path: str) -> bytes:
        return request("GET", path, SECRET_KEY)

    def search(noun: str, query: str) -> bytes:
        return get(f"/v1/{noun}/search?limit=10&query={quote(query)}")

    def turn(make: Callable[[tuple[str, str]], bytes]) -> Make:
        made = [make(each) for each in shuffled]
        return lambda n: made[n % len(made)]

    def same(data: bytes) -> Make:
        return lambda n: data

    deep = f"/v1/customers?limit=100&starting_after={middle}"
    return [
        ("retrieve", "retrieve a customer", turn(lambda each: get(f"/v1/customers/{each[0]}")),
         4000),
        ("list", "list 100 customers", same(get("/v1/customers?limit=100")), 2000),
        ("deep", "list 100 from the middle", same(get(deep)), 2000),
        ("search_email", "search by e-mail",
         turn(lambda each: search("customers", f'email:"{each[1]}"')), 2000),
        ("search_metadata", "search subscriptions by metadata",
         lambda n: search("subscriptions", f'metadata["sort"]:"{n % 200}"'), 1000),
        ("search_status", "search by status and time",
         same(search("subscriptions", 'status:"active" AND created>1')), 1000),
        ("search_part", "search by a part of the name",
         lambda n: search("customers", f'name~"omer {names[n % len(names)][:2]}"'), 200),
    ]  # fmt: skip


def answer(server: Running, data: bytes) -> bytes:
    """Return the body of an answer; raise RuntimeError where it is none, or an empty page."""
    connection = Connection(server.port)
    status, body = connection.ask(data)
    connection.close()
    if status != 200 or not body:
        raise RuntimeError(f"{status}: {body.decode()}")
    found = json.loads(body)
    if not found.get("data", True):
        raise RuntimeError("nothing was found")
    return body
