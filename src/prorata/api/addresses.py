"""Addresses: an answer tells the pages of invoices under addresses that are good for a while yet.

Only what is answered is changed, never what is stored: reading writes nothing.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from prorata.api.fresh import freshened_plain
from prorata.engine.invoice_address import Shown, told_address, told_pdf
from prorata.store.unit_of_work import UnitOfWork

KIND = "invoice"
MARK = b'"hosted_invoice_url":"'
_decode = msgspec.json.Decoder(Shown).decode


def with_good_addresses(uow: UnitOfWork, forms: list[bytes]) -> list[bytes]:
    """Return stored forms with the addresses of invoices as they are told now."""
    return [_told(uow, form) if MARK in form else form for form in forms]


def _told(uow: UnitOfWork, form: bytes) -> bytes:
    shown = _decode(form)
    if shown.object != KIND:
        # An event, or a list of them: it says what was so then.
        return form
    for known, told in ((shown.hosted_invoice_url, told_address), (shown.invoice_pdf, told_pdf)):
        now = told(uow, shown)
        if known and now and now != known:
            form = form.replace(b'"%b"' % known.encode(), b'"%b"' % now.encode())
    return form


class Expander:
    """A transaction that gives an answer what it expands as it is shown now."""

    def __init__(self, reader: Any, uow: UnitOfWork) -> None:
        self._reader = reader
        self._uow = uow

    def load_plain(self, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return documents by id."""
        stored: dict[str, dict[str, Any]] = self._reader.load_plain(kind, ids)
        loaded = freshened_plain(self._uow, kind, stored)
        if kind == KIND:
            for document in loaded.values():
                if document.get("hosted_invoice_url"):
                    shown = msgspec.convert(document, Shown)
                    document["hosted_invoice_url"] = told_address(self._uow, shown)
                    document["invoice_pdf"] = told_pdf(self._uow, shown)
        return loaded

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)
