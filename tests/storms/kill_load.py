"""Kill load: API processes and workers are killed while clients ask and renewals are due."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from ports import free_port
from prorata.store.connection import Connection
from prorata.store.names import table_name
from storms.kill_clients import Crowd, Ledger
from storms.power import Power
from storms.victims import Victim

if TYPE_CHECKING:
    from storms.kill_storm import Storm

CLIENTS = 6
LONGEST_LIFE_SECONDS = 1.5
# One of so many kills meets a worker instead of a server.
WORKER_ONE_OF = 4
# A key of a dead process is answered two minutes later.
END_SECONDS = 400
MADE = ("customer", "subscription", "invoiceitem", "invoice", "payment_intent", "refund")


def load_and_kill(storm: Storm, key: str) -> Ledger:
    """Kill servers and workers under load so many times; return what the clients were told."""
    servers = 2 if storm.plan.database == "postgresql" else 1
    ports = [free_port() for _ in range(servers)]
    commands = [
        ["serve", "--database", storm.books.url, "--port", str(port), "--no-request-log"]
        for port in ports
    ]
    commands.append(["worker", "--database", storm.books.url])
    victims = _started(commands, storm.power)
    price = storm.books.query(
        f"SELECT id FROM {table_name('price')} WHERE document LIKE ? ORDER BY id LIMIT 1",
        ('%"billing_scheme":"per_unit"%"currency":"usd"%"interval":"month"%',),
    )[0][0]
    crowd = Crowd(ports, key, price, storm.plan.seed, CLIENTS)
    if storm.power is not None:
        # Nothing of ours may hold a file open that a power cut changes.
        storm.books.close()
    for number in range(storm.plan.kills):
        time.sleep(0.05 + storm.source.random() * LONGEST_LIFE_SECONDS)
        if storm.power is not None:
            storm.lost += storm.power.cut(victims)
            victims = _started(commands, storm.power)
            _count(storm, crowd)
            continue
        last = len(victims) - 1
        chosen = last if number % WORKER_ONE_OF == 0 else storm.source.randrange(last)
        victims[chosen].kill()
        victims[chosen] = Victim(commands[chosen])
        victims[chosen].wait_until_at_work()
        _count(storm, crowd)
    crowd.close(END_SECONDS)
    for each in victims:
        each.stop()
    if storm.power is not None:
        storm.books.open()
        if storm.lost:
            storm.counted["writes that no disk had when the power went"] = storm.lost
    told = crowd.ledger
    storm.counted |= {
        "requests of clients": told.requests,
        "of them again, with the same key": told.repeats,
        "things made by them, each once": len(told.made),
    }
    return told


def _started(commands: list[list[str]], power: Power | None) -> list[Victim]:
    victims = [Victim(each, under=power.watched() if power else ()) for each in commands]
    for each in victims:
        each.wait_until_at_work()
    return victims


def _count(storm: Storm, crowd: Crowd) -> None:
    storm.kills += 1
    storm.at_work += 1
    if storm.kills % 20 == 0:
        storm.plan.say(f"  {storm.kills} kills; {crowd.ledger.requests:,} requests")


def what_clients_know(connection: Connection, told: Ledger) -> list[str]:
    """Return what clients were told and is not so."""
    found = list(told.wrong)
    made: Counter[str] = Counter()
    ids: dict[str, str] = {}
    documents: dict[str, dict[str, Any]] = {}
    for kind in MADE:
        rows = connection.query(f"SELECT document FROM {table_name(kind)} WHERE deleted = 0")
        for (text,) in rows:
            document = json.loads(text)
            documents[document["id"]] = document
            if op := (document["metadata"] or {}).get("op"):
                # An invoice carries its subscription's words only in its parent.
                made[op] += 1
                ids[op] = document["id"]
    found += [f"{op}: was made {count} times" for op, count in made.items() if count > 1]
    found += [
        f"{op}: {id} was answered, there is {ids.get(op)}"
        for op, id in told.made.items() if ids.get(op) != id
    ]  # fmt: skip
    for id, seats in told.seats.items():
        quantity = documents[id]["items"]["data"][0]["quantity"]
        if quantity != seats:
            found.append(f"{id}: {quantity} seats, {seats} were answered")
    found += [
        f"{id}: answered as paid, is {documents[id]['status']}"
        for id in told.paid if documents[id]["status"] != "paid"
    ]  # fmt: skip
    found += [f"{id}: goes on" for id in told.ended if not documents[id]["cancel_at_period_end"]]
    return found


