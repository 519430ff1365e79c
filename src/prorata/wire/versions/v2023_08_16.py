"""2023-08-16: intents choose their payment methods automatically unless told otherwise."""

from prorata.wire.versions.change import Change, Node, Step


def _card(tree: Node) -> None:
    if "automatic_payment_methods" not in tree and "payment_method_types" not in tree:
        tree["payment_method_types"] = ["card"]


STEP = Step(
    "2023-08-16",
    (
        Change(
            "Automatic payment methods are the default of new intents; it was card alone before.",
            raises={"POST /v1/payment_intents": _card, "POST /v1/setup_intents": _card},
        ),
    ),
)
