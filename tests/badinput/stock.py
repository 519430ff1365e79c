"""Stock: a shop that has a document of every noun, in each state that refuses something."""

from __future__ import annotations

from typing import Any

from badinput.asking import Asker
from badinput.stock_surfaces import Surfaces

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
HORIZON_SECONDS = 40 * 86_400


class Stock(Surfaces):
    """Ids by name, such as `invoice:open`; a noun's plain name is its commonest document."""

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self._catalogue()
        self._features()
        self._customers()
        self._payments()
        self._records()
        self._invoices()
        self._subscriptions()
        self._entitlements()
        self._credits()
        self._checkout()
        self._portal()
        self._quotes()
        self._rest()

    def _catalogue(self) -> None:
        make = self.make
        self._asker.session()
        make("product", "/v1/products", name="Basic")
        make("product:alone", "/v1/products", name="Alone")
        make("product:archived", "/v1/products", name="Old", active=False)
        month = {"interval": "month"}
        common = {"currency": "usd", "product": self["product"]}
        make("price", "/v1/prices", unit_amount=1000, recurring=month, **common)
        make("price:other", "/v1/prices", unit_amount=3000, recurring=month, **common)
        make("price:year", "/v1/prices", unit_amount=9000, recurring={"interval": "year"}, **common)
        make("price:once", "/v1/prices", unit_amount=500, **common)
        make("price:euro", "/v1/prices", currency="eur", product=self["product"],
             unit_amount=800, recurring=month)  # fmt: skip
        make("price:inactive", "/v1/prices", unit_amount=700, active=False, recurring=month,
             **common)  # fmt: skip
        make("price:tiered", "/v1/prices", recurring=month, billing_scheme="tiered",
             tiers_mode="graduated",
             tiers=[{"up_to": 10, "unit_amount": 100}, {"up_to": "inf", "unit_amount": 50}],
             **common)  # fmt: skip
        make("billing.meter", "/v1/billing/meters", display_name="Calls", event_name="calls",
             default_aggregation={"formula": "sum"})  # fmt: skip
        make("billing.meter:inactive", "/v1/billing/meters", display_name="Old",
             event_name="old", default_aggregation={"formula": "count"})  # fmt: skip
        make("billing.meter:inactive",
             f"/v1/billing/meters/{self['billing.meter:inactive']}/deactivate")  # fmt: skip
        make("price:metered", "/v1/prices", unit_amount=10, recurring={
            **month, "usage_type": "metered", "meter": self["billing.meter"]}, **common)
        make("price:metered:other", "/v1/prices", unit_amount=20, recurring={
            **month, "usage_type": "metered", "meter": self["billing.meter"]}, **common)
        for state in ("", ":inactive"):
            make(f"billing.alert{state}", "/v1/billing/alerts", alert_type="usage_threshold",
                 title="Much", usage_threshold={
                     "gte": 1000, "meter": self["billing.meter"], "recurrence": "one_time"})
        make("billing.alert:inactive",
             f"/v1/billing/alerts/{self['billing.alert:inactive']}/deactivate")  # fmt: skip
        make("plan", "/v1/plans", amount=2000, interval="month", **common)
        make("coupon", "/v1/coupons", percent_off=20)
        make("coupon:amount", "/v1/coupons", amount_off=300, currency="usd", duration="forever")
        make("promotion_code", "/v1/promotion_codes", code="SUMMER",
             promotion={"type": "coupon", "coupon": self["coupon"]})  # fmt: skip
        make("promotion_code:inactive", "/v1/promotion_codes", code="WINTER", active=False,
             promotion={"type": "coupon", "coupon": self["coupon"]})  # fmt: skip
        make("tax_rate", "/v1/tax_rates", display_name="VAT", percentage=20, inclusive=False)
        make("shipping_rate", "/v1/shipping_rates", display_name="Post", type="fixed_amount",
             fixed_amount={"amount": 500, "currency": "usd"})  # fmt: skip
        make("tax.settings", "/v1/tax/settings", head_office={"address": {"country": "DE"}})
        make("tax.registration", "/v1/tax/registrations", country="DE", active_from="now",
             country_options={"de": {"type": "standard"}})  # fmt: skip
        make("tax.registration:us", "/v1/tax/registrations", country="US", active_from="now",
             country_options={"us": {"type": "state_sales_tax", "state": "CA"}})  # fmt: skip
        make("tax.location", "/v1/tax/locations", type="performance", address={"country": "DE"})
        sale = {"currency": "usd", "line_items": [{"amount": 1000}], "customer_details": {
            "address": {"country": "DE"}, "address_source": "billing"}}
        for state in ("", ":recorded"):
            make(f"tax.calculation{state}", "/v1/tax/calculations", **sale)
        make("tax.transaction", "/v1/tax/transactions/create_from_calculation",
             calculation=self["tax.calculation:recorded"], reference="first")  # fmt: skip
        self.ids["reporting.report_type"] = "balance.summary.1"
        made = self._asker.ask("POST", "/v1/reporting/report_runs", {
            "report_type": "balance.summary.1",
            "parameters": {"interval_start": 1_640_995_200, "interval_end": 1_643_673_600}})
        self.ids["reporting.report_run"] = made.body["id"]
        self.ids["tax_code"] = self._get("/v1/tax_codes", limit=1)["data"][0]["id"]

    def _features(self) -> None:
        make, kind = self.make, "entitlements.feature"
        for state in ("", ":free", ":spare", ":loose", ":other", ":archived"):
            make(f"{kind}{state}", "/v1/entitlements/features", name="Speed",
                 lookup_key=f"key{state}")  # fmt: skip
        make(f"{kind}:archived", f"/v1/entitlements/features/{self[f'{kind}:archived']}",
             active=False)  # fmt: skip
        for name, state, product in (
            ("product_feature", "", "product"), ("product_feature:free", ":free", "product"),
            ("product_feature:spare", ":spare", "product"),
            ("product_feature:alone", ":free", "product:alone"),
        ):
            make(name, f"/v1/products/{self[product]}/features",
                 entitlement_feature=self[f"{kind}{state}"])  # fmt: skip
        make("prorata.quota", "/v1/prorata/quotas", product=self["product"], feature=self[kind],
             limit=100, meter=self["billing.meter"])  # fmt: skip

    def _customers(self) -> None:
        make = self.make
        make("customer", "/v1/customers", name="Ada", email="ada@example.com")
        make("customer:poor", "/v1/customers", name="Bob")
        make("customer:discounted", "/v1/customers", name="Cut", coupon=self["coupon"])
        make("customer:deleted", "/v1/customers", name="Gone")
        self._asker.ask("DELETE", f"/v1/customers/{self['customer:deleted']}")
        ada = self["customer"]
        make("payment_method", "/v1/payment_methods/pm_card_visa/attach", customer=ada)
        make("payment_method:second", "/v1/payment_methods/pm_card_mastercard/attach",
             customer=ada)  # fmt: skip
        make("payment_method:loose", "/v1/payment_methods", type="card", card={"token": "tok_visa"})
        make("customer", f"/v1/customers/{ada}",
             invoice_settings={"default_payment_method": self["payment_method"]})  # fmt: skip
        make("confirmation_token", "/v1/test_helpers/confirmation_tokens",
             payment_method="pm_card_visa")  # fmt: skip
        make("ephemeral_key", "/v1/ephemeral_keys", customer=ada)
        session = self._asker.ask("POST", "/v1/customer_sessions", {
            "customer": ada, "components": {"payment_element": {
                "enabled": True, "features": {"payment_method_remove": "enabled"}}}})
        self.ids["session_secret"] = session.body["client_secret"]
        make("billing.meter_event", "/v1/billing/meter_events", event_name="calls",
             identifier="sent", payload={"stripe_customer_id": ada, "value": "1"})
        make("card", f"/v1/customers/{ada}/sources", source="tok_visa")
        make("token", "/v1/tokens", card={
            "number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"})
        make("tax_id", f"/v1/customers/{ada}/tax_ids", type="eu_vat", value="DE123456789")
        make("tax_id:own", "/v1/tax_ids", type="eu_vat", value="DE123456789")
        make("customer_balance_transaction", f"/v1/customers/{ada}/balance_transactions",
             amount=-100, currency="usd")  # fmt: skip
        poor = self["customer:poor"]
        make("cash_balance", f"/v1/test_helpers/customers/{poor}/fund_cash_balance",
             amount=700, currency="usd")  # fmt: skip
        found = self._get(f"/v1/customers/{poor}/cash_balance_transactions")
        self.ids["customer_cash_balance_transaction"] = found["data"][0]["id"]

    def _payments(self) -> None:
        make, ada = self.make, self["customer"]
        intent = {"amount": 2000, "currency": "usd", "customer": ada}
        paying = {**intent, "payment_method": self["payment_method"]}
        make("payment_intent:new", "/v1/payment_intents", **intent)
        make("payment_intent:to_confirm", "/v1/payment_intents", **paying)
        make("payment_intent:action", "/v1/payment_intents", confirm=True, **intent,
             payment_method="pm_card_authenticationRequired")  # fmt: skip
        make("payment_intent:capture", "/v1/payment_intents", confirm=True,
             capture_method="manual", **paying)  # fmt: skip
        self.ids["charge:capture"] = self._get(
            f"/v1/payment_intents/{self['payment_intent:capture']}")["latest_charge"]  # fmt: skip
        make("payment_intent:canceled", "/v1/payment_intents", **intent)
        make("payment_intent:canceled",
             f"/v1/payment_intents/{self['payment_intent:canceled']}/cancel")  # fmt: skip
        make("payment_intent:declined", "/v1/payment_intents", confirm=True, **intent,
             payment_method="pm_card_visa_chargeDeclined")  # fmt: skip
        paid = make("payment_intent", "/v1/payment_intents", confirm=True, **paying)
        self.ids["charge"] = paid["latest_charge"]
        poor = self["customer:poor"]
        make("customer:poor", f"/v1/customers/{poor}",
             cash_balance={"settings": {"reconciliation_mode": "manual"}})  # fmt: skip
        make("payment_intent:raise", "/v1/payment_intents", confirm=True,
             capture_method="manual", payment_method_options={
                 "card": {"request_incremental_authorization": "if_available"}},
             **paying)  # fmt: skip
        transfer = {"funding_type": "bank_transfer", "bank_transfer": {"type": "us_bank_transfer"}}
        make("payment_intent:transfer", "/v1/payment_intents", confirm=True, amount=600,
             currency="usd", customer=poor, allowed_payment_method_types=["customer_balance"],
             payment_method_data={"type": "customer_balance"},
             payment_method_options={"customer_balance": transfer})  # fmt: skip
        back = make("payment_intent:refunded", "/v1/payment_intents", confirm=True, **paying)
        self.ids["charge:refunded"] = back["latest_charge"]
        make("refund", "/v1/refunds", payment_intent=back["id"])
        lost = make("payment_intent:disputed", "/v1/payment_intents", confirm=True, **intent,
                    payment_method="pm_card_createDispute")  # fmt: skip
        self.ids["charge:disputed"] = lost["latest_charge"]
        self.ids["dispute"] = self._get("/v1/disputes", limit=1)["data"][0]["id"]
        make("payment_intent:warned", "/v1/payment_intents", confirm=True, **intent,
             payment_method="pm_card_createIssuerFraudRecord")  # fmt: skip
        warned = self._get("/v1/radar/early_fraud_warnings", limit=1)["data"]
        self.ids["radar.early_fraud_warning"] = warned[0]["id"]
        moved = self._get("/v1/balance_transactions", limit=1)["data"][0]
        self.ids["balance_transaction"] = moved["id"]
        make("setup_intent:new", "/v1/setup_intents", customer=ada)
        make("setup_intent:canceled", "/v1/setup_intents", customer=ada)
        make("setup_intent:canceled",
             f"/v1/setup_intents/{self['setup_intent:canceled']}/cancel")  # fmt: skip
        make("setup_intent:action", "/v1/setup_intents", customer=ada, confirm=True,
             payment_method="pm_card_authenticationRequired")  # fmt: skip
        here = {"enabled": True, "allow_redirects": "never"}
        done = make("setup_intent", "/v1/setup_intents", customer=ada, confirm=True,
                    payment_method=self["payment_method:second"],
                    automatic_payment_methods=here)  # fmt: skip
        tries = self._get("/v1/setup_attempts", setup_intent=done["id"])["data"]
        self.ids["setup_attempt"] = tries[0]["id"]
        self.ids["mandate"] = "mandate_none"

    def _records(self) -> None:
        path, moment = "/v1/payment_records", 1_780_000_000
        told = {
            "amount_requested": {"currency": "usd", "value": 1500}, "initiated_at": moment,
            "customer_details": {"customer": self["customer"]},
            "payment_method_details": {"type": "custom", "custom": {"display_name": "Cash"}},
        }  # fmt: skip
        record = self.make("payment_record", f"{path}/report_payment", **told)
        self.ids["payment_attempt_record"] = record["latest_payment_attempt_record"]
        self.make("payment_record:failed", f"{path}/report_payment", **told,
                  outcome="failed", failed={"failed_at": moment})  # fmt: skip
        self.make("payment_record:paid", f"{path}/report_payment", **told,
                  outcome="guaranteed", guaranteed={"guaranteed_at": moment})  # fmt: skip

    def _invoice(self, state: str, **tree: Any) -> str:
        made = self.make(f"invoice:{state}", "/v1/invoices", customer=self["customer"],
                         currency="usd", auto_advance=False, **tree)  # fmt: skip
        self.make(f"invoiceitem:{state}", "/v1/invoiceitems", customer=self["customer"],
                  invoice=made["id"], amount=1500, currency="usd", description="Work")  # fmt: skip
        return made["id"]

    def _invoices(self) -> None:
        make = self.make
        draft = self._invoice("draft")
        self.ids["invoice"] = draft
        lines = self._get(f"/v1/invoices/{draft}/lines")["data"]
        self.ids["line_item"] = lines[0]["id"]
        for state, *steps in (
            ("open", "finalize"), ("paid", "finalize", "pay"), ("void", "finalize", "void"),
            ("uncollectible", "finalize", "mark_uncollectible"), ("credited", "finalize"),
        ):  # fmt: skip
            id = self._invoice(state)
            for step in steps:
                make(f"invoice:{state}", f"/v1/invoices/{id}/{step}")
        self.ids["discount"] = self._get(
            f"/v1/customers/{self['customer:discounted']}")["discount"]["id"]  # fmt: skip
        make("credit_note", "/v1/credit_notes", invoice=self["invoice:credited"], amount=100)
        make("credit_note:void", "/v1/credit_notes", invoice=self["invoice:credited"], amount=100)
        make("credit_note:void", f"/v1/credit_notes/{self['credit_note:void']}/void")
        paid = self._get("/v1/invoice_payments", invoice=self["invoice:paid"])["data"]
        self.ids["invoice_payment"] = paid[0]["id"]

    def _subscription(self, state: str, **tree: Any) -> dict[str, Any]:
        tree = {"customer": self["customer"], "items": [{"price": self["price"]}], **tree}
        made = self.make(f"subscription:{state}", "/v1/subscriptions", **tree)
        self.ids[f"subscription_item:{state}"] = made["items"]["data"][0]["id"]
        return made

    def _subscriptions(self) -> None:
        make = self.make
        first = self._subscription("active")
        self.ids["subscription"] = first["id"]
        self.ids["subscription_item"] = first["items"]["data"][0]["id"]
        self.ids["invoice:subscription"] = first["latest_invoice"]
        two = self._subscription(
            "two", items=[{"price": self["price"]}, {"price": self["price:other"]}]
        )
        self.ids["subscription_item:second"] = two["items"]["data"][1]["id"]
        self._subscription("trial", trial_period_days=14)
        self._subscription("metered", items=[{"price": self["price:metered"]}])
        used = self._subscription("used", items=[{"price": self["price:metered"]}])
        self._asker.ask("DELETE", f"/v1/subscriptions/{used['id']}")
        found = self._get("/v1/prorata/usage_billings", subscription=used["id"])["data"]
        self.ids["prorata.usage_billing"] = found[0]["id"]
        self._subscription("incomplete", payment_behavior="default_incomplete",
                           customer=self["customer:poor"])  # fmt: skip
        ended = self._subscription("canceled")
        self._asker.ask("DELETE", f"/v1/subscriptions/{ended['id']}")
        self._subscription("classic", billing_mode={"type": "classic"})
        self._subscription("discounted", discounts=[{"coupon": self["coupon:amount"]}])
        paused = self._subscription("paused")
        make("subscription:paused", f"/v1/subscriptions/{paused['id']}/pause", type="subscription")
        start = first["created"] + HORIZON_SECONDS
        phase = {"items": [{"price": self["price"]}], "duration": {"interval": "month"}}
        tree = {"customer": self["customer"], "start_date": start, "phases": [phase]}
        kind = "subscription_schedule"
        make(kind, "/v1/subscription_schedules", **tree)
        make(f"{kind}:canceled", "/v1/subscription_schedules", **tree)
        make(f"{kind}:canceled",
             f"/v1/subscription_schedules/{self[f'{kind}:canceled']}/cancel")  # fmt: skip
        held = self._subscription("scheduled")
        make(f"{kind}:active", "/v1/subscription_schedules", from_subscription=held["id"])
        freed = self._subscription("released")
        make(f"{kind}:released", "/v1/subscription_schedules", from_subscription=freed["id"])
        make(f"{kind}:released",
             f"/v1/subscription_schedules/{self[f'{kind}:released']}/release")  # fmt: skip

    def _rest(self) -> None:
        make = self.make
        make("invoiceitem", "/v1/invoiceitems", customer=self["customer"], amount=900,
             currency="usd")  # fmt: skip
        make("webhook_endpoint", "/v1/webhook_endpoints", url="https://example.com/hook",
             enabled_events=["customer.created"])  # fmt: skip
        make("test_helpers.test_clock", "/v1/test_helpers/test_clocks", frozen_time=1_790_000_000)
        make("prorata.accounting_period", "/v1/prorata/accounting_periods", month="2020-01",
             test_clock=self["test_helpers.test_clock"])  # fmt: skip
        make("billing.feedback_option", "/v1/billing/feedback_options", description="Moved")
        make("invoice_rendering_template", "/v1/prorata/invoice_rendering_templates",
             nickname="House")  # fmt: skip
        make("payment_method_configuration", "/v1/payment_method_configurations", name="Cards")
        make("v2.core.event_destination", "/v2/core/event_destinations", name="Thin",
             type="webhook_endpoint", event_payload="thin", enabled_events=["v1.customer.created"],
             webhook_endpoint={"url": "https://example.com/thin"})  # fmt: skip
        self.ids["event"] = self._get("/v1/events", limit=1)["data"][0]["id"]
        self.ids["v2.core.event"] = self._get("/v2/core/events", limit=1)["data"][0]["id"]
        self.ids["account"] = self._get("/v1/account")["id"]
        border = "stockboundary"
        parts = [("purpose", None, b"business_logo"), ("file", "logo.png", PNG)]
        body = b"".join(
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"'.encode()
            + (f'; filename="{filename}"'.encode() if filename else b"")
            + b"\r\n\r\n" + content + b"\r\n"
            for name, filename, content in parts
        )  # fmt: skip
        answer = self._asker.send(
            "POST", "/v1/files", body + f"--{border}--\r\n".encode(),
            {"Content-Type": f"multipart/form-data; boundary={border}"},
        )  # fmt: skip
        assert answer.status == 200, answer.content
        self.ids["file"] = answer.body["id"]
        make("file_link", "/v1/file_links", file=self["file"])
