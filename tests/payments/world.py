"""World: a server whose gateway fails on demand, and whose time passes by command."""

import stripe

from prorata.engine.advance import run_due
from prorata.gateways.faults import FaultyGateway
from prorata.store.books import all_books

START = 1_700_000_000
# An account in the US that is verified by small deposits.
US_ACCOUNT = {
    "type": "us_bank_account",
    "us_bank_account": {
        "account_holder_type": "individual", "account_number": "000123456789",
        "routing_number": "110000000",
    },
    "billing_details": {"name": "Ada"},
}  # fmt: skip


class World:
    """A server whose clock stands still and whose gateway fails on demand."""

    def __init__(self, server):
        self.system = server.system
        self.system.gateway = FaultyGateway(self.system.gateway, seed=7)
        self.client = stripe.StripeClient(
            server.secret_key, base_addresses={"api": server.url}, max_network_retries=0
        )
        self.book = self.system.database.read(all_books)[0]

    @property
    def gateway(self):
        return self.system.gateway

    def later(self, seconds):
        """Let time pass and do what is due."""
        self.system.clock.move_to(self.system.clock.now() + seconds)
        return run_due(self.system, self.system.clock.now())

    def pay(self, **params):
        return self.client.v1.payment_intents.create({
            "amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
            **params,
        })

    def charges(self, intent):
        return self.client.v1.charges.list({"payment_intent": intent}).data


def wait(world, seconds, times=1):
    """Let time pass, in so many steps; nothing that is due then may fail."""
    for _ in range(times):
        assert world.later(seconds).failed == []
