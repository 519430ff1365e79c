"""The command `prorata`: one file per verb, imported when it is called."""

import io
import sys
from typing import Annotated

from cyclopts import App, Parameter

from prorata.cli.dunnings import dunning
from prorata.cli.pricing_tables import pricing_table
from prorata.cli.reports import report

app = App(
    name="prorata",
    help="Subscription billing that anyone can run, with Stripe's API on the wire.",
)
keys = App(name="keys", help="Create, list and revoke API keys.")
clock = App(name="clock", help="Read and move the frozen time of a running `prorata dev --now`.")
app.command(keys)
app.command(clock)
app.command(pricing_table)
app.command(report)
app.command(dunning)

Host = Annotated[str, Parameter(help="Address to listen on.")]
Port = Annotated[int, Parameter(help="Port to listen on; 0 takes a free one.")]
Database = Annotated[
    str, Parameter(help="sqlite:///file, sqlite:// (in memory) or postgresql://user@host/name.")
]
Books = Annotated[str, Parameter(help="sqlite:///file or postgresql://user@host/name.")]
SecretKey = Annotated[
    str | None, Parameter(help="A key of your own: sk_test_ and 24 or more letters and digits.")
]
PublishableKey = Annotated[str | None, Parameter(help="The same with pk_test_.")]
Version = Annotated[
    str | None, Parameter(help="What a request without Stripe-Version gets, if not the newest.")
]
Gateway = Annotated[str, Parameter(help="The plugin that moves money.")]
TaxEngine = Annotated[str, Parameter(help="The plugin that knows which taxes a sale bears.")]
Grace = Annotated[str | None, Parameter(help="How long the old one goes on, such as 24h.")]
Metrics = Annotated[
    str | None, Parameter(help="HOST:PORT at which Prometheus reads this process's figures.")
]
Url = Annotated[str, Parameter(help="Where the server answers.")]


def _flag(help: str) -> Parameter:
    return Parameter(help=help, negative="")


DEFAULT_DATABASE = "sqlite:///prorata.db"
DEFAULT_URL = "http://127.0.0.1:4242"


@app.command
def dev(
    *,
    host: Host = "127.0.0.1",
    port: Port = 4242,
    database: Database = DEFAULT_DATABASE,
    secret_key: SecretKey = None,
    publishable_key: PublishableKey = None,
    api_version: Version = None,
    now: Annotated[
        str | None, Parameter(help="Freeze the server's time, such as 2026-01-31T10:00Z.")
    ] = None,
) -> None:
    """Run everything in one process for development: tables, account, keys, API, due work."""
    from prorata.cli.serving import run_dev

    run_dev(
        host=host,
        port=port,
        database=database,
        secret_key=secret_key,
        publishable_key=publishable_key,
        api_version=api_version,
        now=now,
    )


@app.command
def demo(
    story: Annotated[
        str, Parameter(help="pay-up-front, free-trial, …: `prorata demo list` names them.")
    ] = "pay-up-front",
    /,
    *,
    host: Host = "127.0.0.1",
    port: Port = 4242,
    database: Annotated[
        str, Parameter(help="A file of its own: what an earlier demo left there is deleted.")
    ] = "sqlite:///.prorata/demo.db",
    shop_port: Annotated[
        int | None, Parameter(help="Of the sample shop; without it, the next one that is free.")
    ] = None,
    stay: Annotated[bool, Parameter(help="Whether server and shop stay up afterwards.")] = True,
) -> None:
    """Start a development server on a new file, play a story on it, and open the sample shop."""
    from prorata.cli.demo import run_demo

    run_demo(story, host=host, port=port, shop_port=shop_port, database=database, stay=stay)


@app.command
def serve(
    *,
    database: Books,
    host: Host = "127.0.0.1",
    port: Port = 4242,
    api_version: Version = None,
    gateway: Gateway = "sandbox",
    tax_engine: TaxEngine = "standard",
    base_url: Annotated[
        str | None, Parameter(help="The public address, if it is not http://HOST:PORT.")
    ] = None,
    rate_limit: Annotated[
        int | None, Parameter(help="Requests a second of an account in one mode; without it, any.")
    ] = None,
    route_rate_limit: Annotated[
        int | None, Parameter(help="Of these, requests a second to one route.")
    ] = None,
    open_requests: Annotated[
        int, Parameter(help="Requests that are answered at the same time; more get a 429.")
    ] = 1000,
    metrics: Metrics = None,
    request_log: Annotated[
        bool, Parameter(help="Whether each request gets a line of the log.")
    ] = True,
) -> None:
    """Answer the API in production; the work that is due is `prorata worker`'s."""
    from prorata.cli.serving import run_serve

    run_serve(
        host=host,
        port=port,
        database=database,
        api_version=api_version,
        gateway=gateway,
        tax_engine=tax_engine,
        base_url=base_url,
        limits=(rate_limit, route_rate_limit, open_requests),
        metrics=metrics,
        request_log=request_log,
    )


@app.command
def worker(
    *,
    database: Books,
    gateway: Gateway = "sandbox",
    tax_engine: TaxEngine = "standard",
    base_url: Annotated[str, Parameter(help="The server's public address.")] = DEFAULT_URL,
    metrics: Metrics = None,
) -> None:
    """Do the work that is due: renewals, retries, webhook deliveries. Several may run."""
    from prorata.cli.serving import run_worker

    run_worker(
        database=database, gateway=gateway, tax_engine=tax_engine, base_url=base_url,
        metrics=metrics,
    )  # fmt: skip


@app.command
def migrate(*, database: Books) -> None:
    """Bring a database to this version's tables."""
    from prorata.cli.serving import run_migrate

    run_migrate(database)


@app.command
def doctor(
    *,
    database: Books = DEFAULT_DATABASE,
    retry: Annotated[bool, _flag("First put what was set aside back into the queue.")] = False,
) -> None:
    """Prove that the books balance; exit with 1 when they do not."""
    from prorata.cli.proving import run_doctor

    run_doctor(database, retry=retry)


@app.command
def simulate(
    *,
    seed: Annotated[
        int | None, Parameter(help="The same seed lives the same life; random by default.")
    ] = None,
    years: Annotated[float, Parameter(help="How long the company lives.")] = 1.0,
    customers: Annotated[int, Parameter(help="How many it has at most.")] = 25,
    database: Annotated[str, Parameter(help="An empty one, where the books stay.")] = "sqlite://",
    moments_per_death: Annotated[
        int, Parameter(help="Statements between two crashes on average; 0 for none.")
    ] = 400,
    gateway_faults: Annotated[
        bool, Parameter(help="Whether the gateway loses calls, takes them twice, and is down.")
    ] = True,
) -> None:
    """Let a company live for years in virtual time, crash at random, and prove its books."""
    from prorata.cli.simulating import run_simulate

    run_simulate(
        seed=seed,
        years=years,
        customers=customers,
        database=database,
        moments_per_death=moments_per_death,
        gateway_faults=gateway_faults,
    )


@app.command
def routes() -> None:
    """Print every route and the function that answers it."""
    from prorata.cli.printing import print_routes

    print_routes()


@app.command
def openapi() -> None:
    """Print the OpenAPI 3.1 document of the API as JSON."""
    from prorata.cli.printing import print_openapi

    print_openapi()


@keys.command
def create(
    *,
    database: Books = DEFAULT_DATABASE,
    live: Annotated[bool, _flag("For live mode instead of test mode.")] = False,
    publishable: Annotated[bool, _flag("A pk_ key, which may do only what a browser may.")] = False,
    restricted: Annotated[bool, _flag("An rk_ key, which may do only what --allow says.")] = False,
    allow: Annotated[
        str, Parameter(help="RESOURCE:read or RESOURCE:write, several with commas between.")
    ] = "",
    expires: Annotated[str | None, Parameter(help="When it ends by itself, such as 90d.")] = None,
    name: Annotated[str | None, Parameter(help="To tell it from others.")] = None,
) -> None:
    """Make a key and print it, once."""
    from prorata.cli.keys import create_key

    create_key(
        database,
        live=live,
        publishable=publishable,
        restricted=restricted,
        allow=allow,
        expires=expires,
        name=name,
    )


@keys.command(name="list")
def list_(*, database: Books = DEFAULT_DATABASE) -> None:
    """List keys: what they open and their last four characters."""
    from prorata.cli.keys import list_keys

    list_keys(database)


@keys.command
def revoke(
    id: Annotated[str, Parameter(help="The key's id, as `prorata keys list` shows it.")],
    /,
    *,
    database: Books = DEFAULT_DATABASE,
) -> None:
    """End a key: requests with it are refused from then on."""
    from prorata.cli.keys import revoke_key

    revoke_key(database, id)


@keys.command
def roll(
    id: Annotated[str, Parameter(help="The key's id, as `prorata keys list` shows it.")],
    /,
    *,
    database: Books = DEFAULT_DATABASE,
    grace: Grace = None,
) -> None:
    """Make a key that may do what an old one may, and end the old one."""
    from prorata.cli.keys import roll_key

    roll_key(database, id, grace=grace)


@keys.command
def roll_webhook(
    id: Annotated[str, Parameter(help="The webhook endpoint's id.")],
    /,
    *,
    database: Books = DEFAULT_DATABASE,
    grace: Grace = None,
) -> None:
    """Give a webhook endpoint a new signing secret and print it, once."""
    from prorata.cli import encryption

    encryption.roll_webhook(database, id, grace=grace)


@keys.command
def new_encryption() -> None:
    """Print a new key for PRORATA_SECRET_KEYS, with which secrets are encrypted at rest."""
    from prorata.cli.encryption import print_new_key

    print_new_key()


@keys.command
def rotate_encryption(
    *,
    database: Books = DEFAULT_DATABASE,
    new_key: Annotated[
        bool, _flag("First put a new key into the file of keys beside an SQLite database.")
    ] = False,
) -> None:
    """Encrypt every secret in a database anew, with the first of the keys."""
    from prorata.cli import encryption

    encryption.rotate_encryption(database, new_key=new_key)


@clock.command
def advance(
    by: Annotated[
        str, Parameter(help="Such as 12mo, 3d, 1y, 90min, or a time such as 2027-01-31T10:00Z.")
    ],
    /,
    *,
    url: Url = DEFAULT_URL,
) -> None:
    """Move a server's frozen time, living through everything that is due."""
    from prorata.cli.time import advance_clock

    advance_clock(url, by)


@clock.command
def show(*, url: Url = DEFAULT_URL) -> None:
    """Print the server's time."""
    from prorata.cli.time import show_clock

    show_clock(url)


@app.command
def mails(
    mail: Annotated[str | None, Parameter(help="Print this one as text.")] = None,
    /,
    *,
    to: Annotated[str | None, Parameter(help="Only those to this address.")] = None,
    kind: Annotated[str | None, Parameter(help="Only this kind, such as receipt.")] = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 20,
    url: Url = DEFAULT_URL,
) -> None:
    """Print the mails that a development server would have sent."""
    from prorata.cli.mails import show_mail, show_mails

    if mail is not None:
        show_mail(url, mail)
    else:
        show_mails(url, to=to, kind=kind, limit=limit)


def main() -> None:
    """Run the command line; what stops a command is said in one sentence."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A letter that the terminal's encoding lacks ends no command: it is printed as its number.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except Exception as error:
        # Imported here: no command that goes well waits for it.
        from prorata.model.errors import Refused
        from prorata.model.redaction import redacted
        from prorata.store.connection import is_unusable

        if isinstance(error, Refused):
            sentence = str(error)
        elif is_unusable(error):
            sentence = f"cannot use the database: {str(error).partition(chr(10))[0]}."
        else:
            raise
        # A database's address, with its password, may stand in it, and it in a log.
        sys.exit(f"prorata: {redacted(sentence)}")


if __name__ == "__main__":
    main()
