"""2026-03-25.dahlia: Checkout's ways of being shown got clearer names."""

from prorata.wire.versions.change import Change, Node, Step
from prorata.wire.versions.related import Related

OLD_MODES = {"hosted_page": "hosted", "embedded_page": "embedded", "elements": "custom"}
NEW_MODES = {old: new for new, old in OLD_MODES.items()}


def _lower_mode(session: Node, related: Related) -> None:
    mode = session.get("ui_mode")
    if mode in OLD_MODES:
        session["ui_mode"] = OLD_MODES[mode]


def _raise_mode(tree: Node) -> None:
    mode = tree.get("ui_mode")
    if isinstance(mode, str) and mode in NEW_MODES:
        tree["ui_mode"] = NEW_MODES[mode]


STEP = Step(
    "2026-03-25.dahlia",
    (
        Change(
            "Checkout's `ui_mode` says hosted_page, embedded_page and elements where it said"
            " hosted, embedded and custom.",
            lowers={"checkout.session": _lower_mode},
            raises={"POST /v1/checkout/sessions": _raise_mode},
            lenient=True,
        ),
    ),
)
