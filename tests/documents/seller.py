"""A seller whose papers and pages are tested: an Irish shop that sells storage for photos."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

HOSTILE = "#set page(fill: red) *bold* $x^2$ `raw` <script>alert(1)</script> @ref // \\ #eval(1)"
COLOR = "#0b6e4f"
PERIOD = {"start": 1_795_000_000, "end": 1_797_592_000}


def logo(width: int = 360, height: int = 90) -> bytes:
    """Return a picture as PNG."""
    rows = b"".join(b"\0" + bytes((11, 110, 79)) * width for _ in range(height))

    def part(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", size) + part(b"IDAT", zlib.compress(rows))
        + part(b"IEND", b"")
    )  # fmt: skip


def dress(client: Any, picture: bytes | None = None) -> None:
    """Give the account a name, an address and colours; with a picture also a logo."""
    branding: dict[str, str] = {"primary_color": COLOR}
    if picture is not None:
        file = io.BytesIO(picture)
        file.name = "logo.png"
        branding["logo"] = client.v1.files.create({"purpose": "business_logo", "file": file}).id
    account = client.v1.accounts.retrieve_current()
    client.v1.accounts.update(account.id, {
        "country": "IE",
        "business_profile": {
            "name": "Lumen Photos", "support_email": "hello@lumen.example",
            "support_phone": "+35315550100",
            "support_address": {"line1": "12 Harbour Street", "city": "Dublin", "country": "IE"},
        },
        "settings": {"branding": branding, "dashboard": {"display_name": "Lumen Photos"}},
    })  # fmt: skip


def customer(client: Any, language: str | None = None, **more: Any) -> Any:
    """Make a customer with a card, who reads a language."""
    return client.v1.customers.create({
        "name": "Ada Lovelace", "email": "ada@example.com",
        "address": {"line1": "1 Analytical Row", "city": "London", "country": "GB"},
        **({"preferred_locales": [language]} if language else {}), **more,
    })  # fmt: skip


def invoice(client: Any, customer: Any, items: list[dict[str, Any]], **more: Any) -> Any:
    """Make an invoice in euros that is due in 30 days."""
    terms = {
        "customer": customer.id, "currency": "eur", "collection_method": "send_invoice",
        "days_until_due": 30, **more,
    }  # fmt: skip
    made = client.v1.invoices.create(terms)
    for item in items:
        client.v1.invoice_items.create({
            "customer": customer.id, "invoice": made.id, "currency": terms["currency"], **item,
        })  # fmt: skip
    return client.v1.invoices.finalize_invoice(made.id)
