"""Rules of taxes: registrations come and go, customers move, automatic tax is turned on and off."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from storms.money_rules import AMOUNTS
from storms.usage_rules import UsageRules

PLACES: tuple[Any, ...] = (
    {"country": "DE"}, {"country": "FR"}, {"country": "CH"}, {"country": "CA", "state": "QC"},
    {"country": "US", "postal_code": "73301"}, {"country": "US"}, {"country": "HK"}, "",
)  # fmt: skip
OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("DE", {"type": "standard"}), ("DE", {"type": "oss_union"}), ("CH", {"type": "standard"}),
    ("CA", {"type": "standard"}),
    ("CA", {"type": "province_standard", "province_standard": {"province": "QC"}}),
    ("US", {"type": "state_sales_tax", "state": "TX"}),
)  # fmt: skip
DEFAULTS = ("exclusive", "inclusive", "inferred_by_currency")


class TaxRules(UsageRules):
    """What a seller and its customers do about taxes; mixed into the machine."""

    @rule(data=st.data())
    def the_seller_registers(self, data: st.DataObject) -> None:
        world, tax = self.world, self.world.client.tax
        tax.settings.update({
            "head_office": {"address": {"country": "DE"}},
            "defaults": {"tax_behavior": self.one(data, DEFAULTS)}})
        country, options = self.one(data, OPTIONS)
        world.tried(tax.registrations.create, {
            "country": country, "active_from": "now",
            "country_options": {country.lower(): options}})

    @rule(data=st.data())
    def a_registration_ends(self, data: st.DataObject) -> None:
        world, registrations = self.world, self.world.client.tax.registrations
        found = registrations.list({"status": "active"}).data
        if found:
            world.tried(registrations.update, self.one(data, found).id, {"expires_at": "now"})

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def one_moves(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        where = self.one(data, ("auto", "deferred", "immediately"))
        world.tried(world.client.customers.update, someone.id, {
            "address": self.one(data, PLACES), "tax": {"validate_location": where},
            "tax_exempt": self.one(data, ("none", "none", "exempt", "reverse"))})

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def one_does_business(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        world.tried(world.client.customers.tax_ids.create, someone.id, {
            "type": "eu_vat", "value": self.one(data, ("FRAB123456789", "000000000", "x"))})

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def a_subscription_is_taxed(self, data: st.DataObject) -> None:
        """What a preview says of the next bill is taxed as the subscription is.

        Unless a schedule's next phase is to say how from then on.
        """
        world, found = self.world, self.subscription(data)
        change: dict[str, Any] = {"automatic_tax": {"enabled": not self.chance(data, 4)}}
        if self.chance(data, 2):
            change["default_tax_rates"] = ""
        changed = world.tried(world.client.subscriptions.update, found.id, change)
        if changed is None or changed.schedule is not None:
            return
        preview = world.tried(
            world.client.invoices.create_preview, {"subscription": found.id}
        )
        if preview is not None:
            assert preview.automatic_tax.enabled == changed.automatic_tax.enabled

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def a_bill_is_taxed(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        invoices = world.client.invoices
        made = world.tried(invoices.create, {
            "customer": someone.id, "currency": someone.currency,
            "automatic_tax": {"enabled": True}, "auto_advance": self.chance(data, 2)})
        if made is None:
            return
        for _ in range(data.draw(st.integers(1, 3))):
            world.tried(world.client.invoice_items.create, {
                "customer": someone.id, "invoice": made.id, "currency": someone.currency,
                "amount": self.one(data, AMOUNTS),
                "tax_behavior": self.one(data, ("inclusive", "exclusive", "unspecified"))})
        if self.chance(data, 2):
            world.tried(invoices.finalize_invoice, made.id, {"auto_advance": False})

    @rule(data=st.data())
    def a_sale_elsewhere_is_taxed(self, data: st.DataObject) -> None:
        """What is taken back whole leaves nothing."""
        world, tax = self.world, self.world.client.tax
        found = world.tried(tax.calculations.create, {
            "currency": "eur", "line_items": [{"amount": self.one(data, AMOUNTS)}],
            "customer_details": {
                "address": self.one(data, PLACES[:4]), "address_source": "billing"}})
        if found is None:
            return
        name = f"sale {world.calls}"
        sale = world.tried(tax.transactions.create_from_calculation, {
            "calculation": found.id, "reference": name, "expand": ["line_items"]})
        back = sale and world.tried(tax.transactions.create_reversal, {
            "mode": "full", "original_transaction": sale.id, "reference": f"{name} back",
            "expand": ["line_items"]})
        if back is not None:
            pairs = zip(sale.line_items.data, back.line_items.data, strict=True)
            assert all(a.amount_tax + b.amount_tax == 0 for a, b in pairs)
