"""Recovery hooks: who tells a customer of a purchase that was not finished."""

from prorata.engine.moments import Moment

# A session has expired that its customer can go on with, at the address of its recovery.
on_recoverable = Moment("session recoverable")
