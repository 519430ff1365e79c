"""Registry: gateways found by the entry point group `prorata.gateways`.

A plugin's entry point is a callable that takes the main store's URL and its own options as
keywords, and returns a Gateway.
"""

from importlib.metadata import entry_points
from typing import Any

from .protocol import Gateway

GROUP = "prorata.gateways"


class UnknownGateway(LookupError):
    """No installed plugin has this name."""


def names() -> list[str]:
    """Return the names of the gateways that are installed, sorted."""
    return sorted({"sandbox", *(point.name for point in entry_points(group=GROUP))})


def open_gateway(name: str, url: str = "sqlite://", **options: Any) -> Gateway:
    """Return the gateway with a name, opened beside the store at `url`.

    Raises UnknownGateway, or TypeError if what the plugin returns is no Gateway.
    """
    for point in entry_points(group=GROUP, name=name):
        gateway = point.load()(url, **options)
        if not isinstance(gateway, Gateway):
            raise TypeError(f"The plugin {name!r} does not give a Gateway.")
        return gateway
    if name == "sandbox":
        # The built-in gateway also works from a source tree that is not installed.
        from .sandbox.network import Sandbox

        return Sandbox(url, **options)
    known = ", ".join(names())
    raise UnknownGateway(f"No gateway is called {name!r}; installed: {known}.")
