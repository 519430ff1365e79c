"""2024-09-30.acacia: alerts hold their threshold and its filters together."""

from prorata.wire.versions.change import Change, Node, Step, hash_at, hashes_at, rename
from prorata.wire.versions.related import Related


def _lower_alert(alert: Node, related: Related) -> None:
    threshold = hash_at(alert, "usage_threshold")
    if threshold is None:
        return
    customer = next((each.get("customer") for each in hashes_at(threshold, "filters")), None)
    threshold.pop("filters", None)
    rename(alert, "usage_threshold", "usage_threshold_config")
    alert["filter"] = None if customer is None else {"customer": customer}


def _raise_alert(tree: Node) -> None:
    rename(tree, "usage_threshold_config", "usage_threshold")
    old = tree.pop("filter", None)
    threshold = hash_at(tree, "usage_threshold")
    if threshold is not None and isinstance(old, dict) and old.get("customer"):
        threshold["filters"] = [{"type": "customer", "customer": old["customer"]}]


STEP = Step(
    "2024-09-30.acacia",
    (
        Change(
            "`usage_threshold` of an alert holds the filters; it was `usage_threshold_config`"
            " beside a `filter`.",
            lowers={"billing.alert": _lower_alert},
            raises={"POST /v1/billing/alerts": _raise_alert},
            fields={
                "billing.alert": {
                    "filter": {"customer": ("customer",)},
                    "usage_threshold_config": {"meter": ("billing.meter",)},
                },
            },
        ),
    ),
)
