"""Credit hooks: who else must know that a customer has more or fewer credits than before."""

from prorata.engine.moments import Moment

# A grant was made, changed, expired or voided by a request; not when an invoice used it.
on_changed = Moment("credits_changed")
