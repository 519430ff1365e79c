"""Fields gateway: the sandbox's network for real money, with card fields on another origin."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from prorata.gateways.browser_fields import BrowserFields
from prorata.gateways.orders import MethodDetails
from prorata.gateways.outcomes import NeedsAction
from prorata.gateways.protocol import CardRefused, GatewayError
from prorata.gateways.sandbox.network import Sandbox

MODULE = """
export async function mount(place, { layout, look, settings, onChange }) {
  const frame = document.createElement('iframe');
  frame.src = `${settings.origin}/card.html`;
  frame.title = 'Card';
  const height = layout === 'line' ? 40 : 130;
  frame.style.cssText = `border:0;display:block;width:100%;height:${height}px`;
  const waiting = [];
  window.addEventListener('message', ({ source, data }) => {
    if (source !== frame.contentWindow) return;
    if (data.state) {
      onChange(data.state);
      document.documentElement.dataset.complete = data.state.complete;
    } else waiting.shift()(data.answer);
  });
  const loaded = new Promise((resolve) => { frame.addEventListener('load', resolve); });
  place.append(frame);
  await loaded;
  const say = (message) => frame.contentWindow.postMessage(message, settings.origin);
  say({ look, layout });
  return {
    validate: () => say({ validate: true }),
    focus: () => { frame.focus(); say({ focus: true }); },
    clear: () => say({ clear: true }),
    tokenize: () => new Promise((resolve) => { waiting.push(resolve); say({ tokenize: true }); }),
  };
}
"""
CARD = """<!doctype html><html lang="en"><title>Card</title>
<style>body{margin:0;display:grid;gap:6px;grid-template-columns:1fr 1fr}
body.line{grid-template-columns:2fr 1fr 1fr}body.rows :first-child{grid-column:1/-1}
input{min-width:0;padding:9px}</style>
<body><input id="number" aria-label="Card number" autocomplete="cc-number" inputmode="numeric">
<input id="expiry" aria-label="Expiry date" autocomplete="cc-exp" inputmode="numeric">
<input id="cvc" aria-label="Security code" autocomplete="cc-csc" inputmode="numeric">
<script>
const [number, expiry, cvc] = document.querySelectorAll('input');
const all = [number, expiry, cvc];
const tell = (message) => parent.postMessage(message, '*');
const state = (error) => tell({ state: {
  empty: all.every((each) => !each.value), error,
  complete: number.value.length > 14 && expiry.value.length > 3 && cvc.value.length > 2,
  brand: number.value.startsWith('4') ? 'visa' : 'unknown',
} });
for (const each of all) each.addEventListener('input', () => state());
addEventListener('message', async ({ data }) => {
  if (data.look) {
    document.body.className = data.layout;
    for (const each of all) Object.assign(each.style, {
      border: data.look.border, borderRadius: data.look.borderRadius, color: data.look.color,
      font: `${data.look.fontSize} ${data.look.fontFamily}`,
    });
  }
  if (data.validate) state({ code: 'incomplete', message: 'The card is not complete.' });
  if (data.focus) number.focus();
  if (data.clear) for (const each of all) each.value = '';
  if (data.tokenize) {
    const answer = await fetch('/tokens', { method: 'POST', body: JSON.stringify(
      { number: number.value, expiry: expiry.value, cvc: cvc.value }) });
    tell({ answer: await answer.json() });
  }
});
</script></body></html>"""


BANK = """<!doctype html><html lang="en"><title>Bank</title><body><h1>Is it you?</h1>
<form method="post"><button name="say" value="yes">Yes</button>
<button name="say" value="no">No</button></form></body></html>"""


class FieldsGateway(Sandbox):
    """A gateway that serves live mode; what is typed in its fields it alone knows."""

    name = "fields"
    test_only = False
    # As a network elsewhere is: asked with no transaction open.
    immediate = False

    def __init__(self, url: str = "sqlite://") -> None:
        super().__init__(url)
        self.cards: dict[str, dict[str, str]] = {}
        self.heard: list[str] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://localhost:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        super().close()

    def browser_fields(self, livemode: bool) -> BrowserFields | None:
        return BrowserFields(f"{self.origin}/fields.js", settings={"origin": self.origin})

    def method_of_fields(self, token: str, fingerprint_salt: str, now: int) -> MethodDetails:
        card = self.cards.pop(token, None)
        if card is None:
            raise GatewayError("no such token")
        if card["cvc"] == "000":
            raise CardRefused("incorrect_cvc", "Your card's security code is incorrect.", "cvc")
        month, year = int(card["expiry"][:2]), 2000 + int(card["expiry"][-2:])
        return self.tokenize_card(card["number"], month, year, card["cvc"], fingerprint_salt, now)

    def charge(self, order: Any) -> Any:
        return self._at_the_bank(super().charge(order))

    def charge_many(self, orders: Any) -> list[Any]:
        return [self._at_the_bank(each) for each in super().charge_many(orders)]

    def setup(self, order: Any) -> Any:
        return self._at_the_bank(super().setup(order))

    def lookup(self, key: str) -> Any:
        return self._at_the_bank(super().lookup(key))

    def _at_the_bank(self, outcome: Any) -> Any:
        """Return an outcome whose payer is asked on the bank's page, not on one of ours."""
        if not isinstance(outcome, NeedsAction):
            return outcome
        url = f"{self.origin}/bank?of={outcome.reference}"
        return msgspec.structs.replace(outcome, url=url)

    def hear(self, address: str, said: str) -> None:
        [reference] = parse_qs(urlsplit(address).query)["of"]
        self.heard.append(f"{reference} {said}")
        self.authenticate(reference, said == "say=yes", 0)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        cards, gateway = self.cards, self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/fields.js":
                    self._send(MODULE, "text/javascript")
                elif self.path.startswith("/bank"):
                    self._send(BANK, "text/html")
                else:
                    self._send(CARD, "text/html")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path.startswith("/bank"):
                    gateway.hear(self.path, body.decode())
                    self._send("<p>Thank you</p>", "text/html")
                    return
                token = f"card-{len(cards)}-{self.server.server_port}-{id(body)}"  # type: ignore[attr-defined]
                cards[token] = json.loads(body)
                self._send(json.dumps({"token": token}), "application/json")

            def _send(self, content: str, kind: str) -> None:
                self.send_response(200)
                self.send_header("content-type", f"{kind}; charset=utf-8")
                self.send_header("access-control-allow-origin", "*")
                self.end_headers()
                self.wfile.write(content.encode())

            def log_message(self, format: str, *arguments: Any) -> None:
                """Say nothing."""

        return Handler
