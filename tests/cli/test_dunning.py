"""Dunning on the command line: settings of each mode, and why an invoice is tried when."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.test_commands import prorata
from prorata.cli.dunning import change_settings, explain_invoice, show_learned, show_settings
from prorata.model.errors import Refused
from prorata.server.migrate import migrate


@pytest.fixture
def books(tmp_path: Path) -> tuple[str, str]:
    """Give the option that names a database with every table."""
    url = f"sqlite:///{tmp_path}/books.db"
    migrate(url)
    return ("--database", url)


def test_each_mode_has_settings_of_its_own(books, capsys):
    shown = prorata(
        "dunning", "set", *books, "--retry", "custom", "--custom-days", "3,5", "--live",
        "--new-method", "at-once", "--subscription", "past-due", "--overdue-days", "never",
    )  # fmt: skip
    assert shown.splitlines()[0] == "live mode"
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in shown.splitlines()[1:]}
    assert lines["retry_mode"] == "custom" and lines["retry_custom_days"] == "3, 5"
    assert lines["retry_new_method_at_once"] == "yes" and lines["overdue_days"] == "never"
    assert lines["subscription_final_state"] == "past_due"
    show_settings(books[1], live=True)
    assert capsys.readouterr().out == shown
    show_settings(books[1], live=False)
    assert "retry_mode                 smart" in capsys.readouterr().out


@pytest.mark.parametrize(("changes", "sentence"), [
    ({}, "say what is to change"),
    ({"retry_custom_days": "soon"}, "numbers with commas"),
    ({"retry_tries": 99}, "<= 20"),
    ({"retry_window_days": 8}, "Invalid enum value 8"),
    ({"overdue_days": "31"}, "Invalid enum value 31"),
    ({"retry_mode": "custom"}, "ustom retries need"),
])  # fmt: skip
def test_what_cannot_be_set_is_refused_in_a_sentence(books, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        change_settings(books[1], live=False, **changes)


def test_an_invoice_that_is_not_there_is_named_and_nothing_was_learned(books, capsys):
    with pytest.raises(Refused, match="no such invoice: 'in_none'"):
        explain_invoice(books[1], "in_none", live=False)
    show_learned(books[1], live=True)
    assert capsys.readouterr().out.startswith("No retry of a declined payment")
