"""Charge hooks: how those who tell the payer hear of money that came or went back."""

from prorata.engine.moments import Moment

# Money of a charge was booked. Facts: amount (minor units), transaction (its id).
on_booked = Moment("charge booked")
# Money of a charge is given back. Facts: refund.
on_refunded = Moment("charge refunded")
# A payment method became a customer's, to be used again.
on_attached = Moment("method attached")
# A saved card is not what it was: it has another expiry, or its network has replaced it.
on_renewed = Moment("method renewed")
