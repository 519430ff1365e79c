"""Bundle: the browser script as one file, joined from its parts, with the tag of its content."""

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files

# In the order in which they stand in the file: each part may use what is above it at once.
PARTS = (
    "place.js", "errors.js", "listeners.js", "frames.js", "controller.js", "names.js", "fonts.js",
    "element.js", "elements.js", "options.js", "modal.js", "next_action.js", "billing.js",
    "confirm.js", "methods.js", "create.js", "express.js", "session_view.js",
    "checkout_actions.js", "checkout_confirm.js", "checkout.js", "embedded.js", "refused.js",
    "stripe.js",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bundle:
    """The script as it is sent."""

    content: bytes
    etag: str


@cache
def bundle() -> Bundle:
    """Return the browser script; nothing of it is visible to a page but what it sets itself."""
    folder = files("prorata.web.script").joinpath("page")
    parts = [folder.joinpath(name).read_text() for name in PARTS]
    content = "\n".join(("(function () {", "'use strict';", *parts, "})();", "")).encode()
    return Bundle(content, f'"{blake2b(content, digest_size=12).hexdigest()}"')
