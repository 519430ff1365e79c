"""Receipt address: how long a payment's receipt is shown, and how it is told in a mail."""

from prorata.engine import stamps
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge
from prorata.rules.windows import DAY

# After that its payer asks for a new address, by mail (source: receipts).
OPEN_SECONDS = 30 * DAY


def told_receipt(tx: Tx, charge: Charge) -> str | None:
    """Return where a receipt is seen, good for at least ten days; None while there is none."""
    url = charge.receipt_url
    if url is None:
        return None
    return stamps.told(tx, url, of=charge.id, ends=charge.created + OPEN_SECONDS, now=tx.now)


def receipt_open_until(tx: Tx, charge: Charge, secret: str) -> int:
    """Return when an address of a receipt closes, in seconds UTC; secret: what it ends in."""
    return max(charge.created + OPEN_SECONDS, stamps.stamped_until(tx, secret, of=charge.id))
