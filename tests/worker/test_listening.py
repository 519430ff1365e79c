"""Listening: the protocol that `stripe listen` and `stripe logs tail` speak, spoken by a test."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import stripe

from prorata.store.connection import Unavailable
from prorata.worker import listening as listening_to
from prorata.worker.listeners import LogFilter, Session

from .conftest import stop

SUBPROTOCOL = "stripecli-devproxy-v1"
PATIENCE_SECONDS = 60


class Listener:
    """A CLI's side: it opens a session and reads what the socket says."""

    def __init__(self, http: aiohttp.ClientSession, server: Any) -> None:
        self.http = http
        self._server = server
        self.socket: aiohttp.ClientWebSocketResponse
        self.session: dict[str, Any] = {}

    async def open(self, **form: str) -> dict[str, Any]:
        """Open a session and its socket; return what the session says."""
        status, self.session = await ask(self.http, self._server, **form)
        assert status == 200, self.session
        await self.connect()
        return self.session

    async def connect(self) -> None:
        url = f"{self.session['websocket_url']}?websocket_feature=webhooks"
        headers = {"Websocket-Id": self.session["websocket_id"]}
        self.socket = await self.http.ws_connect(url, headers=headers, protocols=[SUBPROTOCOL])

    async def messages(self, count: int) -> list[dict[str, Any]]:
        return [
            await asyncio.wait_for(self.socket.receive_json(), PATIENCE_SECONDS)
            for _ in range(count)
        ]


async def ask(
    http: aiohttp.ClientSession, server: Any, key: str | None = None, **form: str
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {key or server.secret_key}"}
    body = {"device_name": "test", "websocket_features[]": "webhooks", **form}
    url = f"{server.url}/v1/stripecli/sessions"
    async with http.post(url, data=body, headers=headers) as response:
        return response.status, await response.json()


def listening(server: Any, story: Callable[[Listener], Awaitable[None]]) -> None:
    """Run a story with a listener."""

    async def run() -> None:
        async with aiohttp.ClientSession() as http:
            await story(Listener(http, server))

    asyncio.run(run())


async def made(client: stripe.StripeClient, **terms: Any) -> stripe.Customer:
    return await asyncio.to_thread(client.v1.customers.create, terms)


def test_an_event_is_heard_in_both_versions_and_signed(
    server: Any, client: stripe.StripeClient
) -> None:
    async def story(listener: Listener) -> None:
        session = await listener.open()
        customer = await made(client, name="Heard")
        usual, newest = await listener.messages(2)
        assert usual["type"] == newest["type"] == "webhook_event"
        assert usual["endpoint"] == {"api_version": None}
        assert newest["endpoint"] == {"api_version": session["latest_version"]}
        signature = usual["http_headers"]["Stripe-Signature"]
        event = stripe.Webhook.construct_event(
            usual["event_payload"], signature, session["secret"]
        )
        assert event.type == "customer.created" and event.data.object["id"] == customer.id
        ack = {"type": "event_ack", "webhook_conversation_id": "wc", "event_token": "wh"}
        await listener.socket.send_json(ack)
        await made(client, name="Heard after the acknowledgement")
        assert len(await listener.messages(2)) == 2

    listening(server, story)


def test_events_are_heard_in_their_order(server: Any, client: stripe.StripeClient) -> None:
    async def story(listener: Listener) -> None:
        await listener.open()
        price = await asyncio.to_thread(
            client.v1.prices.create,
            {"currency": "usd", "unit_amount": 100, "product_data": {"name": "Told"}},
        )
        heard = [json.loads(each["event_payload"]) for each in await listener.messages(4)]
        assert [each["type"] for each in heard[::2]] == ["product.created", "price.created"]
        assert heard[2]["data"]["object"]["id"] == price.id

    listening(server, story)


def test_what_happens_while_a_listener_connects_anew_is_heard_then(
    server: Any, client: stripe.StripeClient
) -> None:
    async def story(listener: Listener) -> None:
        await listener.open()
        await listener.socket.close()
        customer = await made(client, name="In between")
        await listener.connect()
        heard = json.loads((await listener.messages(1))[0]["event_payload"])
        assert heard["data"]["object"]["id"] == customer.id

    listening(server, story)


def test_an_event_waits_for_a_database_that_is_away(
    server: Any, client: stripe.StripeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, failed = listening_to.find_events, []

    def away(*arguments: Any) -> Any:
        if not failed:
            failed.append(arguments)
            raise Unavailable("the database system is starting up")
        return find(*arguments)

    async def story(listener: Listener) -> None:
        await listener.open()
        monkeypatch.setattr(listening_to, "find_events", away)
        customer = await made(client, name="Patient")
        heard = json.loads((await listener.messages(1))[0]["event_payload"])
        assert heard["data"]["object"]["id"] == customer.id and failed

    listening(server, story)


def test_what_a_socket_did_not_take_is_told_on_the_next_one() -> None:
    async def story() -> list[str]:
        session = Session("cliws_1", 1, False, "whsec_1", ("webhooks",), LogFilter(None))
        session.hear("evt_1", "evt_2")
        seen = [await session.next(), await session.next()]
        session.done("evt_1")
        return [*seen, await session.next()]

    assert asyncio.run(story()) == ["evt_1", "evt_1", "evt_2"]


def test_the_secret_of_a_key_stays_the_same(server: Any) -> None:
    async def story(listener: Listener) -> None:
        first = await listener.open()
        second = await listener.open()
        assert first["secret"] == second["secret"]
        assert first["websocket_id"] != second["websocket_id"]

    listening(server, story)


def test_an_unknown_session_is_sent_for_a_new_one(server: Any) -> None:
    async def story(listener: Listener) -> None:
        listener.session = {
            "websocket_url": f"{server.url}/v1/stripecli/socket", "websocket_id": "cliws_gone",
        }  # fmt: skip
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await listener.connect()
        assert refused.value.status == 400

    listening(server, story)


def test_only_secret_keys_listen(server: Any) -> None:
    async def story(listener: Listener) -> None:
        http = listener.http
        status, answer = await ask(http, server, key=server.publishable_key)
        assert (status, answer["error"]["code"]) == (403, "secret_key_required")
        status, answer = await ask(http, server, key="sk_test_of_nobody")
        assert status == 401

    listening(server, story)


def test_thin_events_are_heard_signed(server: Any, client: stripe.StripeClient) -> None:
    async def story(listener: Listener) -> None:
        session = await listener.open(**{"websocket_features[]": "v2_events"})
        customer = await made(client, name="Heard")
        [message] = await listener.messages(1)
        assert message["type"] == "v2_event"
        told = client.parse_event_notification(
            message["payload"], message["http_headers"]["Stripe-Signature"], session["secret"]
        )
        assert told.type == "v1.customer.created"
        assert told.related_object.id == customer.id

    listening(server, story)


def test_strange_features_and_filters_are_refused_by_name(server: Any) -> None:
    async def story(listener: Listener) -> None:
        http = listener.http
        status, answer = await ask(http, server, **{"websocket_features[]": "gossip"})
        assert (status, answer["error"]["param"]) == (400, "websocket_features")
        logs = {"websocket_features[]": "request_logs"}
        for filters in ("{", "[1]", '{"filter_ip_address": ["10.0.0.1"]}'):
            status, answer = await ask(http, server, **logs, filters=filters)
            assert (status, answer["error"]["param"]) == (400, "filters")

    listening(server, story)


@pytest.mark.parametrize(
    ("filters", "paths"),
    [
        ({}, ["GET /v1/balance 200", "GET /v1/customers/cus_x 404", "POST /v1/customers 200"]),
        ({"filter_http_method": ["POST"]}, ["POST /v1/customers 200"]),
        ({"filter_status_code_type": ["400"]}, ["GET /v1/customers/cus_x 404"]),
        ({"filter_status_code": ["404", "402"]}, ["GET /v1/customers/cus_x 404"]),
        ({"filter_request_status": ["FAILED"]}, ["GET /v1/customers/cus_x 404"]),
        ({"filter_request_path": ["/v1/balance"]}, ["GET /v1/balance 200"]),
        (
            {"filter_http_method": ["GET"], "filter_request_status": ["SUCCEEDED"]},
            ["GET /v1/balance 200"],
        ),
    ],
)
def test_requests_are_logged_as_the_filters_say(
    server: Any, client: stripe.StripeClient, filters: dict[str, list[str]], paths: list[str]
) -> None:
    def work() -> None:
        client.v1.balance.retrieve()
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.customers.retrieve("cus_x")
        client.v1.customers.create({})

    async def story(listener: Listener) -> None:
        began = int(time.time())
        form = {"websocket_features[]": "request_logs", "filters": json.dumps(filters)}
        session = await listener.open(**form)
        assert session["websocket_authorized_feature"] == "request_logs"
        await asyncio.to_thread(work)
        heard = []
        for message in await listener.messages(len(paths)):
            assert message["type"] == "request_log_event"
            payload = json.loads(message["event_payload"])
            heard.append(f"{payload['method']} {payload['url']} {payload['status']}")
            assert payload["request_id"] == message["request_log_id"]
            assert payload["request_id"].startswith("req_") and payload["created_at"] >= began
            missing = payload["status"] == 404
            assert payload["error"]["code"] == ("resource_missing" if missing else "")
        assert heard == paths

    listening(server, story)


def test_the_store_being_emptied_does_not_end_a_session(start: Any) -> None:
    own = start()
    client = stripe.StripeClient(own.secret_key, base_addresses={"api": own.url})

    async def story(listener: Listener) -> None:
        await listener.open()
        async with listener.http.post(f"{own.url}/_prorata/reset") as response:
            assert response.status == 200
        customer = await made(client, name="After")
        heard = json.loads((await listener.messages(1))[0]["event_payload"])
        assert heard["data"]["object"]["id"] == customer.id

    listening(own, story)


def test_a_server_with_listeners_stops_at_once(start: Any) -> None:
    own = start()

    async def story(listener: Listener) -> None:
        await listener.open()
        began = time.monotonic()
        await asyncio.to_thread(stop, own)
        assert time.monotonic() - began < 20
        assert (await listener.socket.receive()).type is aiohttp.WSMsgType.CLOSE

    listening(own, story)
