"""`stripe listen` and `stripe logs tail`: the CLI hears what happens on a development server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from clients.stripe_cli import StripeCli
from worker.receiver import Receiver, eventually


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give the program that a developer works on: it takes forwarded events."""
    found = Receiver()
    yield found
    found.close()


def ready(printed: Path) -> str:
    """Return what a command has printed once it is ready."""
    eventually(lambda: "Ready!" in printed.read_text())
    return printed.read_text()


def test_events_are_forwarded_and_verified(
    cli: StripeCli, client: stripe.StripeClient, receiver: Receiver
) -> None:
    command = ("listen", "--all-snapshot", "--forward-to", receiver.url())
    with cli.running(*command) as printed:
        secret = re.findall(r"whsec_\w+", ready(printed))[0]
        customer = client.v1.customers.create({"name": "Forwarded"})
        event = receiver.wait(1)[0].event(secret)
        assert (event.type, event.data.object["id"]) == ("customer.created", customer.id)
        eventually(lambda: f"[200] POST {receiver.url()}" in printed.read_text())
        again = cli.run("events", "resend", event.id)
        assert again.code == 0, again.said
        assert receiver.wait(2)[1].body == receiver.received[0].body
    assert cli.run("listen", "--print-secret").output.strip() == secret


def test_a_whole_trigger_is_forwarded(cli: StripeCli, receiver: Receiver) -> None:
    wanted = {
        "customer.created", "customer.subscription.created", "invoice.created",
        "invoice.finalized", "invoice.paid",
    }  # fmt: skip
    with cli.running("listen", "--all-snapshot", "--forward-to", receiver.url()) as printed:
        ready(printed)
        cli.run("trigger", "customer.subscription.created")
        # In any order: the CLI handles what it hears side by side.
        assert eventually(
            lambda: wanted <= {*re.findall(r"--> (\S+)", printed.read_text())}
        )


def test_only_chosen_events_are_forwarded(
    cli: StripeCli, client: stripe.StripeClient, receiver: Receiver
) -> None:
    command = ("listen", "--events", "product.updated", "--forward-to", receiver.url())
    with cli.running(*command) as printed:
        ready(printed)
        product = client.v1.products.create({"name": "Quiet"})
        client.v1.products.update(product.id, {"name": "Loud"})
        receiver.wait(1)
    assert [json.loads(each.body)["type"] for each in receiver.received] == ["product.updated"]


def test_an_older_account_hears_the_newest_form_when_it_asks(
    tmp_path: Path, receiver: Receiver
) -> None:
    from servers import running

    with running(api_version="2024-06-20") as own:
        cli = StripeCli(tmp_path, own.url, own.secret_key)
        client = stripe.StripeClient(own.secret_key, base_addresses={"api": own.url})
        forward = ("--forward-to", receiver.url("/usual"))
        newest = ("--latest", "--forward-to", receiver.url("/newest"))
        with (
            cli.running("listen", "--all-snapshot", *forward) as one,
            cli.running("listen", "--all-snapshot", *newest) as other,
        ):
            ready(one), ready(other)
            client.v1.customers.create({"name": "Versions"})
            usual, latest = receiver.wait(1, "/usual")[0], receiver.wait(1, "/newest")[0]
    assert json.loads(usual.body)["api_version"] == "2024-06-20"
    assert json.loads(latest.body)["api_version"] == stripe.api_version


def test_requests_are_tailed(cli: StripeCli, client: stripe.StripeClient) -> None:
    command = ("logs", "tail", "--filter-status-code-type", "4XX", "--format", "JSON")
    with cli.running(*command) as printed:
        ready(printed)
        client.v1.customers.create({})
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.customers.retrieve("cus_nobody")
        line = eventually(lambda: re.findall(r"{.*}", printed.read_text()))[0]
    logged: dict[str, Any] = json.loads(line)
    assert (logged["method"], logged["url"], logged["status"]) == (
        "GET", "/v1/customers/cus_nobody", 404,
    )  # fmt: skip
    assert logged["error"]["message"] == "No such customer: 'cus_nobody'"


def test_thin_events_are_forwarded_and_parsed(
    cli: StripeCli, client: stripe.StripeClient, receiver: Receiver
) -> None:
    command = ("listen", "--all-thin", "--forward-to", receiver.url())
    with cli.running(*command) as printed:
        secret = re.findall(r"whsec_\w+", ready(printed))[0]
        customer = client.v1.customers.create({"name": "Thin"})
        received = receiver.wait(1)[0]
        told = client.parse_event_notification(
            received.body, received.headers["stripe-signature"], secret
        )
        assert told.type == "v1.customer.created"
        assert told.fetch_related_object().id == customer.id
        eventually(lambda: "v1.customer.created" in printed.read_text())


def test_thin_events_are_shown_beside_whole_ones(
    cli: StripeCli, client: stripe.StripeClient
) -> None:
    with cli.running("listen", "--events", "v1.product.updated,product.created") as printed:
        ready(printed)
        product = client.v1.products.create({"name": "Quiet"})
        # Whole events and thin ones come by roads of their own.
        eventually(lambda: "--> product.created" in printed.read_text())
        client.v1.products.update(product.id, {"name": "Loud"})
        eventually(lambda: "--> v1.product.updated" in printed.read_text())
    told = re.findall(r"--> (\S+)", printed.read_text())
    assert told == ["product.created", "v1.product.updated"]
