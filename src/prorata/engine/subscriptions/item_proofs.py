"""Item proofs: every item of a subscription is found where it lives, and nowhere else."""

from collections import defaultdict
from collections.abc import Iterator

from prorata.engine.doctor import check, naming, pages
from prorata.engine.runtime import System
from prorata.store.connection import Connection


@check("Every item of a subscription is found by its id, with its price")
def items_have_homes(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every subscription: its items, and their prices, are those that live with it."""
    for book, subscriptions in pages(connection, "subscription"):
        homes: dict[str, dict[str, str]] = defaultdict(dict)
        for home in naming(
            connection, "subscription_item.home", "subscription", book, subscriptions
        ):
            homes[home["subscription"]][home["id"]] = home["price"]
        for id, subscription in subscriptions.items():
            items = {item["id"]: item["price"]["id"] for item in subscription["items"]["data"]}
            odd = sorted(item for item, _ in items.items() ^ homes[id].items())
            yield f"{id}: {odd[0]} is not where it lives, or has another price" if odd else None
