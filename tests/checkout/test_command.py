"""The command `prorata pricing-table`: a table without a line of code."""

from __future__ import annotations

from pathlib import Path

import pytest
import stripe

from checkout.desk import Desk
from prorata.cli.main import app
from prorata.testing import running


def command(*words: str) -> None:
    try:
        app(list(words), exit_on_error=False, result_action="return_value")
    except TypeError:
        app(list(words), exit_on_error=False)


@pytest.mark.any_shape("the command's own table")
def test_a_table_is_made_listed_and_switched_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = f"sqlite:///{tmp_path}/prorata.db"
    with running(database) as server:
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        desk = Desk(server, client)
        month, year = desk.price(1000), desk.price(9600, recurring={"interval": "year"})
        capsys.readouterr()
        command(
            "pricing-table", "create", f"{desk.product}={month},{year}",
            "--highlight", f"{desk.product}=Best", "--feature", f"{desk.product}=All of it",
            "--trial-days", "14", "--promotion-codes", "--adjustable", "--name", "Plans",
            "--message", "Thank you", "--database", database,
        )  # fmt: skip
        said = capsys.readouterr().out
        id = said.split()[0]
        assert f'pricing-table-id="{id}"' in said
        seen = desk.ask("GET", f"/v1/prorata/pricing_tables/{id}/view", {})
        [plan] = seen["plans"]
        assert (plan["label"], plan["features"], plan["trial"]["days"]) == (
            "Best",
            ["All of it"],
            14,
        )
        assert [each["saving"] for each in seen["intervals"]] == [None, 20]
        command("pricing-table", "list", "--database", database)
        assert id in capsys.readouterr().out
        command("pricing-table", "disable", id, "--database", database)
        refusal = desk.refused("ask", "GET", f"/v1/prorata/pricing_tables/{id}/view", {})
        assert refusal.code == "pricing_table_inactive"
        command("pricing-table", "enable", id, "--database", database)
        assert desk.ask("GET", f"/v1/prorata/pricing_tables/{id}/view", {})["id"] == id
