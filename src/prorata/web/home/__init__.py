"""Home: what a person sees who opens the address of a development server in a browser."""

from dataclasses import dataclass

from starlette.responses import Response

from prorata.web.design.brand import Brand
from prorata.web.design.site import Routes
from prorata.web.design.visit import Visit


@dataclass(frozen=True, slots=True)
class Welcome:
    """Where the API of a development server is, and which keys open it."""

    url: str
    secret_key: str
    publishable_key: str


def home_routes(welcome: Welcome) -> Routes:
    """Return the routes of a development server's home page."""

    def home(visit: Visit) -> Response:
        return visit.page(
            "home/home.html", visit.language(), Brand("Prorata"), welcome=welcome,
            python=_python(welcome), node=_node(welcome), curl=_curl(welcome),
        )  # fmt: skip

    return {("GET", ""): home}


def _curl(welcome: Welcome) -> str:
    return f"curl {welcome.url}/v1/customers \\\n  -u {welcome.secret_key}: \\\n  -d name=Ada"


def _python(welcome: Welcome) -> str:
    return (
        "import stripe\n\n"
        f'client = stripe.StripeClient("{welcome.secret_key}",\n'
        f'    base_addresses={{"api": "{welcome.url}"}})\n'
        'client.v1.customers.create({"name": "Ada"})'
    )


def _node(welcome: Welcome) -> str:
    host, _, port = welcome.url.partition("://")[2].partition(":")
    scheme = welcome.url.partition("://")[0]
    return (
        "import Stripe from 'stripe';\n\n"
        f"const stripe = new Stripe('{welcome.secret_key}', {{\n"
        f"  host: '{host}', port: '{port or 443}', protocol: '{scheme}',\n"
        "});\n"
        "await stripe.customers.create({ name: 'Ada' });"
    )
