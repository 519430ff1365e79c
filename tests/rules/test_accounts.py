"""The chart of accounts: each account has a kind, and a statement shows it the right way up."""

import pytest

from prorata.rules import accounts


def test_every_account_is_in_the_chart() -> None:
    named = {
        value for name, value in vars(accounts).items()
        if name.isupper() and isinstance(value, str)
    }
    assert named == accounts.CHART.keys()


@pytest.mark.parametrize(("account", "balance", "shown"), [
    pytest.param(accounts.CASH, 1912, 1912, id="an asset grows by debits"),
    pytest.param(accounts.FEES, 88, 88, id="an expense too"),
    pytest.param(accounts.REFUNDS, 500, 500, id="what lowers revenue too"),
    pytest.param(accounts.REVENUE, -2000, 2000, id="revenue grows by credits"),
    pytest.param(accounts.DEFERRED, -1000, 1000, id="a liability too"),
    pytest.param(accounts.CUSTOMER_BALANCE, 300, -300, id="and may be the other way round"),
])
def test_a_statement_shows_what_is_normal_as_positive(
    account: str, balance: int, shown: int
) -> None:
    assert accounts.normal_amount(account, balance) == shown


def test_an_unknown_account_is_refused() -> None:
    with pytest.raises(KeyError):
        accounts.normal_amount("petty cash", 1)
