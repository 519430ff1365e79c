"""Seller: the account that invoices come from, and how it has chosen to bill."""

from dataclasses import dataclass

from prorata.model.transaction import Tx
from prorata.resources.core.account import ensure_account, own_account
from prorata.resources.core.account_settings import AccountSettings, FinalState
from prorata.resources.core.customer import Customer, take_invoice_number
from prorata.rules.retries import RetryPolicy

SELLER = "seller"
PREFIX_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Seller:
    """What billing asks of an account: its face on invoices and its settings.

    final_state: of a subscription whose invoice stays unpaid. marks_uncollectible: what becomes of
    the invoice itself. overdue_days: how long after its due date a sent invoice counts as unpaid
    for good, None for never. upcoming_days: before a renewal. draft_seconds: of a draft's wait.
    """

    id: str
    name: str | None
    country: str | None
    currency: str
    tax_ids: list[str] | None
    retries: RetryPolicy
    final_state: FinalState
    marks_uncollectible: bool
    overdue_days: int | None
    upcoming_days: int
    draft_seconds: int
    settings: AccountSettings


def seller(tx: Tx) -> Seller:
    """Return the account of this transaction's books; it is read once in a transaction."""
    found = tx.results.get(SELLER)
    if found is None:
        found = tx.results[SELLER] = _read(tx)
    return found


def _read(tx: Tx) -> Seller:
    account = own_account(tx)
    settings: AccountSettings = account.private
    shown = account.settings
    return Seller(
        id=account.id,
        name=shown.dashboard.display_name or account.business_profile.name,
        country=account.country,
        currency=account.default_currency,
        tax_ids=shown.invoices.default_account_tax_ids,
        retries=settings.retries,
        final_state=settings.subscription_final_state,
        marks_uncollectible=settings.invoice_final_state == "uncollectible",
        overdue_days=settings.overdue_days,
        upcoming_days=settings.upcoming_days,
        draft_seconds=settings.draft_seconds,
        settings=settings,
    )


def take_number(tx: Tx, customer: Customer) -> str:
    """Return the next invoice number, such as `AGDWDOYW-0002`, and count it.

    Numbers run by customer, or in one sequence of the account where it has chosen so.
    """
    if seller(tx).settings.invoice_numbering == "customer":
        return take_invoice_number(customer)
    account = ensure_account(tx)
    settings: AccountSettings = account.private
    prefix = settings.invoice_prefix or account.id[-PREFIX_LENGTH:].upper()
    number = settings.next_invoice_number
    settings.next_invoice_number = number + 1
    return f"{prefix}-{number:04d}"
