"""Tax deeds: the company registers, taxes automatically, and its customers move and do business."""

from typing import Any

from prorata.simulation.townsfolk import Townsfolk, deed

PLACES: tuple[dict[str, Any], ...] = (
    {"country": "DE"}, {"country": "FR"}, {"country": "HU"}, {"country": "GB"},
    {"country": "CH"}, {"country": "JP"}, {"country": "CA", "state": "QC"},
    {"country": "CA", "state": "ON"}, {"country": "US", "postal_code": "94107"},
    {"country": "HK"},
)  # fmt: skip
REGISTRATIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("DE", {"type": "standard"}), ("DE", {"type": "oss_union"}), ("GB", {"type": "standard"}),
    ("CH", {"type": "standard"}), ("JP", {"type": "standard"}), ("CA", {"type": "standard"}),
    ("CA", {"type": "province_standard", "province_standard": {"province": "QC"}}),
    ("US", {"type": "state_sales_tax", "state": "CA"}),
)  # fmt: skip


@deed(2)
def the_company_registers(folk: Townsfolk) -> None:
    """Set up automatic tax, and register somewhere or end a registration."""
    folk.ask(
        "/v1/tax/settings", head_office={"address": {"country": "DE"}},
        defaults={"tax_behavior": folk.pick(["exclusive", "inferred_by_currency"])},
    )  # fmt: skip
    found = folk.listed("/v1/tax/registrations", status="active")
    if found and folk.chance(20):
        folk.ask(f"/v1/tax/registrations/{folk.pick(found)['id']}", expires_at="now")
        return
    country, options = folk.pick(list(REGISTRATIONS))
    made = folk.ask(
        "/v1/tax/registrations", country=country, active_from="now",
        country_options={country.lower(): options},
    )  # fmt: skip
    if made is not None and country == "US":
        path = f"/v1/prorata/tax_registrations/{made['id']}"
        folk.ask(path, percentage=folk.pick([0, 8.625]))


@deed(5)
def somebody_moves(folk: Townsfolk) -> None:
    """Give a customer another address, or none."""
    customer = folk.somebody()
    if customer is None:
        return
    address = "" if folk.chance(10) else folk.pick(list(PLACES))
    how = folk.pick(["auto", "deferred", "immediately"])
    folk.ask(f"/v1/customers/{customer}", address=address, tax={"validate_location": how})


@deed(2)
def somebody_does_business(folk: Townsfolk) -> None:
    """Give a customer a tax id."""
    customer = folk.somebody()
    if customer is not None:
        value = folk.pick(["FRAB123456789", "000000000", "111111111", "nonsense"])
        folk.ask(f"/v1/customers/{customer}/tax_ids", type="eu_vat", value=value)


@deed(4)
def a_subscription_is_taxed(folk: Townsfolk) -> None:
    """Turn a subscription's automatic tax on, or off."""
    found = folk.subscription()
    if found is None:
        return
    if found["default_tax_rates"] and folk.chance(70):
        folk.ask(f"/v1/subscriptions/{found['id']}", default_tax_rates="")
    folk.ask(f"/v1/subscriptions/{found['id']}", automatic_tax={"enabled": folk.chance(80)})


@deed(3)
def a_bill_is_taxed(folk: Townsfolk) -> None:
    """Bill something once, with automatic tax."""
    customer = folk.somebody()
    if customer is None:
        return
    currency = folk.customers[customer]
    made = folk.make(
        "/v1/invoices", customer=customer, currency=currency, automatic_tax={"enabled": True},
        auto_advance=folk.chance(60),
    )  # fmt: skip
    if made is None:
        return
    for _ in range(folk.pick([1, 2, 7])):
        folk.ask(
            "/v1/invoiceitems", customer=customer, invoice=made["id"], currency=currency,
            amount=folk.pick([1_00, 99_900, 3_300]),
            tax_behavior=folk.pick(["inclusive", "exclusive"]),
        )  # fmt: skip


@deed(2)
def a_sale_elsewhere_is_taxed(folk: Townsfolk) -> None:
    """Calculate the taxes of a sale billed elsewhere, record it and take some of it back."""
    found = folk.ask(
        "/v1/tax/calculations", currency="eur",
        line_items=[{"amount": folk.pick([1, 999, 100_000])}, {"amount": 5_000}],
        customer_details={"address": folk.pick(list(PLACES)), "address_source": "billing"},
    )  # fmt: skip
    if found is None:
        return
    name = f"sale {folk.shop.requests}"
    sale = folk.ask(
        "/v1/tax/transactions/create_from_calculation", calculation=found["id"], reference=name
    )
    if sale is None:
        return
    how: dict[str, Any] = folk.pick([
        {"mode": "full"}, {"mode": "partial", "flat_amount": -1_234},
    ])  # fmt: skip
    folk.ask(
        "/v1/tax/transactions/create_reversal", original_transaction=sale["id"],
        reference=f"{name} back", **how,
    )  # fmt: skip
