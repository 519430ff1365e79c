"""Entitlements: what it costs to answer whether a customer may use something.

On a book where everybody may use one feature; of a sample of customers the use is counted too. Each
answer is measured over HTTP beside the bare server, and within the process, where the clock of the
machine is read around single calls.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from typing import Any

from bench.load import Connection, request
from bench.processes import SECRET_KEY, Running, bare
from bench.reads import ROUNDS, SAMPLE, SEED, answer, in_turns
from bench.report import Line, Report
from prorata.engine.entitlements.check import check
from prorata.model.ids import IdFactory
from prorata.resources.entitlements.check import EntitlementCheckParams
from prorata.server.settings import DEV_ACCOUNT
from prorata.store.books import open_book
from prorata.store.connection import Connection as Store
from prorata.store.database import open_database
from prorata.store.unit_of_work import UnitOfWork

KEYS = ("bench_all", "bench_counted", "bench_nobody")
ENTITLEMENTS = "doc_entitlements_active_entitlement"
# Of a subscription's text: the id of its first item.
ITEM = {
    "sqlite": "json_extract(s.document, '$.items.data[0].id')",
    "postgresql": "(s.document::json -> 'items' -> 'data' -> 0 ->> 'id')",
}
QUESTIONS = 3000
CALLS = 5


def measure_checks(report: Report, server: Running, stored: int, scale: float) -> None:
    """Add the lines of a book: somebody who may, somebody who may not, and what is left."""
    customers = _entitle(server)
    shuffled = random.Random(SEED).sample(customers, len(customers))
    count = max(int(QUESTIONS * scale / ROUNDS), 20)
    for key, what, feature in (
        ("check", "may this customer use X", KEYS[0]),
        ("check_not", "the same of who may not", KEYS[2]),
        ("check_left", "the same with what is left of a quota", KEYS[1]),
    ):
        path = "/v1/prorata/entitlements/check?customer={}&feature=" + feature
        asked = [request("GET", path.format(each), SECRET_KEY) for each in shuffled]
        with bare(answer(server, asked[0])) as other:
            ours, ceiling = in_turns(
                server.port, other.port, lambda n, asked=asked: asked[n % len(asked)], count
            )
        report.rate(f"{key}@{stored}", f"{what}, of {stored:,}", ours, ceiling.per_second, "bare")
    for key, what, feature in (
        ("check_inside", "may this customer use X, within the process", KEYS[0]),
        ("check_left_inside", "the same with what is left of a quota", KEYS[1]),
    ):
        micros = _inside(server.database, shuffled, feature)
        report.add(Line(f"{key}@{stored}", f"{what}, of {stored:,}", value=f"{micros:,.0f} µs"))


def _inside(url: str, customers: list[str], feature: str) -> float:
    """Return the median of single calls, in microseconds: transaction, query, answer."""
    database, ids = open_database(url, pool=1), IdFactory()
    try:
        book = database.read(lambda each: open_book(each, DEV_ACCOUNT, False))

        def ask(connection: Store, params: EntitlementCheckParams) -> Any:
            return check(UnitOfWork(connection, book, now=0, ids=ids), params)

        taken = []
        for customer in customers * CALLS:
            params = EntitlementCheckParams(customer=customer, feature=feature)
            begun = time.perf_counter()
            database.read(lambda each, params=params: ask(each, params), one_query=True)
            taken.append(time.perf_counter() - begun)
        return statistics.median(taken) * 1e6
    finally:
        database.close()


def _entitle(server: Running) -> list[str]:
    """Let everybody use the first feature, and a sample the second, whose use is counted.

    Written straight into the books, which are kept between runs; returns the sample.
    """
    database = open_database(server.database, pool=1)
    try:
        book = database.read(lambda each: open_book(each, DEV_ACCOUNT, False)).key
        sample = database.read(lambda each: _sample(each, book))
        if not database.read(lambda each: each.query(f"SELECT 1 FROM {ENTITLEMENTS} LIMIT 1")):
            meter = _post(server, "/v1/billing/meters", "display_name=Calls&event_name=bench"
                          "&default_aggregation[formula]=sum")  # fmt: skip
            features = [
                _post(server, "/v1/entitlements/features", f"name={key}&lookup_key={key}")
                for key in KEYS
            ]
            database.write(lambda each: _insert(each, book, features[0], KEYS[0], None, None))
            database.write(lambda each: _insert(each, book, features[1], KEYS[1], meter, sample))
        return sample
    finally:
        database.close()


def _sample(store: Store, book: int) -> list[str]:
    """Return customers from all over the book, each with a subscription."""
    rows = store.query(
        f"SELECT DISTINCT customer FROM (SELECT customer, ROW_NUMBER() OVER (ORDER BY id) AS place,"
        f" COUNT(*) OVER () AS whole FROM doc_subscription WHERE book = ? AND status = 'active') a"
        f" WHERE place % (whole / {SAMPLE} + 1) = 0",
        (book,),
    )
    return [customer for (customer,) in rows]


def _post(server: Running, path: str, body: str) -> str:
    connection = Connection(server.port)
    status, answered = connection.ask(request("POST", path, SECRET_KEY, body))
    connection.close()
    if status != 200:
        raise RuntimeError(f"{status}: {answered.decode()}")
    return str(json.loads(answered)["id"])


def _insert(
    store: Store, book: int, feature: str, key: str, meter: str | None, customers: list[str] | None
) -> None:
    """Entitle these customers, or everybody who has a running subscription, in one statement."""
    id = f"'ent_test_{key[6:9]}' || substr(s.customer, 5)"
    document = {"object": "entitlements.active_entitlement", "id": "{id}", "feature": feature,
                "livemode": False, "lookup_key": key}  # fmt: skip
    limit: dict[str, Any] = {} if meter is None else {"limit": 1000, "meter": meter}
    grants = [{"subscription": "{subscription}", "item": "{item}", **limit}]
    texts = [_filled(form, id, ITEM[store.dialect])
             for form in (document, {"customer": "{customer}", "grants": grants})]  # fmt: skip
    condition, value = store.any_of("s.customer", customers or ())
    store.run(
        f"INSERT INTO {ENTITLEMENTS} (book, id, revision, created, bucket, deleted, customer,"
        " claim, word, document, private)"
        f" SELECT s.book, {id}, 1, s.created, s.bucket, 0, s.customer, s.customer || ' {feature}',"
        f" s.customer || ' {key}', {texts[0]}, {texts[1]} FROM doc_subscription s"
        f" WHERE s.book = ? AND s.status = 'active'" + (f" AND {condition}" if customers else ""),
        (book, value) if customers else (book,),
    )


def _filled(form: dict[str, Any], id: str, item: str) -> str:
    """Return an SQL expression of a JSON text whose places are filled from a subscription."""
    text = json.dumps(form, separators=(",", ":"))
    for name, sql in (("id", id), ("customer", "s.customer"), ("subscription", "s.id"),
                      ("item", item)):  # fmt: skip
        text = text.replace("{" + name + "}", f"' || {sql} || '")
    return f"'{text}'"
