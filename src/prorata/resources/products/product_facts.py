"""Product facts: what a product grants to whoever subscribes to it, kept beside the product."""

from msgspec import Struct


class ProductGrant(Struct, kw_only=True, omit_defaults=True):
    """A feature that comes with a product, and how much of it.

    limit: None grants it without one. per_unit: the limit is for each unit of the item's quantity.
    meter: what counts its use.
    """

    feature: str
    lookup_key: str
    limit: int | None = None
    per_unit: bool = False
    meter: str | None = None


class ProductFacts(Struct, kw_only=True, omit_defaults=True):
    """Everything that a product grants, so that a renewal need not look for it.

    edition: counts the changes of it; a subscription remembers which edition it was given. priced:
    whether there is a price: the first one is written here too, so that whoever deletes the
    product at the same time comes before or after it.
    """

    edition: int = 0
    grants: list[ProductGrant] = []
    priced: bool = False
