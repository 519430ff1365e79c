"""Metrics: what Prometheus reads is what was done, and only it may read that."""

from __future__ import annotations

import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from badinput.asking import Asker
from prorata.model.errors import Refused
from prorata.model.figures import Figures
from prorata.server import metrics
from prorata.server.exporter import Exporter
from prorata.server.metrics import DESCRIBED, Metrics
from servers import running

LINE = re.compile(r'^[a-z_]+(\{([a-z_]+="(\\.|[^"\\])*",?)+\})? -?[0-9.e+-]+$')
PATIENCE_SECONDS = 60
NOW = 1_790_000_000
# What the endpoint with a path is told of.
PATHS = {"a": "coupon", "b": "product"}


@pytest.fixture(scope="module")
def watched(store: str) -> Iterator[Any]:
    """Give a server whose figures can be read with a token."""
    with running(metrics="127.0.0.1:0", metrics_token="m3t") as server:
        yield server


def read(server: Any, token: str | None = "m3t", path: str = "/metrics") -> tuple[int, str]:
    url = f"http://127.0.0.1:{server.server.exporter.port}{path}"
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def until(server: Any, wanted: str) -> str:
    """Return the figures as soon as a pattern is among them."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while re.search(wanted, text := read(server)[1], re.MULTILINE) is None:
        assert time.monotonic() < deadline, text
        time.sleep(0.02)
    return text


def test_requests_are_counted_by_route_and_status(watched: Any) -> None:
    asker = Asker(watched.url, watched.secret_key)
    for _ in range(3):
        asker.ask("GET", "/v1/tax_rates/txr_none")
    # Nothing else here makes one.
    asker.ask("POST", "/v1/tax_rates", {"display_name": "VAT", "percentage": 5, "inclusive": False})
    name = 'prorata_requests_total{{method="{}",route="{}",status="{}"}} {}'
    until(watched, re.escape(name.format("POST", "/v1/tax_rates", 200, 1)))
    text = until(watched, re.escape(name.format("GET", "/v1/tax_rates/{id}", 404, 3)))
    assert 'prorata_request_seconds_count{route="/v1/tax_rates/{id}"} 3' in text
    assert 'prorata_request_seconds_bucket{route="/v1/tax_rates/{id}",le="+Inf"} 3' in text
    assert 'prorata_events_total{type="tax_rate.created"} 1' in text
    assert "prorata_database_up 1" in text
    assert re.search(r'prorata_transactions_total{kind="write"} \d+', text)
    asker.close()


def test_renewals_are_counted(watched: Any) -> None:
    asker = Asker(watched.url, watched.secret_key)
    clock = asker.ask("POST", "/v1/test_helpers/test_clocks", {"frozen_time": 1_790_000_000}).body
    customer = asker.ask("POST", "/v1/customers", {
        "test_clock": clock["id"], "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }).body["id"]  # fmt: skip
    price = {"currency": "usd", "unit_amount": 500, "recurring": {"interval": "month"},
             "product_data": {"name": "Basic"}}  # fmt: skip
    price_id = asker.ask("POST", "/v1/prices", price).body["id"]
    asker.ask("POST", "/v1/subscriptions", {"customer": customer, "items": [{"price": price_id}]})
    asker.ask("POST", f"/v1/test_helpers/test_clocks/{clock['id']}/advance", {
        "frozen_time": 1_790_000_000 + 100 * 86_400})
    text = until(watched, r"^prorata_renewals_total 3$")
    assert 'prorata_events_total{type="invoice.paid"}' in text
    asker.close()


def test_deliveries_are_counted(watched: Any) -> None:
    asker = Asker(watched.url, watched.secret_key)
    # Nobody listens there.
    asker.ask("POST", "/v1/webhook_endpoints", {
        "url": "http://127.0.0.1:9/", "enabled_events": ["coupon.created"]})
    asker.ask("POST", "/v1/coupons", {"percent_off": 5})
    until(watched, r'^prorata_delivery_attempts_total{outcome="failed"} 1$')
    asker.close()


@pytest.mark.parametrize(("most", "counted"), [(100, 5), (3, 3)])
def test_deliveries_that_wait_are_counted_up_to_a_bound(
    store: str, monkeypatch: pytest.MonkeyPatch, most: int, counted: int
) -> None:
    monkeypatch.setattr(metrics, "MOST_COUNTED", most)
    with running(metrics="127.0.0.1:0", metrics_token="m3t", worker=False, now=NOW) as server:
        api = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1
        for path in ("a", "b"):
            api.webhook_endpoints.create(
                {"url": f"https://example.com/{path}", "enabled_events": [f"{PATHS[path]}.created"]}
            )
        for _ in range(4):
            api.products.create({"name": "Chair"})
        server.system.clock.move_to(NOW + 40)
        api.coupons.create({"percent_off": 10})
        server.system.clock.move_to(NOW + 70)
        found = read(server)[1].splitlines()
        assert f"prorata_deliveries_pending {counted}" in found
        assert "prorata_deliveries_retrying 0" in found
        assert "prorata_delivery_oldest_seconds 70" in found


def test_only_who_shows_the_token_reads_them(watched: Any) -> None:
    assert read(watched)[0] == 200
    for token in (None, "", "m3", "m3t4", "M3T"):
        status, text = read(watched, token)
        assert status == 401
        assert "prorata_" not in text
    assert read(watched, path="/")[0] == 404
    # They are not on the API's address.
    asker = Asker(watched.url, watched.secret_key)
    assert asker.ask("GET", "/metrics").status == 404
    asker.close()


def test_a_reader_that_has_gone_is_no_error(capfd: pytest.CaptureFixture[str]) -> None:
    begun, gone = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert gone.wait(PATIENCE_SECONDS)
        return "a" * (16 << 20)

    exporter = Exporter("127.0.0.1:0", slow)
    before = threading.active_count()
    with socket.create_connection(("127.0.0.1", exporter.port)) as reader:
        reader.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        assert begun.wait(PATIENCE_SECONDS)
    gone.set()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while threading.active_count() > before:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    exporter.close()
    assert capfd.readouterr() == ("", "")


def test_every_line_is_prometheus_text(watched: Any) -> None:
    for line in read(watched)[1].splitlines():
        assert line.startswith("# ") or LINE.match(line), line


def test_labels_are_escaped_and_buckets_add_up() -> None:
    figures = Figures({"a_total": ("counter", "A."), "b_seconds": ("histogram", "B.")})
    figures.add("a_total", 2, of='a "b"\\\n')
    figures.observe("b_seconds", (0.0005, 0.001, 0.3, 99))
    text = figures.text()
    assert 'a_total{of="a \\"b\\"\\\\\\n"} 2' in text
    assert 'b_seconds_bucket{le="0.001"} 2' in text
    assert 'b_seconds_bucket{le="0.5"} 3' in text
    assert 'b_seconds_bucket{le="+Inf"} 4' in text
    assert "b_seconds_sum 99.3015" in text


def test_a_database_that_is_away_hides_nothing_else() -> None:
    with running(worker=False) as server:
        system = server.system
        metrics = Metrics(system)

        def away(work: Any) -> Any:
            raise OSError("gone")

        system.database.__dict__["read"] = away
        text = metrics.text()
        del system.database.__dict__["read"]
    assert "prorata_database_up 0" in text
    assert "prorata_due_documents{" not in text
    assert "process_cpu_seconds_total" in text


def test_an_address_that_cannot_be_listened_on_is_refused() -> None:
    for address in ("nonsense", "127.0.0.1:99999", "192.0.2.1:9464", ":x"):
        with pytest.raises(Refused):
            Exporter(address, str)


def test_every_metric_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
    assert [name for name in DESCRIBED if f"`{name}`" not in page] == []
