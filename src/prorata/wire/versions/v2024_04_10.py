"""2024-04-10: features of products are for marketing; invoices are rendered, without options;
payments are captured asynchronously; events that no longer happen are not named.
"""

from prorata.model.errors import InvalidRequest
from prorata.model.event_types import RETIRED_TYPES
from prorata.wire.versions.change import Change, Node, Step, hash_at, rename
from prorata.wire.versions.related import Related


def _lower_features(product: Node, related: Related) -> None:
    rename(product, "marketing_features", "features")


def _raise_features(tree: Node) -> None:
    rename(tree, "features", "marketing_features")


def _lower_rendering(invoice: Node, related: Related) -> None:
    rendering = hash_at(invoice, "rendering")
    display = rendering and rendering.get("amount_tax_display")
    invoice["rendering_options"] = {"amount_tax_display": display} if display else None


def _raise_rendering(tree: Node) -> None:
    rename(tree, "rendering_options", "rendering")


def _capture(tree: Node) -> None:
    tree.setdefault("capture_method", "automatic")


def _refuse_retired(tree: Node) -> None:
    names = tree.get("enabled_events")
    for place, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, str) and name in RETIRED_TYPES:
            path = f"enabled_events[{place}]"
            raise InvalidRequest(
                f"Invalid {path}: events of the type {name} no longer happen since API version"
                " 2024-04-10.",
                param=path,
            )


STEP = Step(
    "2024-04-10",
    (
        Change(
            "`features` of a product are called `marketing_features`.",
            lowers={"product": _lower_features},
            raises={
                "POST /v1/products": _raise_features,
                "POST /v1/products/{}": _raise_features,
            },
            lenient=True,
        ),
        Change(
            "`rendering_options` of an invoice are in `rendering`.",
            lowers={"invoice": _lower_rendering},
            raises={
                "POST /v1/invoices": _raise_rendering,
                "POST /v1/invoices/{}": _raise_rendering,
            },
            lenient=True,
        ),
        Change(
            "`automatic_async` is the default `capture_method` of new payment intents; it was"
            " `automatic`.",
            raises={"POST /v1/payment_intents": _capture},
        ),
        Change(
            "Webhook endpoints are no longer given types of events that do not happen any more.",
            refuses={
                "POST /v1/webhook_endpoints": _refuse_retired,
                "POST /v1/webhook_endpoints/{}": _refuse_retired,
            },
        ),
    ),
)
