"""Verify tax ids: what a register says of a number, some seconds after it was given.

No register is asked. In test mode a number is verified when its check digits are right, and the
documented test numbers have their fixed results; in live mode the verification is unavailable.
"""

from prorata.engine.due import handles
from prorata.model.transaction import Tx
from prorata.resources.billing.tax_id import TaxId, test_result
from prorata.rules.tax_ids import is_valid


@handles("tax_id")
def verify(tx: Tx, tax_id: TaxId) -> None:
    """Write the result of a verification that is due."""
    tax_id.private.verify_at = None
    verification = tax_id.verification
    if tx.book.livemode:
        verification.status = "unavailable"
        return
    verification.status = test_result(tax_id.value) or (
        "verified" if has_right_digits(tax_id.type, tax_id.value) else "unverified"
    )


def has_right_digits(type: str, value: str) -> bool:
    """Return whether a number's check digits are right; only for types with a register."""
    if value.upper().startswith("XI"):
        type, value = "gb_vat", f"GB{value[2:]}"
    return is_valid(type, value)
