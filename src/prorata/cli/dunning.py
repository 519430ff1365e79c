"""Dunning: the settings of collection on the command line, and why an invoice is tried when."""

from typing import Any

import msgspec

from prorata.cli.book import in_book
from prorata.model.errors import Refused
from prorata.store.unit_of_work import UnitOfWork

SHOWN = (
    "retry_mode", "retry_tries", "retry_window_days", "retry_custom_days",
    "retry_new_method_at_once", "subscription_final_state", "pause_on_first_failure",
    "invoice_final_state", "overdue_days",
)  # fmt: skip


def show_settings(database: str, *, live: bool) -> None:
    """Print the dunning settings of one mode, one to a line."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        from prorata.resources.core.account import account_settings

        return _shown(account_settings(uow))

    _print(in_book(database, live, work), live)


def change_settings(database: str, *, live: bool, **changes: str | int | bool | None) -> None:
    """Change what was given and print all of it; raise Refused for what is not allowed."""
    sent = {name: _value(name, value) for name, value in changes.items() if value is not None}
    if not sent:
        raise Refused("say what is to change; `prorata dunning show` prints how it is.")

    def work(uow: UnitOfWork) -> dict[str, Any]:
        from prorata.resources.core.account import update_settings
        from prorata.resources.core.account_settings import AccountSettingsParams

        try:
            params = msgspec.convert(sent, AccountSettingsParams)
        except msgspec.ValidationError as error:
            raise Refused(f"{error}.") from None
        return _shown(update_settings(uow, params))

    _print(in_book(database, live, work), live)


def _value(name: str, value: str | int | bool) -> Any:
    """Return a setting as the API takes it."""
    if name == "retry_custom_days":
        try:
            return [int(days) for days in str(value).split(",")]
        except ValueError:
            raise Refused("--custom-days are numbers with commas between them: 3,5,7.") from None
    if name == "overdue_days":
        return None if value == "never" else int(value) if str(value).isdigit() else value
    return value.replace("-", "_") if isinstance(value, str) else value


def explain_invoice(database: str, id: str, *, live: bool) -> None:
    """Print an invoice's attempts with the decision after each, and how it stands."""

    def work(uow: UnitOfWork) -> Any:
        from prorata.engine.recovery.show import recovery_of
        from prorata.resources.billing.invoice import Invoice

        return recovery_of(uow, uow.get(Invoice, id))

    from prorata.rules.recovery_words import moment

    found = in_book(database, live, work)
    for step in found.attempts:
        print(f"{moment(step.at)}  {step.outcome.replace('_', ' ')}\n  {step.explanation}")
    print(f"Now: {found.status.replace('_', ' ')}\n  {found.explanation}")
    print(f"  {found.after_last_try.explanation}")


def show_learned(database: str, *, live: bool) -> None:
    """Print what the account's retries came to, a decline code to a line."""

    def work(uow: UnitOfWork) -> Any:
        from prorata.engine.recovery.experience import experience
        from prorata.resources.billing.recovery_experience import RecoveryExperienceParams

        return experience(uow, RecoveryExperienceParams())

    found = in_book(database, live, work)
    print(found.explanation)
    for code in found.decline_codes:
        print(f"  {code.explanation}")


def _shown(settings: Any) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in SHOWN}


def _print(shown: dict[str, Any], live: bool) -> None:
    print("live mode" if live else "test mode")
    for name, value in shown.items():
        print(f"  {name:26} {_written(value)}")


def _written(value: Any) -> str:
    if value is None:
        return "never"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (", ".join(map(str, value)) or "-") if isinstance(value, list) else str(value)
