"""Pages: the addresses under which customers see an invoice or a credit note.

An address ends in the document's own id and a secret: so the document is found by its key, and
the whole address is then compared with the one that was given out.
"""

import hmac

from prorata.engine.invoice_address import PDF
from prorata.engine.invoices.seller import seller
from prorata.engine.stamps import unstamped
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_note import CreditNote
from prorata.resources.billing.invoice import Invoice

INVOICES, CREDIT_NOTES = "i", "credit_notes"
SECRET_LENGTH = 24


def show_pages(tx: Tx, invoice: Invoice) -> None:
    """Give an invoice the addresses of its page and its PDF."""
    path = page_address(tx, INVOICES, invoice.id, livemode=invoice.livemode)
    invoice.hosted_invoice_url = path
    invoice.invoice_pdf = f"{path}{PDF}"


def page_address(tx: Tx, room: str, id: str, *, livemode: bool) -> str:
    """Return a new address of a document's page, which nobody can guess."""
    mode = "live" if livemode else "test"
    token = id.partition("_")[2] + tx.secret(SECRET_LENGTH)
    return f"{tx.base_url}/{room}/{seller(tx).id}/{mode}_{token}"


def shown_invoice(tx: Tx, account: str, token: str) -> Invoice | None:
    """Return the invoice whose page has an address, None for any that was not given out."""
    token = unstamped(token)
    invoice = tx.find(Invoice, _id_in(token, "in"))
    url = invoice.hosted_invoice_url if invoice is not None else None
    return invoice if _is_address(url, INVOICES, account, token) else None


def shown_credit_note(tx: Tx, account: str, token: str) -> CreditNote | None:
    """Return the credit note whose PDF has an address, None for any that was not given out."""
    note = tx.find(CreditNote, _id_in(token, "cn"))
    url = note.pdf.removesuffix(PDF) if note is not None else None
    return note if _is_address(url, CREDIT_NOTES, account, token) else None


def _id_in(token: str, prefix: str) -> str:
    return f"{prefix}_{token.partition('_')[2][:-SECRET_LENGTH]}"


def _is_address(url: str | None, room: str, account: str, token: str) -> bool:
    if url is None:
        return False
    # Where the server is reached may have changed since; the rest may not.
    known = "/".join(url.rsplit("/", 3)[1:])
    return hmac.compare_digest(known.encode(), f"{room}/{account}/{token}".encode())
