"""The command `prorata`: one file per verb, imported when it is called."""

from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="prorata",
    help="Subscription billing that anyone can run, with Stripe's API on the wire.",
)
keys = App(name="keys", help="Create, list and revoke API keys.")
clock = App(name="clock", help="Read and move the frozen time of a running `prorata dev --now`.")
app.command(keys)
app.command(clock)

Database = Annotated[
    str, Parameter(help="sqlite:///file, sqlite:// (in memory) or postgresql://user@host/name")
]
DEFAULT_DATABASE = "sqlite:///prorata.db"
DEFAULT_URL = "http://127.0.0.1:4242"


@app.command
def dev(
    *,
    host: str = "127.0.0.1",
    port: int = 4242,
    database: Database = DEFAULT_DATABASE,
    secret_key: str | None = None,
    publishable_key: str | None = None,
    api_version: str | None = None,
    now: str | None = None,
) -> None:
    """Run everything in one process for development: schema, account, keys, worker.

    Parameters
    ----------
    host: address to listen on
    port: port to listen on; 0 takes a free one
    secret_key: sk_test_ and 24 or more letters and digits
    publishable_key: pk_test_ and 24 or more letters and digits
    api_version: what a request without a Stripe-Version header gets
    now: freeze the server's time, such as 2026-01-31T10:00Z
    """
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
    *,
    host: str = "127.0.0.1",
    port: int = 4242,
    database: Database = "sqlite:///.prorata/demo.db",
    stay: bool = True,
) -> None:
    """Start a development server on a fresh file and play the main job on it, step by step.

    Parameters
    ----------
    database: begun anew: what an earlier demo left there is deleted
    stay: keep the server up afterwards
    """
    from prorata.cli.demo import run_demo

    run_demo(host=host, port=port, database=database, stay=stay)


@app.command
def serve(
    *,
    database: Database,
    host: str = "127.0.0.1",
    port: int = 4242,
    api_version: str | None = None,
    gateway: str = "sandbox",
    base_url: str | None = None,
) -> None:
    """Serve the API in production; the work that is due is `prorata worker`'s.

    Parameters
    ----------
    base_url: the public address, where it is not http://HOST:PORT
    """
    from prorata.cli.serving import run_serve

    run_serve(
        host=host,
        port=port,
        database=database,
        api_version=api_version,
        gateway=gateway,
        base_url=base_url,
    )


@app.command
def worker(*, database: Database, gateway: str = "sandbox", base_url: str = DEFAULT_URL) -> None:
    """Do the work that is due: renewals, retries, webhook deliveries. Several may run."""
    from prorata.cli.serving import run_worker

    run_worker(database=database, gateway=gateway, base_url=base_url)


@app.command
def migrate(*, database: Database) -> None:
    """Bring a database to this version's tables."""
    from prorata.cli.serving import run_migrate

    run_migrate(database)


@app.command
def doctor(*, database: Database = DEFAULT_DATABASE, retry: bool = False) -> None:
    """Prove that the books balance; exit with 1 when they do not.

    Parameters
    ----------
    retry: put what was set aside back into the queue first
    """
    from prorata.cli.proving import run_doctor

    run_doctor(database, retry=retry)


@app.command
def routes() -> None:
    """Print every route and the function that answers it."""
    from prorata.cli.printing import print_routes

    print_routes()


@keys.command
def create(
    *, database: Database = DEFAULT_DATABASE, live: bool = False, publishable: bool = False,
    name: str | None = None,
) -> None:  # fmt: skip
    """Make a key and print it, once.

    Parameters
    ----------
    live: for live mode instead of test mode
    publishable: a pk_ key, which may only do what a browser may
    name: to tell it from others
    """
    from prorata.cli.keys import create_key

    create_key(database, live=live, publishable=publishable, name=name)


@keys.command(name="list")
def list_(*, database: Database = DEFAULT_DATABASE) -> None:
    """List keys: what they open and their last four characters."""
    from prorata.cli.keys import list_keys

    list_keys(database)


@keys.command
def revoke(id: str, *, database: Database = DEFAULT_DATABASE) -> None:
    """Revoke a key by its id (see `prorata keys list`)."""
    from prorata.cli.keys import revoke_key

    revoke_key(database, id)


@clock.command
def advance(by: str, *, url: str = DEFAULT_URL) -> None:
    """Move the server's frozen time, living through everything that is due.

    Parameters
    ----------
    by: such as 12mo, 3d, 1y, 90min, or a time such as 2027-01-31T10:00Z
    """
    from prorata.cli.time import advance_clock

    advance_clock(url, by)


@clock.command
def show(*, url: str = DEFAULT_URL) -> None:
    """Print the server's time."""
    from prorata.cli.time import show_clock

    show_clock(url)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
