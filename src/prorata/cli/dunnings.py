"""Dunning commands: what they are called and take; what they do is imported when called."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

dunning = App(name="dunning", help="How unpaid invoices are collected: settings, and why.")
Database = Annotated[str, Parameter(help="sqlite:///file or postgresql://user@host/name.")]
DEFAULT_DATABASE = "sqlite:///prorata.db"
Live = Annotated[bool, Parameter(help="In live mode instead of test mode.", negative="")]


@dunning.command
def show(*, database: Database = DEFAULT_DATABASE, live: Live = False) -> None:
    """Print the dunning settings of one mode."""
    from prorata.cli.dunning import show_settings

    show_settings(database, live=live)


@dunning.command(name="set")
def set_(
    *,
    database: Database = DEFAULT_DATABASE,
    live: Live = False,
    retry: Annotated[
        Literal["smart", "fixed", "custom", "none"] | None,
        Parameter(help="How retries are spread."),
    ] = None,
    tries: Annotated[int | None, Parameter(help="Smart, fixed: so many retries.")] = None,
    window_days: Annotated[
        int | None, Parameter(help="Within so many days: 7, 14, 21, 30 or 60.")
    ] = None,
    custom_days: Annotated[
        str | None, Parameter(help="Custom: up to three waits, such as 3,5,7.")
    ] = None,
    new_method: Annotated[
        Literal["at-once", "next-turn"] | None,
        Parameter(help="When a new card, or an updated one, is tried."),
    ] = None,
    subscription: Annotated[
        Literal["cancel", "unpaid", "past-due", "pause"] | None,
        Parameter(help="What it becomes after the last retry."),
    ] = None,
    invoice: Annotated[
        Literal["past-due", "uncollectible"] | None,
        Parameter(help="What it becomes after the last retry."),
    ] = None,
    overdue_days: Annotated[
        str | None, Parameter(help="When that reaches a sent invoice: 30, 60, 90 or never.")
    ] = None,
) -> None:
    """Change dunning settings of one mode, and print them all."""
    from prorata.cli.dunning import change_settings

    change_settings(
        database,
        live=live,
        retry_mode=retry,
        retry_tries=tries,
        retry_window_days=window_days,
        retry_custom_days=custom_days,
        retry_new_method_at_once=None if new_method is None else new_method == "at-once",
        subscription_final_state=subscription,
        invoice_final_state=invoice,
        overdue_days=overdue_days,
    )


@dunning.command
def explain(
    invoice: Annotated[str, Parameter(help="The invoice's id.")],
    /,
    *,
    database: Database = DEFAULT_DATABASE,
    live: Live = False,
) -> None:
    """Print what was tried to collect an invoice, what comes next, and why."""
    from prorata.cli.dunning import explain_invoice

    explain_invoice(database, invoice, live=live)


@dunning.command
def learned(*, database: Database = DEFAULT_DATABASE, live: Live = False) -> None:
    """Print which retries have succeeded, by decline code, and when they do best."""
    from prorata.cli.dunning import show_learned

    show_learned(database, live=live)
