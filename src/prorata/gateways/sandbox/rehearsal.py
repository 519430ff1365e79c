"""Rehearsal: the sandbox for forecasts, in memory, where strange tokens stand for good cards."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from ..orders import BillingDetails, ChargeOrder, MethodToken, SetupOrder
from ..outcomes import Declined, Outcome, Succeeded, Unknown
from ..protocol import GatewayError
from .network import Sandbox
from .tokens import read_token

_GOOD_CARD: MethodToken = "card:visa:"


class Rehearsal(Sandbox):
    """A Sandbox that also takes the tokens of live gateways: time is run forward, nobody pays.

    A token of the sandbox behaves as ever; any other pays each time, as a forecast assumes.
    `in_flight` are the debits that were on their way when the rehearsal began, by the reference
    that their own gateway gave them: each of them succeeds when it is polled.
    """

    name = "rehearsal"

    def __init__(self, in_flight: Mapping[str, ChargeOrder] | None = None) -> None:
        super().__init__("sqlite://")
        self._in_flight = dict(in_flight or {})

    def attach(
        self, method: MethodToken, now: int, billing: BillingDetails | None = None
    ) -> Succeeded | Declined:
        return super().attach(_known(method), now, billing)

    def charge(self, order: ChargeOrder) -> Outcome:
        return super().charge(replace(order, method=_known(order.method)))

    def charge_many(self, orders: Sequence[ChargeOrder]) -> list[Outcome | GatewayError]:
        return super().charge_many(
            [replace(order, method=_known(order.method)) for order in orders]
        )

    def poll(self, reference: str, now: int) -> Outcome:
        order = self._in_flight.get(reference)
        if order is not None:
            return Succeeded(reference, captured=order.amount, risk_level="not_assessed")
        try:
            return super().poll(reference, now)
        except GatewayError:
            # Nobody said what it was for; that says nothing of what becomes of it.
            return Unknown(f"{reference} is not known in this rehearsal.")

    def setup(self, order: SetupOrder) -> Outcome:
        return super().setup(replace(order, method=_known(order.method)))


def _known(token: MethodToken) -> MethodToken:
    try:
        read_token(token)
    except GatewayError:
        return _GOOD_CARD
    return token
