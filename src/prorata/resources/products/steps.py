"""Steps: what the amounts of a currency are multiples of."""

from prorata.model.errors import InvalidRequest
from prorata.rules.currency import smallest_step


def check_step(amount: int, currency: str, param: str) -> None:
    """Raise InvalidRequest for an amount (minor units) that the currency does not have.

    Amounts of three-decimal currencies end in 0, those of ISK and UGX in 00.
    """
    step = smallest_step(currency)
    if amount % step:
        raise InvalidRequest(
            f"Amounts in {currency} must be multiples of {step}: {amount} is not.",
            code="parameter_invalid_integer",
            param=param,
        )
