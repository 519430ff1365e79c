"""Stock, its surfaces: entitlements, credits, portals, checkouts and quotes of a shop."""

from __future__ import annotations

from typing import Any

from badinput.asking import Asker


class Shelf:
    """Ids by name, and how documents are made and come to stand under one."""

    def __init__(self, asker: Asker) -> None:
        self.ids: dict[str, str] = {}
        self.secrets: dict[str, str] = {}
        self._asker = asker

    def __getitem__(self, name: str) -> str:
        return self.ids[name]

    def of(self, kind: str) -> list[str]:
        """Return the ids of a noun, in all its states."""
        return [id for name, id in self.ids.items() if name.partition(":")[0] == kind]

    def make(self, name: str, path: str, /, **tree: Any) -> dict[str, Any]:
        """Create a document, or bring one into another state, and keep its id under a name."""
        answer = self._asker.ask("POST", path, tree)
        assert answer.status in (200, 402), (name, path, tree, answer.content)
        body = answer.body.get("error", {}).get("payment_intent") or answer.body
        # Settings have none.
        if (id := body.get("id", body.get("identifier"))) is not None:
            self.ids[name] = id
        if body.get("client_secret") and "id" in body:
            self.secrets[body["id"]] = body["client_secret"]
        return body

    def _get(self, path: str, **tree: Any) -> dict[str, Any]:
        answer = self._asker.ask("GET", path, tree)
        assert answer.status == 200, (path, answer.content)
        return answer.body


class Surfaces(Shelf):
    """What a stock has besides what is billed and paid; see `Stock`."""

    def _entitlements(self) -> None:
        found = self._get("/v1/entitlements/active_entitlements", customer=self["customer"])
        self.ids["entitlements.active_entitlement"] = found["data"][0]["id"]
        found = self._get("/v1/prorata/mails", state="kept", limit=1)
        self.ids["prorata.mail"] = found["data"][0]["id"]

    def _credits(self) -> None:
        kind, path = "billing.credit_grant", "/v1/billing/credit_grants"
        terms = {
            "customer": self["customer"],
            "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 700}},
            "applicability_config": {"scope": {"price_type": "metered"}},
        }
        self.make(kind, path, **terms)
        for state, verb in (("voided", "void"), ("expired", "expire")):
            made = self.make(f"{kind}:{state}", path, **terms)
            self.make(f"{kind}:{state}", f"{path}/{made['id']}/{verb}")
        moved = self._get("/v1/billing/credit_balance_transactions", limit=1)
        self.ids["billing.credit_balance_transaction"] = moved["data"][0]["id"]

    def _portal(self) -> None:
        path = "/v1/billing_portal/configurations"
        plans = {"product": self["product"], "prices": [self["price"], self["price:year"]]}
        for state in ("", ":inactive"):
            self.make(f"billing_portal.configuration{state}", path, features={
                "customer_update": {"enabled": True, "allowed_updates": ["email"]},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {"enabled": True, "mode": "immediately"},
                "subscription_pause": {"enabled": True},
                "subscription_update": {
                    "enabled": not state, "default_allowed_updates": ["price"], "products": [plans],
                },
            })  # fmt: skip
        off = self["billing_portal.configuration:inactive"]
        self.make("billing_portal.configuration:inactive", f"{path}/{off}", active=False)
        for state in ("", ":inactive"):
            self.make(f"billing.feedback_option{state}", "/v1/billing/feedback_options",
                      description="I moved")  # fmt: skip
        gone = self["billing.feedback_option:inactive"]
        self.make("billing.feedback_option:inactive",
                  f"/v1/billing/feedback_options/{gone}/deactivate")  # fmt: skip

    def _checkout(self) -> None:
        make = self.make
        make("product:sold", "/v1/products", name="Beside")
        make("price:sold", "/v1/prices", unit_amount=300, currency="usd",
             product=self["product:sold"])  # fmt: skip
        make("shipping_rate:fast", "/v1/shipping_rates", display_name="Fast", type="fixed_amount",
             fixed_amount={"amount": 900, "currency": "usd"})  # fmt: skip
        name = {"type": "custom", "custom": "Size"}
        tree = {
            "mode": "payment", "success_url": "https://example.com/done",
            "customer_creation": "always", "allow_promotion_codes": True,
            "line_items": [{"price": self["price:once"], "quantity": 2,
                            "adjustable_quantity": {"enabled": True}}],
            "optional_items": [{"price": self["price:sold"], "quantity": 1}],
            "name_collection": {"individual": {"enabled": True, "optional": True},
                                "business": {"enabled": True, "optional": True}},
            "tax_id_collection": {"enabled": True},
            "consent_collection": {"promotions": "auto"},
            "saved_payment_method_options": {"payment_method_save": "enabled"},
            "custom_fields": [{"key": "eur", "type": "text", "label": name, "optional": True}],
            "shipping_options": [{"shipping_rate": self["shipping_rate"]},
                                 {"shipping_rate": self["shipping_rate:fast"]}],
        }  # fmt: skip
        kind, path = "checkout.session", "/v1/checkout/sessions"
        session = make(kind, path, **tree)
        items = self._get(f"{path}/{session['id']}/line_items")["data"]
        self.ids["item"] = items[0]["id"]
        for state in ("expired", "complete", "shipping"):
            extra = {"shipping_address_collection": {"allowed_countries": ["DE"]}}
            made = make(f"{kind}:{state}", path, **tree, **(extra if state == "shipping" else {}))
            if state == "expired":
                make(f"{kind}:{state}", f"{path}/{made['id']}/expire")
            if state == "complete":
                make(f"{kind}:paid", f"/v1/payment_pages/{made['id']}/confirm",
                     payment_method="pm_card_visa")  # fmt: skip
        make(f"{kind}:saved", path, **{
            **{name: value for name, value in tree.items() if name != "customer_creation"},
            "customer": self["customer"], "customer_update": {"name": "auto"},
            "saved_payment_method_options": {
                "payment_method_remove": "enabled",
                "allow_redisplay_filters": ["always", "limited", "unspecified"],
            },
        })  # fmt: skip
        link = make("payment_link", "/v1/payment_links",
                    line_items=[{"price": self["price:once"], "quantity": 1}])  # fmt: skip
        self.ids["item:link"] = self._get(f"/v1/payment_links/{link['id']}/line_items")["data"][0][
            "id"
        ]
        make("prorata.pricing_table", "/v1/prorata/pricing_tables",
             products=[{"product": self["product"],
                        "prices": [self["price"], self["price:year"]],
                        "adjustable_quantity": {"enabled": True}}])  # fmt: skip
        make("prorata.upsell", "/v1/prorata/upsells", price=self["price"],
             upsells_to=self["price:year"])  # fmt: skip
        make("prorata.cross_sell", "/v1/prorata/cross_sells", product=self["product"],
             price=self["price:sold"])  # fmt: skip

    def _quotes(self) -> None:
        terms = {"customer": self["customer"], "line_items": [{"price": self["price"]}]}
        quote = self.make("quote", "/v1/quotes", **terms)
        items = self._get(f"/v1/quotes/{quote['id']}/line_items")["data"]
        self.ids["item:quoted"] = items[0]["id"]
        self.make("quote:alone", "/v1/quotes")
        for state, *verbs in (("open",), ("accepted", "accept"), ("canceled", "cancel")):
            path = f"/v1/quotes/{self.make('quote:' + state, '/v1/quotes', **terms)['id']}"
            for verb in ("finalize", *verbs):
                self.make(f"quote:{state}", f"{path}/{verb}")
