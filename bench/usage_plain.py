"""Plain usage: how fast the driver writes the same events into tables of the plainest form.

An identifier is unique, an event is a row, an hour of a customer is a row that is counted up; a
transaction of twenty batches is on the disk before the next one. Nothing is read, checked or moved.
"""

from __future__ import annotations

import random
import time

from bench.bulk import Sqlite, bulk

TOGETHER = 2_000
TABLES = (
    "CREATE TABLE plain_identifier (identifier TEXT PRIMARY KEY)",
    "CREATE TABLE plain_event (customer TEXT NOT NULL, timestamp BIGINT NOT NULL,"
    " value BIGINT NOT NULL)",
    "CREATE TABLE plain_hour (customer TEXT NOT NULL, hour BIGINT NOT NULL,"
    " value BIGINT NOT NULL, PRIMARY KEY (customer, hour))",
)
COUNT_UP = (
    "INSERT INTO plain_hour (customer, hour, value) VALUES (?, ?, ?)"
    " ON CONFLICT (customer, hour) DO UPDATE SET value = plain_hour.value + excluded.value"
)


def plain_events(url: str, customers: list[str], count: int) -> float:
    """Return events per second of plain writing into an empty database."""
    source = random.Random(count)
    events = [
        (f"request-{n}-{source.random()}", source.choice(customers), source.randrange(1, 50))
        for n in range(count)
    ]
    now = 1_790_000_000
    with bulk(url) as database:
        raw = database.raw
        for table in TABLES:
            raw.execute(table)
        count_up = COUNT_UP if isinstance(database, Sqlite) else COUNT_UP.replace("?", "%s")
        database.commit()
        begun = time.perf_counter()
        for place in range(0, count, TOGETHER):
            batch = events[place : place + TOGETHER]
            database.insert("plain_identifier", ["identifier"], [(each[0],) for each in batch])
            database.insert(
                "plain_event", ["customer", "timestamp", "value"],
                [(customer, now, value) for _, customer, value in batch],
            )  # fmt: skip
            raw.cursor().executemany(
                count_up, [(customer, now // 3600, value) for _, customer, value in batch]
            )
            database.commit()
        return count / (time.perf_counter() - begun)
