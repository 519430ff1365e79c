"""Words that somebody else has chosen, on the terminal of whoever runs a command."""

from __future__ import annotations

from cli.test_commands import client_of, prorata, started

# They clear a screen, name a window, and end a style that never began.
WORDS = "\x1b[2J\x1b]0;mine\x07[/x] Ann [eu]"
SHOWN = "[2J ]0;mine [/x] Ann [eu]"


def test_they_are_shown_and_nothing_is_carried_out(database_url: str) -> None:
    on = ("--database", database_url)
    key = prorata("keys", "create", *on, "--name", WORDS).strip()
    with started("serve", *on, "--port", "0", until="serves") as (_, printed):
        client = client_of(printed, key).v1
        product = client.products.create({
            "name": WORDS, "default_price_data": {"currency": "usd", "unit_amount": 900},
        })  # fmt: skip
        customer = client.customers.create({"name": WORDS})
        invoice = client.invoices.create({
            "customer": customer.id, "collection_method": "send_invoice", "days_until_due": 3,
        })  # fmt: skip
        client.invoice_items.create({
            "customer": customer.id, "invoice": invoice.id,
            "pricing": {"price": str(product.default_price)},
        })  # fmt: skip
        client.invoices.finalize_invoice(invoice.id)
    prorata("pricing-table", "create", product.id, *on, "--name", WORDS)
    for command in (
        ("keys", "list"), ("pricing-table", "list"), ("report", "receivables", "--by", "customer"),
        ("report", "revenue", "--by", "customer"), ("report", "revenue", "--by", "product"),
    ):  # fmt: skip
        said = prorata(*command, *on)
        assert SHOWN in said, command
        assert not {"\x1b", "\x07"} & set(said), command
