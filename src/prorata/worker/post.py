"""Post: what every delivery is sent with, and what came back.

Apart from the sender, whose HTTP client is only loaded when something is to be sent.
"""

from dataclasses import dataclass

TIMEOUT_SECONDS = 10.0
HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    "Accept": "*/*; q=0.5, application/xml",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: an HTTP status, or none; and the reason where it is no success.

    unsent: nobody was asked, as this process could open no connection.
    """

    status: int | None
    error: str | None
    unsent: bool = False

    @property
    def delivered(self) -> bool:
        return self.error is None
