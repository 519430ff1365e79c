"""Book: fills a database quickly with the subscriptions of a plausible company, all of them due.

A few hundred of them are lived through, on a temporary book, by the engine itself; every other one
is a copy of one of these under ids, a name and an address of its own. Nothing of it is random but
by the seed.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bench.bulk import Postgres, Sqlite, bulk
from bench.company import Company, Life
from prorata.model.ids import (
    ALPHABET,
    PAIRS,
    SALT_LENGTH,
    SEQUENCE_LENGTH,
    SHORT_UNIQUE,
    IdFactory,
    base62,
)
from prorata.model.resource import REGISTRY
from prorata.server.assemble import assemble
from prorata.server.migrate import migrate
from prorata.server.settings import DEV_ACCOUNT, Settings
from prorata.store.books import open_book
from prorata.store.connection import Connection
from prorata.store.database import Database, open_database
from prorata.store.names import table_name
from prorata.store.records import decoder
from prorata.store.terms import COLUMNS, TABLE, term_of, terms_of, value_term

LIVES = 240
CHUNK = 2_000
# Of one copy, at most.
MOST_TOKENS = 16
# What belongs to one subscriber; all else that the company has is there once.
OWN_KINDS = ("customer", "payment_method", "subscription", "subscription_item.home", "discount")
SHARED_KINDS = ("account", "product", "price", "coupon", "tax_rate")
SHORT_PREFIXES = frozenset(spec.prefix for spec in REGISTRY.values() if spec.short_id)
# Stands for a kind where the terms of a copy are written; see `store.terms`.
TERMS = "terms"
Row = tuple[Any, ...]


@dataclass(slots=True)
class Mold:
    """One lived subscription, ready to be copied: the rows of each kind as texts to fill in.

    tokens: what each copy has of its own, in the order of the places in the texts.
    """

    tokens: list[str]
    rows: list[tuple[str, list[Any], list[tuple[int, Callable[..., Any]]]]] = field(
        default_factory=list
    )
    # The terms that all copies have, and the places of the ids that have them.
    terms: list[tuple[int, int]] = field(default_factory=list)

    def cast(self, own: list[Any]) -> Iterator[tuple[str, list[Any]]]:
        """Yield the kinds and rows of one copy."""
        for kind, row, fills in self.rows:
            copy = row[:]
            for place, text in fills:
                copy[place] = text(*own)
            yield kind, copy
        for term, place in self.terms:
            yield TERMS, [None, term, own[place]]
        customer, name, email = own[0], own[-3], own[-2]
        yield TERMS, [None, term_of("customer", "name", name.lower()), customer]
        yield TERMS, [None, term_of("customer", "email", email), customer]


def fill(
    database_url: str,
    subscriptions: int,
    seed: int,
    due_at: int,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Fill a database with subscribers, each with one renewal due at or before a second (UTC).

    The tables are made where they are missing. A renewal is the only one of its subscription that
    falls due up to two days after `due_at`. Returns how many subscriptions were written;
    on_progress hears of it as it goes.
    """
    migrate(database_url)
    shared, molds, columns = _lived(seed, due_at, min(LIVES, subscriptions))
    database = open_database(database_url, durable=False)
    try:
        book = database.write(lambda connection: open_book(connection, DEV_ACCOUNT, False)).key
        database.write(lambda connection: _insert_shared(connection, book, shared, columns))
    finally:
        database.close()
    copies = _copies(molds, subscriptions, seed)
    done = 0
    with bulk(database_url, fresh=True) as raw:
        while batch := list(islice(copies, CHUNK)):
            _insert(raw, book, batch, columns)
            done += len(batch)
            if on_progress is not None:
                on_progress(done)
    return done


def _lived(
    seed: int, due_at: int, lives: int
) -> tuple[dict[str, list[Row]], list[Mold], dict[str, list[str]]]:
    """Return the shared rows, the molds, and the columns of each kind, lived by the engine."""
    server = assemble(Settings(database="sqlite://", worker=False, now=due_at))
    # The ids of what all share follow from the seed too.
    server.system.ids = IdFactory(seed)
    try:
        company = Company(server.system, server.settings.secret_key, seed)
        columns = {
            kind: _columns(server.system.database, kind) for kind in (*OWN_KINDS, *SHARED_KINDS)
        }
        columns[TERMS] = list(COLUMNS)
        molds: list[Mold] = []

        def capture(life: Life) -> None:
            molds.append(server.system.database.read(lambda each: _mold(each, life, columns)))

        company.live(lives, due_at, capture)
        shared = server.system.database.read(
            lambda each: {kind: _rows(each, kind, columns[kind]) for kind in SHARED_KINDS}
        )
        return shared, molds, columns
    finally:
        server.close()


def _columns(database: Database, kind: str) -> list[str]:
    found = database.read(lambda each: each.query(f"PRAGMA table_info({table_name(kind)})"))
    return [row[1] for row in found]


def _rows(
    connection: Connection, kind: str, columns: list[str], where: str = "deleted = 0",
    values: tuple[Any, ...] = (),
) -> list[Row]:  # fmt: skip
    names = ", ".join(f'"{name}"' for name in columns)
    # As if each had been written once: what led to it is not copied.
    return [
        tuple(1 if name == "revision" else value for name, value in zip(columns, row, strict=True))
        for row in connection.query(
            f"SELECT {names} FROM {table_name(kind)} WHERE {where} ORDER BY id", values
        )
    ]


def _mold(connection: Connection, life: Life, columns: dict[str, list[str]]) -> Mold:
    found: dict[str, list[Row]] = {}
    for kind, ids in life.documents.items():
        condition, value = connection.any_of("id", ids)
        found[kind] = _rows(connection, kind, columns[kind], condition, (value,))
    tokens = [id for ids in life.documents.values() for id in ids]
    tokens += [life.prefix, life.name, life.email]
    pattern = re.compile("|".join(map(re.escape, tokens)))
    places = {token: place for place, token in enumerate(tokens)}
    mold = Mold(tokens)
    for kind, rows in found.items():
        bucket = columns[kind].index("bucket")
        for row in rows:
            molten = [_molten(_forgetful(kind, value), pattern, places) for value in row]
            # Filled in with the copy's own bucket, which its ids name.
            molten[bucket] = lambda *own: own[-1]
            fills = [(place, value) for place, value in enumerate(molten) if callable(value)]
            mold.rows.append((kind, molten, fills))
            mold.terms += _common_terms(kind, row[columns[kind].index("document")], places)
    return mold


def _common_terms(kind: str, text: str, places: dict[str, int]) -> list[tuple[int, int]]:
    """Return the terms that a document shares with all its copies, each with its id's place."""
    spec = REGISTRY[kind]
    if not spec.search:
        return []
    document = decoder(spec.cls).decode(text)
    own = {term for field in ("name", "email") if (value := getattr(document, field, None))
           for term in [value_term(spec, field, value)]}  # fmt: skip
    return [(term, places[document.id]) for term in sorted(terms_of(document) - own)]


def _forgetful(kind: str, value: Any) -> Any:
    """Return a value without what was billed before: invoices are not copied."""
    if kind != "subscription" or not isinstance(value, str):
        return value
    if value.startswith("in_"):
        return None
    if value.startswith("{"):
        found = json.loads(value)
        found.pop("debits", None)
        if "latest_invoice" in found:
            found["latest_invoice"] = None
        return json.dumps(found, separators=(",", ":"), ensure_ascii=False)
    return value


def _molten(value: Any, pattern: re.Pattern[str], places: dict[str, int]) -> Any:
    if not isinstance(value, str) or pattern.search(value) is None:
        return value
    safe = value.replace("{", "{{").replace("}", "}}")
    return pattern.sub(lambda found: "{" + str(places[found[0]]) + "}", safe).format


def _copies(molds: list[Mold], count: int, seed: int) -> Iterator[list[tuple[str, list[Any]]]]:
    """Yield the rows of each subscriber in turn."""
    source = random.Random(f"copies {seed}")
    salt = "".join(source.choice(ALPHABET) for _ in range(SALT_LENGTH))
    start = source.randrange(SHORT_UNIQUE // 2)
    # Buckets in an order that spreads neighbours over all workers' shares.
    stride = 2_741
    for number in range(count):
        mold = molds[number % len(molds)]
        bucket = number * stride % len(PAIRS)
        first = start + number * MOST_TOKENS
        own = [
            _own_id(token, first + place, salt, PAIRS[bucket])
            for place, token in enumerate(mold.tokens[:-3])
        ]
        own += [_prefix(start + number), f"Customer {number}", f"c{number}@example.com"]
        yield list(mold.cast([*own, bucket]))


def _own_id(token: str, number: int, salt: str, tail: str) -> str:
    prefix, _, rest = token.rpartition("_")
    if prefix in SHORT_PREFIXES:
        return f"{prefix}_{rest[:6]}{base62(number, 6)}{tail}"
    return f"{prefix}_{rest[:7]}{base62(number, SEQUENCE_LENGTH)}{salt}{tail}"


def _prefix(number: int) -> str:
    """Return what a customer's invoice numbers begin with: eight digits and capital letters."""
    letters = ""
    for _ in range(8):
        number, rest = divmod(number, 36)
        letters = ALPHABET[rest] + letters
    return letters


def _insert_shared(
    connection: Connection, book: int, shared: dict[str, list[Row]], columns: dict[str, list[str]]
) -> None:
    for kind, rows in shared.items():
        known = {
            id for (id,) in connection.query(
                f"SELECT id FROM {table_name(kind)} WHERE book = ?", (book,)
            )
        }  # fmt: skip
        place = columns[kind].index("id")
        new = [row for row in rows if row[place] not in known]
        connection.insert(table_name(kind), columns[kind], _in_book(new, book, columns[kind]))
        spec, text = REGISTRY[kind], columns[kind].index("document")
        documents = [decoder(spec.cls).decode(row[text]) for row in new] if spec.search else []
        terms = {(book, term, each.id) for each in documents for term in terms_of(each)}
        connection.insert(TABLE, COLUMNS, sorted(terms))


def _insert(
    raw: Sqlite | Postgres, book: int, batch: list[list[tuple[str, list[Any]]]],
    columns: dict[str, list[str]],
) -> None:  # fmt: skip
    by_kind: dict[str, list[list[Any]]] = {}
    places = {kind: names.index("book") for kind, names in columns.items()}
    for copy in batch:
        for kind, row in copy:
            row[places[kind]] = book
            by_kind.setdefault(kind, []).append(row)
    for kind, rows in by_kind.items():
        if kind == TERMS:
            rows.sort()
        raw.insert(TABLE if kind == TERMS else table_name(kind), columns[kind], rows)
    raw.commit()


def _in_book(rows: list[Row], book: int, columns: list[str]) -> list[Row]:
    place = columns.index("book")
    return [(*row[:place], book, *row[place + 1 :]) for row in rows]
