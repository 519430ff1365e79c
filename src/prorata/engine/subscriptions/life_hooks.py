"""Life hooks: how those who tell the customer hear of what a subscription goes through."""

from prorata.engine.moments import Moment

# A trial runs, and may have another end than before.
on_trial = Moment("subscription in trial")
# Its next renewal is announced. Facts: invoice (what it will bill), at (when, seconds UTC).
on_upcoming = Moment("subscription renewal announced")
# It was told to end at a moment ahead.
on_canceling = Moment("subscription to end")
on_paused = Moment("subscription paused")
on_resumed = Moment("subscription resumed")
