"""Scripts: what other sites load to show a pricing table or a buy button of ours."""

from functools import cache
from importlib.resources import files

from starlette.responses import Response

from prorata.web.design.visit import Visit

HEADERS = {
    "access-control-allow-origin": "*",
    "cache-control": "public, max-age=60",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}


@cache
def _script(name: str) -> str:
    common = files("prorata.web").joinpath("static", "checkout", "frame_element.js").read_text()
    own = files("prorata.web").joinpath("static", "checkout", name).read_text()
    # Neither leaves a name behind in the page that it is loaded by.
    return f"(() => {{\n'use strict';\n{common}\n{own}\n}})();\n"


def pricing_table(visit: Visit) -> Response:
    """Answer /v3/pricing-table.js: the element `<stripe-pricing-table>`."""
    return Response(_script("pricing_table.js"), media_type="text/javascript", headers=HEADERS)


def buy_button(visit: Visit) -> Response:
    """Answer /v3/buy-button.js: the element `<stripe-buy-button>`."""
    return Response(_script("buy_button.js"), media_type="text/javascript", headers=HEADERS)
