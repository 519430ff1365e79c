"""What one transaction reads and another writes: whoever meets is first or second, never both.

On PostgreSQL two transactions that write the same document meet, and the second is run anew. Two
that write different ones do not: where the first reads what the second writes, and the second what
the first writes, each may decide by what the other has just made untrue. One of them has to
`rely_on` what it reads. Here every operation is asked once and much of the rest besides, what
becomes due later is done, and any two units that could miss each other in this way are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations_with_replacement, product

import pytest

from badinput.bases import base_of, filled, path_of
from badinput.conftest import NOW, Counter, operations
from prorata.engine.advance import run_due
from prorata.testing import running

from .recorder import Recorder, Unit
from .together import REQUESTS, stock_more

DAY = 86_400
DUE_DAYS = (1, 8, 15, 32, 64, 95)
NAMED = re.compile(r"@[a-z_.]+(?::[a-z_]+)*")

# What two units read of each other although either order of them is right: what the one reads, what
# the other reads, whose they are where that matters, and why.
HARMLESS = (
    ("-invoice[*]", "customer.deleted|payment_method.customer|subscription.status", "*", "*",
     "what is paid or given up is booked alike before and after its customer or subscription ends,"
     " and whoever ends them changes what is open by then"),
    ("+invoice[status,subscription]", "subscription.status", "*", "POST /v1/invoices *",
     "an invoice by hand is made alike for a subscription that has ended"),
    ("billing.credit_grant.private.left", "subscription.status", "*", "due *",
     "a canceled subscription's draft is written by who cancels, if it is there"),
    ("?invoice[customer,status]", "?billing.credit_grant*|billing.credit_grant*", "*", "*",
     "a draft shows what credits would pay; they are worked out anew as it is finalized, and that"
     " writes the grants"),
    ("price.active", "+subscription_item.home[price]", "*", "*",
     "a price that is archived goes on for those who have it"),
    ("+invoice[customer,status]", "-invoiceitem[pending_for]", "*", "*",
     "whoever takes an item to its invoice writes it; drafts are looked at for discounts alone"),
    ("?subscription_schedule*|subscription_schedule.status", "-invoiceitem[pending_for]", "*", "*",
     "whoever takes an item to its invoice writes it; a schedule that ends holds its customer to"
     " a currency no longer"),
    ("+invoice[customer,status]|subscription.status", "customer.discount|discount.private.ended",
     "*", "due *", "whoever lowers an invoice by a discount relies on it; others do not lower it"),
    ("+invoice[customer,status]", "+invoice[customer,status]", "due *", "due *",
     "drafts are looked at for discounts, and whoever lowers by one relies on it"),
    ("customer.default_source", "subscription.default_source", "*", "*",
     "each clears what names its own source"),
    ("-payment_method[customer]", "customer.default_source",
     "DELETE /v1/customers/{customer}/sources/{source}", "POST /v1/payment_methods/{id}/detach",
     "a method that is no source does not become the default source"),
    ("+balance_transaction[clock]|+charge[clock]", "customer.deleted", "DELETE *test_clocks*", "*",
     "a clock is not deleted while a payment on it is asked about"),
    ("payment_method.private.set_up", "+invoice_payment[payment_intent]", "*", "*",
     "the payments of an intent are made with it"),
)  # fmt: skip

# Where something is relied on that some two of these requests would miss otherwise. Whoever deletes
# a test clock writes it before looking for what hangs on it: there everybody meets who follows it.
NEEDED = {
    "engine/catalogue/features.py attach", "engine/credits/grants.py create",
    "engine/customers/save_source.py check_source",
    "engine/customers/save_source.py remove_source", "engine/customers/update.py _check_method",
    "engine/invoices/attach_payment.py attach_payment", "engine/invoices/create.py create",
    "engine/invoices/items.py create", "engine/invoices/revision.py revise",
    "engine/payments/attach.py attach_method", "engine/payments/attach.py keep_for",
    "engine/payments/cash.py apply_cash_payment",
    "engine/payments/payment_method_of.py own_source", "engine/quotes/states.py _customer",
    "engine/schedules/schedule.py _customer", "engine/subscriptions/payment.py own_payment_method",
    "engine/subscriptions/subscribe.py _customer",
    "resources/products/product.py _own_price",
    "resources/products/promotion_code.py _check_alive",
    "resources/products/promotion_code.py create",
    "resources/webhooks/webhook_endpoint.py check_room",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A unit of work, and what it is part of."""

    name: str
    unit: Unit


@pytest.fixture(scope="module")
def asked() -> Iterator[list[Asked]]:
    """Give what every request and all that is due reads and writes, each from the same books."""
    recorder, found = Recorder(), []
    with pytest.MonkeyPatch.context() as patch, running(worker=False, now=NOW) as server:
        counter = Counter(server)
        stock_more(counter.stock)
        counter.asker.ask("POST", "/_prorata/snapshots/stocked")
        recorder.install(patch)
        requests = [
            (each.route, each.method, path_of(each, counter.stock), base_of(each, counter.stock))
            for each in operations() if each.method != "GET" and each.path != "/v1/files"
        ]  # fmt: skip
        for method, path, tree in REQUESTS:
            place = NAMED.sub(lambda name: counter.stock[name[0][1:]], path)
            sent = filled(tree, counter.stock)
            requests.append((f"{method} {path} {tree or ''}".rstrip(), method, place, sent))
        for name, method, path, sent in requests:
            with recorder.listening() as units:
                counter.asker.ask(method, path, sent)
            found += [Asked(name, each) for each in units]
            if units:
                counter.restock()
        for days in DUE_DAYS:
            server.system.clock.move_to(NOW + days * DAY)
            with recorder.listening() as units:
                assert not run_due(server.system, NOW + days * DAY).failed
            found += [Asked(f"due after {days} days", each) for each in units]
        counter.close()
    yield found


def test_no_two_transactions_miss_each_other(asked: list[Asked]) -> None:
    wrong = {}
    for one, other in combinations_with_replacement(asked, 2):
        if one.unit.kept.keys() & other.unit.kept.keys():
            continue
        for mine, theirs in missed(one, other):
            wrong.setdefault((mine, theirs), told(one, mine, other, theirs))
    assert len(asked) > 400 and not wrong, "\n\n".join(wrong.values())


def test_what_nobody_relied_on_would_be_told(asked: list[Asked]) -> None:
    """If one of the places that rely on something did not, two would miss each other."""
    needed = set()
    for one, other in combinations_with_replacement(asked, 2):
        places = {
            one.unit.kept[key] or other.unit.kept[key]
            for key in one.unit.kept.keys() & other.unit.kept.keys()
        }
        # Some two write the same besides: they meet anyway.
        if len(places) == 1 and None not in places and any(missed(one, other)):
            needed |= places
    assert needed >= NEEDED, NEEDED - needed


def missed(one: Asked, other: Asked) -> Iterator[tuple[str, str]]:
    """Give what each of two reads that the other one writes, but for what does no harm."""
    mine = one.unit.sees(other.unit)
    theirs = other.unit.sees(one.unit) if mine else set()
    for pair in product(sorted(mine), sorted(theirs)):
        if not (harmless(*pair, one.name, other.name)
                or harmless(*reversed(pair), other.name, one.name)):  # fmt: skip
            yield pair


def harmless(mine: str, theirs: str, one: str, other: str) -> bool:
    return any(
        fits(mine, first) and fits(theirs, second) and fits(one, who) and fits(other, whom)
        for first, second, who, whom, _ in HARMLESS
    )


def fits(text: str, patterns: str) -> bool:
    """Return whether a text is one of these patterns; brackets in them stand for themselves."""
    return any(fnmatchcase(text, each.replace("[", "[[]")) for each in patterns.split("|"))


def told(one: Asked, mine: str, other: Asked, theirs: str) -> str:
    return (
        f"Asked at the same moment, neither of these sees the other:\n  {one.name}\n"
        f"    reads {mine}, which the other writes;\n  {other.name}\n"
        f"    reads {theirs}, which the first writes.\n"
        "One has to `tx.rely_on` the document that it reads, or HARMLESS says why either order"
        " is right."
    )
