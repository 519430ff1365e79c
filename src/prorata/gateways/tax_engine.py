"""Tax engine: the protocol between billing and whatever knows which taxes a sale bears.

Values in, values out: an engine names the taxes of each line and their rates; the sums are done
by billing, so that they always add up. Engines are found by the entry point group
`prorata.tax_engines`: a callable that takes its own options and returns a TaxEngine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import entry_points
from typing import Any, Literal, Protocol, runtime_checkable

from prorata.gateways.protocol import GatewayError
from prorata.rules.tax_place import Buyer, Levy, Place, Registered, assess

GROUP = "prorata.tax_engines"
BUILT_IN = "standard"
Provider = Literal["anrok", "avalara", "sphere", "stripe"]


class TaxEngineError(GatewayError):
    """The engine cannot say anything about such an order."""


class UnknownTaxEngine(LookupError):
    """No installed plugin has this name."""


@dataclass(frozen=True, slots=True)
class TaxLine:
    """What is sold: its gross amount in minor units, tax code, and whether that includes tax."""

    amount: int
    code: str
    inclusive: bool = False


@dataclass(frozen=True, slots=True)
class TaxOrder:
    """A sale whose taxes are asked for.

    seller: where its head office is. registered: what is in force for it on that day.
    """

    seller: Place | None
    registered: tuple[Registered, ...]
    buyer: Buyer
    lines: tuple[TaxLine, ...]
    currency: str
    day: date


@runtime_checkable
class TaxEngine(Protocol):
    """Who knows which taxes a sale bears.

    immediate: it answers by itself, without asking anybody. provider: as documents name it.
    """

    name: str
    immediate: bool
    provider: Provider

    def assess(self, order: TaxOrder) -> Sequence[Sequence[Levy]]:
        """Return the taxes of each line, in the order of the lines; at least one for each.

        A line without tax has one of zero, whose reason says why. Raises TaxEngineError for an
        order that it cannot judge.
        """
        ...


class StandardRates:
    """The built-in engine: the table of standard rates, and the rules of the place of supply."""

    name = BUILT_IN
    immediate = True
    provider: Provider = "stripe"

    def assess(self, order: TaxOrder) -> list[tuple[Levy, ...]]:
        """Return the taxes of each line by the table of rates."""
        found: dict[str, tuple[Levy, ...]] = {}
        for line in order.lines:
            if line.code not in found:
                found[line.code] = assess(
                    order.seller, order.registered, order.buyer, line.code, order.day
                )
        return [found[line.code] for line in order.lines]


def names() -> list[str]:
    """Return the names of the tax engines that are installed, sorted."""
    return sorted({BUILT_IN, *(point.name for point in entry_points(group=GROUP))})


def open_tax_engine(name: str, **options: Any) -> TaxEngine:
    """Return the tax engine with a name.

    Raises UnknownTaxEngine, or TypeError if what the plugin returns is no TaxEngine.
    """
    for point in entry_points(group=GROUP, name=name):
        engine = point.load()(**options)
        if not isinstance(engine, TaxEngine):
            raise TypeError(f"The plugin {name!r} does not give a TaxEngine.")
        return engine
    if name == BUILT_IN:
        return StandardRates()
    known = ", ".join(names())
    raise UnknownTaxEngine(f"No tax engine is called {name!r}; installed: {known}.")
