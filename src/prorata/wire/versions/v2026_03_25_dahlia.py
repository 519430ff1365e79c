"""2026-03-25.dahlia: Checkout's ways of being shown and the sources of events got other names."""

from prorata.wire.versions.change import Change, Node, Step
from prorata.wire.versions.related import Related

OLD_MODES = {"hosted_page": "hosted", "embedded_page": "embedded", "elements": "custom"}
NEW_MODES = {old: new for new, old in OLD_MODES.items()}
OLD_SOURCES = {"@self": "self", "@accounts": "other_accounts"}
NEW_SOURCES = {old: new for new, old in OLD_SOURCES.items()}


def _lower_mode(session: Node, related: Related) -> None:
    mode = session.get("ui_mode")
    if mode in OLD_MODES:
        session["ui_mode"] = OLD_MODES[mode]


def _raise_mode(tree: Node) -> None:
    mode = tree.get("ui_mode")
    if isinstance(mode, str) and mode in NEW_MODES:
        tree["ui_mode"] = NEW_MODES[mode]


def _lower_sources(destination: Node, related: Related) -> None:
    _rename_sources(destination, OLD_SOURCES)


def _raise_sources(tree: Node) -> None:
    _rename_sources(tree, NEW_SOURCES)


def _rename_sources(node: Node, names: dict[str, str]) -> None:
    sources = node.get("events_from")
    if isinstance(sources, list):
        node["events_from"] = [
            names.get(name, name) if isinstance(name, str) else name for name in sources
        ]


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
        Change(
            "`events_from` of an event destination says @self and @accounts where it said self and"
            " other_accounts.",
            lowers={"v2.core.event_destination": _lower_sources},
            raises={"POST /v2/core/event_destinations": _raise_sources},
            lenient=True,
        ),
    ),
)
