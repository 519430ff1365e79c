"""2026-07-29.dahlia: Checkout no longer chooses among tax rates by itself."""

from prorata.model.errors import NotSupported
from prorata.wire.versions.change import Change, Node, Step, hashes_at


def _refuse_dynamic_rates(tree: Node) -> None:
    for place, line in enumerate(hashes_at(tree, "line_items")):
        if "dynamic_tax_rates" in line:
            raise NotSupported(
                "Tax rates that Checkout chooses among are not supported, in older versions of the"
                " API neither: name `tax_rates`, or set automatic_tax[enabled].",
                param=f"line_items[{place}][dynamic_tax_rates]",
            )


STEP = Step(
    "2026-07-29.dahlia",
    (
        Change(
            "Checkout's lines are no longer given `dynamic_tax_rates`.",
            raises={"POST /v1/checkout/sessions": _refuse_dynamic_rates},
        ),
    ),
)
