"""Entitlement deeds: features come with what is sold and go again, and somebody asks for them."""

from typing import Any

from prorata.simulation.shop import Broken
from prorata.simulation.townsfolk import RUNNING, Townsfolk, deed

FEATURES = "/v1/entitlements/features"
ACTIVE = "/v1/entitlements/active_entitlements"
QUOTAS = "/v1/prorata/quotas"
WORDS = ("chat", "video", "export", "seats", "calls", "sso")


def _product(folk: Townsfolk) -> str | None:
    """Return the product of something that somebody has."""
    found = folk.subscription(*RUNNING)
    return None if found is None else folk.pick(found["items"]["data"])["price"]["product"]


def _feature(folk: Townsfolk) -> dict[str, Any] | None:
    """Return the active feature of a word, made when it is first wanted."""
    word = folk.pick(list(WORDS))
    found = folk.listed(FEATURES, lookup_key=word)
    return found[0] if found else folk.make(FEATURES, name=word, lookup_key=word)


@deed(3)
def a_feature_comes(folk: Townsfolk) -> None:
    """Let a feature come with a product, limited or not."""
    product, feature = _product(folk), _feature(folk)
    if product is None or feature is None:
        return
    folk.ask(f"/v1/products/{product}/features", entitlement_feature=feature["id"])
    if folk.chance(40):
        folk.ask(QUOTAS, product=product, feature=feature["id"], per_unit=folk.chance(50),
                 limit=folk.source.randrange(50))  # fmt: skip


@deed(2)
def a_feature_goes(folk: Townsfolk) -> None:
    """Take a feature off a product, archive it, rename it, or limit it otherwise."""
    product = _product(folk)
    attached = folk.listed(f"/v1/products/{product}/features") if product else []
    if not attached:
        return
    one = folk.pick(attached)
    feature = one["entitlement_feature"]["id"]
    way = folk.source.randrange(4)
    if way == 0:
        folk.ask(f"{FEATURES}/{feature}", name="Renamed", active=folk.chance(50))
    elif way == 1:
        for quota in folk.listed(QUOTAS, product=product, feature=feature):
            folk.ask(f"{QUOTAS}/{quota['id']}", limit=folk.source.randrange(90))
    else:
        folk.ask(f"/v1/products/{product}/features/{one['id']}", "DELETE")


@deed(3)
def somebody_asks_what_is_allowed(folk: Townsfolk) -> None:
    """Ask of each feature whether somebody may use it; raise Broken where the answers differ."""
    customer = folk.somebody()
    if customer is None:
        return
    listed = {each["feature"] for each in folk.listed(ACTIVE, customer=customer)}
    for feature in folk.listed(FEATURES):
        answer = folk.ask("/v1/prorata/entitlements/check", "GET",
                          customer=customer, feature=feature["id"])  # fmt: skip
        if answer is not None and answer["entitled"] != (feature["id"] in listed):
            raise Broken(f"{customer}: {feature['id']} is {answer['entitled']}, listed {listed}")
