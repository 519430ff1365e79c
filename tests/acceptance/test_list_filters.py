"""Filters of lists, one by one: each shows what it names and nothing else, on every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from badinput.asking import Asker
from badinput.bases import filled, path_of
from badinput.conftest import operations
from badinput.stock import Stock
from prorata.engine.doctor import examine
from prorata.engine.reports.runs import make as make_report
from prorata.engine.reports.runs import waiting
from prorata.model.operation import Operation
from servers import running

NOW = 1_790_000_000
DAY = 86_400
# What it says of a document where that is not its field of the same name.
READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "invoiceitems created": lambda each: each["date"],
    "invoiceitems pending": lambda each: each["invoice"] is None,
    "invoices subscription": lambda each: (
        ((each["parent"] or {}).get("subscription_details") or {}).get("subscription")),
    "products ids": lambda each: each["id"],
    "promotion_codes coupon": lambda each: each["promotion"]["coupon"],
    "file_links expired": lambda each: each["expired"],
    "shipping_rates currency": lambda each: each["fixed_amount"]["currency"],
    "subscription_schedules scheduled": lambda each: each["status"] == "not_started",
    "subscriptions current_period_end": lambda each: min(
        item["current_period_end"] for item in each["items"]["data"]),
    "subscriptions current_period_start": lambda each: max(
        item["current_period_start"] for item in each["items"]["data"]),
    "subscriptions plan": lambda each: [item["price"]["id"] for item in each["items"]["data"]],
    "subscriptions price": lambda each: [item["price"]["id"] for item in each["items"]["data"]],
    "prices lookup_keys": lambda each: each["lookup_key"],
    "alerts meter": lambda each: each["usage_threshold"]["meter"],
}  # fmt: skip
LISTS_OF_TEXTS = ("ids", "lookup_keys")
# Tried by tests of their own, below or with their noun.
OWN_TESTS = {
    "balance_transactions payout", "customers test_clock", "features archived",
    "invoice_payments payment", "payment_attempt_records payment_record",
    "payment_records created_after", "payment_records created_before", "prices recurring",
    "products type", "sources object", "subscriptions automatic_tax", "subscriptions status",
    "subscriptions test_clock", "tax_ids owner",
}  # fmt: skip
# Lists that take a customer or a time, or are of our own, and that their own rooms try.
ELSEWHERE = (
    "/v1/billing/credit_balance_transactions", "/v1/billing/meters/{id}/event_summaries",
    "/v1/checkout/sessions", "/v1/entitlements/active_entitlements", "/v1/payment_links",
    "/v1/prorata/", "/v1/tax/", "/v2/",
)  # fmt: skip
# There is nothing that has one, and asking for one finds nothing.
NONE_HAS_ONE = {"charges transfer_group", "products shippable", "products url"}
# The shop has only one of these to show.
ONE_VALUE = {
    "accounts created", "alerts alert_type", "file_links file", "files created", "files purpose",
    "invoice_rendering_templates status", "payment_methods allow_redisplay",
    "payment_methods type", "setup_attempts created",
}  # fmt: skip
NEEDY = ("payment_methods", "setup_attempts", "subscription_items")
BASES = {
    "payment_methods": {"customer": "@customer"},
    "setup_attempts": {"setup_intent": "@setup_intent"},
}
PREVIEWS = ("/preview/lines",)


def filters() -> list[tuple[Operation, str]]:
    return [
        (each, name)
        for each in operations()
        if each.lists and each.params and "resources.outside" not in each.name
        and not each.path.endswith(PREVIEWS) and not each.path.startswith(ELSEWHERE)
        for name in each.params.__struct_fields__
        if name != "customer_account" and f"{noun(each)} {name}" not in OWN_TESTS
        and name not in base_names(each)
    ]  # fmt: skip


def base_names(operation: Operation) -> tuple[str, ...]:
    if noun(operation) == "payment_methods" and "{id}" in operation.path:
        return ()
    return ("customer", "setup_intent", "subscription") if noun(operation) in NEEDY else ()


def noun(operation: Operation) -> str:
    return operation.path.rsplit("/", 1)[-1]


class Shop:
    """A stocked server: two days of documents of every kind."""

    def __init__(self, server: Any) -> None:
        self.asker = Asker(server.url, server.secret_key)
        self.stock = Stock(self.asker)
        assert self.asker.ask("POST", "/_prorata/clock/advance", {"by": "1d"}).status == 200
        self._second_day()

    def make(self, path: str, **tree: Any) -> Any:
        answer = self.asker.ask("POST", path, tree)
        assert answer.status == 200, answer.content
        return answer.body

    def _second_day(self) -> None:
        make = self.make
        eve = make("/v1/customers", email="eve@example.com", name="Eve")["id"]
        make("/v1/payment_methods/pm_card_visa/attach", customer=eve)
        product = make("/v1/products", name="Later")["id"]
        price = make("/v1/prices", product=product, unit_amount=700, currency="eur",
                     recurring={"interval": "year"}, lookup_key="later")["id"]  # fmt: skip
        make("/v1/prices", product=product, unit_amount=900, currency="usd", lookup_key="once")
        sent = {"collection_method": "send_invoice", "days_until_due": 7, "customer": eve}
        make("/v1/subscriptions", items=[{"price": price}], **sent)
        make("/v1/invoices", **sent, currency="eur")
        phase = {"items": [{"price": price}], "duration": {"interval": "year"}}
        plan = {"customer": eve, "start_date": NOW + 9 * DAY, "phases": [phase]}
        freed = make("/v1/subscription_schedules", **{**plan, "start_date": "now"})["id"]
        make(f"/v1/subscription_schedules/{freed}/release")
        gone = make("/v1/subscription_schedules", **plan)["id"]
        make(f"/v1/subscription_schedules/{gone}/cancel")
        item = {"customer": eve, "currency": "eur"}
        make("/v1/invoiceitems", **item, amount=500)
        intent = make("/v1/payment_intents", amount=900, confirm=True, **item,
                      payment_method="pm_card_createDispute")  # fmt: skip
        other = make("/v1/payment_intents", amount=900, confirm=True, **item,
                     payment_method="pm_card_createIssuerFraudRecord")  # fmt: skip
        make("/v1/refunds", payment_intent=other["id"], amount=100)
        assert intent["status"] == "succeeded"
        make("/v1/setup_intents", customer=eve)
        make("/v1/coupons", percent_off=5, id="later")
        make("/v1/promotion_codes", promotion={"type": "coupon", "coupon": "later"},
             customer=eve)  # fmt: skip
        make("/v1/plans", currency="usd", interval="week", amount=5, product=product, active=False)
        rate = make("/v1/tax_rates", display_name="GST", percentage=7, inclusive=True)["id"]
        make(f"/v1/tax_rates/{rate}", active=False)
        post = {"display_name": "Air", "type": "fixed_amount"}
        air = make("/v1/shipping_rates", **post, fixed_amount={"amount": 5, "currency": "eur"})
        make(f"/v1/shipping_rates/{air['id']}", active=False)
        make(f"/v1/customers/{eve}/balance_transactions", amount=-100, currency="eur")
        paid = make("/v1/invoices", customer=eve, currency="eur")["id"]
        make("/v1/invoiceitems", **item, amount=500, invoice=paid)
        make(f"/v1/invoices/{paid}/pay", paid_out_of_band=True)
        note = make("/v1/credit_notes", invoice=paid, amount=100, credit_amount=100)
        assert note["customer_balance_transaction"]
        self._usage_of(eve)
        make("/v1/reporting/report_runs", report_type="balance.summary.1",
             parameters={"interval_start": NOW - 9 * DAY, "interval_end": NOW})  # fmt: skip
        old = make("/v1/payment_method_configurations", name="Old")["id"]
        make(f"/v1/payment_method_configurations/{old}", active=False)
        link = make("/v1/file_links", file=self.stock["file"])["id"]
        make(f"/v1/file_links/{link}", expires_at="now")

    def _usage_of(self, customer: str) -> None:
        make = self.make
        meter = make("/v1/billing/meters", display_name="Bytes", event_name="bytes",
                     default_aggregation={"formula": "sum"})["id"]  # fmt: skip
        for each in (self.stock["billing.meter"], meter):
            make("/v1/billing/alerts", title="Much", alert_type="usage_threshold",
                 usage_threshold={"meter": each, "gte": 9, "recurrence": "one_time"})  # fmt: skip
        make("/v1/billing/credit_grants", customer=customer,
             amount={"type": "monetary", "monetary": {"currency": "usd", "value": 500}},
             applicability_config={"scope": {"price_type": "metered"}})  # fmt: skip
        feature = make("/v1/entitlements/features", name="Old", lookup_key="old")["id"]
        make(f"/v1/entitlements/features/{feature}", active=False)
        gone = make("/v1/billing/feedback_options", description="Too far")["id"]
        make(f"/v1/billing/feedback_options/{gone}/deactivate")
        features = {"invoice_history": {"enabled": True}}
        make("/v1/billing_portal/configurations", features=features)
        second = make("/v1/billing_portal/configurations", features=features)["id"]
        make(f"/v1/billing_portal/configurations/{second}", active=False)

    def read(self, operation: Operation, **tree: Any) -> list[dict[str, Any]]:
        """Return a whole list; it is paged three at a time, both ways, to the same."""
        path = path_of(operation, self.stock)
        base = {} if "{id}" in operation.path else BASES.get(noun(operation), {})
        asked = {**filled(base, self.stock), **tree}
        found: list[dict[str, Any]] = []
        after: dict[str, Any] = {}
        while True:
            page = self._page(path, {**asked, **after, "limit": 3})
            found += page["data"]
            if not page["has_more"]:
                break
            after = {"starting_after": found[-1]["id"]}
        back: list[dict[str, Any]] = []
        while found and len(back) < len(found) - 1:
            before = (back or found[-1:])[0]["id"]
            back = self._page(path, {**asked, "ending_before": before, "limit": 3})["data"] + back
        assert [each["id"] for each in back] == [each["id"] for each in found[:-1]]
        return found

    def _page(self, path: str, tree: dict[str, Any]) -> Any:
        answer = self.asker.ask("GET", path, tree)
        assert answer.status == 200, answer.content
        return answer.body


@pytest.fixture(scope="module")
def shop(store: str) -> Iterator[Shop]:
    with running(worker=False, now=NOW) as server:
        found = Shop(server)
        for book, run in server.system.database.read(waiting):
            make_report(server.system, book, run)
        yield found
        found.asker.close()
        assert [each for check in examine(server.system) for each in check.findings] == []


ALL = filters()


@pytest.mark.parametrize(
    ("operation", "name"), ALL, ids=[f"{each.path} {name}" for each, name in ALL]
)
def test_a_filter_shows_what_it_names(shop: Shop, operation: Operation, name: str) -> None:
    label = f"{noun(operation)} {name}"
    everything = {"status": "all"} if operation.path == "/v1/subscriptions" else {}
    whole = shop.read(operation, **everything)
    reader = READERS.get(label, lambda each: each[name])
    said = {each["id"]: reader(each) for each in whole}
    values = list(dict.fromkeys(
        value for each in said.values()
        for value in (each if isinstance(each, list) else [each]) if value is not None
    ))  # fmt: skip
    if label in NONE_HAS_ONE:
        assert (values, shop.read(operation, **{name: True if "able" in name else "x"})) == ([], [])
        return
    only_one = len(values) < 2 and None not in said.values()
    of_one = label in ONE_VALUE or "{id}" in operation.path
    assert only_one <= of_one, f"the shop has {values}"
    for value in values[:4]:
        wanted = [id for id, each in said.items()
                  if each == value or (isinstance(each, list) and value in each)]
        sent = [value] if name in LISTS_OF_TEXTS else value
        found = shop.read(operation, **everything, **{name: sent})
        assert [each["id"] for each in found] == wanted, (value, len(wanted))
        if isinstance(value, int) and not isinstance(value, bool):
            _assert_bounds(shop, operation, name, value, said, everything)


def _assert_bounds(
    shop: Shop, operation: Operation, name: str, value: int, said: dict[str, Any], more: Any
) -> None:
    tried: dict[str, Callable[[int], bool]] = {
        "gt": lambda it: it > value, "gte": lambda it: it >= value,
        "lt": lambda it: it < value, "lte": lambda it: it <= value,
    }  # fmt: skip
    for bound, holds in tried.items():
        found = shop.read(operation, **more, **{name: {bound: value}})
        wanted = [id for id, each in said.items() if each is not None and holds(each)]
        assert [each["id"] for each in found] == wanted, bound


def find(path: str) -> Operation:
    return next(each for each in operations() if each.route == f"GET {path}")


def test_statuses_of_subscriptions(shop: Shop) -> None:
    listing = find("/v1/subscriptions")
    every = {each["id"]: each["status"] for each in shop.read(listing, status="all")}
    told = {"active", "trialing", "incomplete_expired", "canceled", "paused"}
    assert set(every.values()) == told
    for status in (*sorted(told), "incomplete", "unpaid", "past_due"):
        found = [each["id"] for each in shop.read(listing, status=status)]
        assert found == [id for id, said in every.items() if said == status]
    ended = [each["id"] for each in shop.read(listing, status="ended")]
    assert ended == [id for id, said in every.items() if said in ("canceled", "incomplete_expired")]
    usual = [each["id"] for each in shop.read(listing)]
    assert usual == [id for id, said in every.items() if said != "canceled"]
    assert shop.read(listing, automatic_tax={"enabled": True}) == []
    assert [each["id"] for each in shop.read(listing, automatic_tax={"enabled": False})] == usual


def test_prices_by_what_recurs_and_by_type(shop: Shop) -> None:
    listing = find("/v1/prices")
    every = shop.read(listing)
    for name in ("interval", "usage_type", "meter"):
        values = {(each["recurring"] or {}).get(name) for each in every} - {None}
        for value in values:
            assert [each["id"] for each in shop.read(listing, recurring={name: value})] == [
                each["id"] for each in every if (each["recurring"] or {}).get(name) == value]
        assert values
    both = {"interval": "month", "usage_type": "metered"}
    found = shop.read(listing, recurring=both)
    assert {each["recurring"]["usage_type"] for each in found} == {"metered"}
    keys = [each["lookup_key"] for each in shop.read(listing, lookup_keys=["later", "once", "no"])]
    assert sorted(keys) == ["later", "once"]


def test_products_are_all_services(shop: Shop) -> None:
    listing = find("/v1/products")
    every = [each["id"] for each in shop.read(listing)]
    assert [each["id"] for each in shop.read(listing, ids=[every[2], every[0]])] == [
        every[0], every[2]]
    for kind, found in (("service", every), ("good", [])):
        assert [each["id"] for each in shop.read(listing, type=kind)] == found


def test_payments_of_invoices_by_payment(shop: Shop) -> None:
    listing = find("/v1/invoice_payments")
    for each in shop.read(listing)[:3]:
        payment = {"type": "payment_intent", "payment_intent": each["payment"]["payment_intent"]}
        assert [found["id"] for found in shop.read(listing, payment=payment)] == [each["id"]]
    record = shop.read(find("/v1/payment_records"))[0]["id"]
    none = {"type": "payment_record", "payment_record": record}
    assert shop.read(listing, payment=none) == []


def test_payment_records_after_and_before(shop: Shop) -> None:
    listing = find("/v1/payment_records")
    assert len(shop.read(listing)) == 3
    assert len(shop.read(listing, created_after=NOW - 1)) == 3
    assert shop.read(listing, created_after=NOW) == []
    assert len(shop.read(listing, created_before=NOW + 1)) == 3
    assert shop.read(listing, created_before=NOW) == []


def test_cards_and_accounts_of_a_customer(shop: Shop) -> None:
    listing = find("/v1/customers/{id}/sources")
    assert [each["object"] for each in shop.read(listing)] == ["card"]
    assert [each["object"] for each in shop.read(listing, object="card")] == ["card"]
    assert shop.read(listing, object="bank_account") == []


def test_owners_of_tax_ids(shop: Shop) -> None:
    listing = find("/v1/tax_ids")
    made = shop.make("/v1/tax_ids", type="us_ein", value="12-3456789")["id"]
    own = [made, shop.stock["tax_id:own"]]
    assert [each["id"] for each in shop.read(listing)] == own
    assert [each["id"] for each in shop.read(listing, owner={"type": "self"})] == own
    customer = {"type": "customer", "customer": shop.stock["customer"]}
    assert [each["id"] for each in shop.read(listing, owner=customer)] == [shop.stock["tax_id"]]


def test_events_by_type_time_and_delivery(shop: Shop) -> None:
    def read(**tree: Any) -> list[dict[str, Any]]:
        found, after = [], {}
        while True:
            page = shop._page("/v1/events", {**tree, **after, "limit": 50})
            found += page["data"]
            if not page["has_more"]:
                return found
            after = {"starting_after": found[-1]["id"]}

    every = read()

    def ids(found: Any) -> list[str]:
        return [each["id"] for each in found]

    for kind in ("invoice.paid", "customer.created", "price.created"):
        assert ids(read(type=kind)) == ids(each for each in every if each["type"] == kind)
    assert ids(read(type="invoice.*")) == ids(
        each for each in every if each["type"].startswith("invoice."))
    both = ["invoice.paid", "plan.created"]
    assert ids(read(types=both)) == ids(each for each in every if each["type"] in both)
    second = NOW + DAY
    assert ids(read(created={"gte": second})) == ids(
        each for each in every if each["created"] >= second)
    assert ids(read(created={"lt": second}, type="invoice.paid")) == ids(
        each for each in every if each["created"] < second and each["type"] == "invoice.paid")
    before = shop._page("/v1/events", {"ending_before": every[5]["id"], "limit": 2})
    assert (ids(before["data"]), before["has_more"]) == (ids(every[3:5]), True)


@pytest.mark.parametrize(("path", "tree", "param", "code"), [
    ("/v1/invoices", {"status": "lost"}, "status", None),
    ("/v1/subscriptions", {"status": "lost"}, "status", None),
    ("/v1/subscriptions", {"automatic_tax": {"enabled": "x"}}, "automatic_tax[enabled]", None),
    ("/v1/prices", {"recurring": {"interval": "hour"}}, "recurring[interval]", None),
    ("/v1/prices", {"active": "maybe"}, "active", None),
    ("/v1/invoices", {"due_date": {"after": 1}}, "due_date[after]", "parameter_unknown"),
    ("/v1/events", {"types": ["nope"]}, "types[0]", None),
    ("/v1/events", {"type": "a.b", "types": ["a.b"]}, "type", None),
    ("/v1/invoice_payments", {"payment": {"type": "payment_intent"}},
     "payment[payment_intent]", "parameter_missing"),
    ("/v1/tax_ids", {"owner": {"type": "customer"}}, "owner[customer]", "parameter_missing"),
    ("/v1/customers", {"nope": 1}, "nope", "parameter_unknown"),
])  # fmt: skip
def test_wrong_values_are_named(
    shop: Shop, path: str, tree: dict[str, Any], param: str, code: str | None
) -> None:
    answer = shop.asker.ask("GET", path, tree)
    assert (answer.status, answer.param) == (400, param), answer.content
    assert code in (None, answer.error.get("code"))
