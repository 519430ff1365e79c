"""Credit balance summary: what a customer has left of its credits, and can use now."""

from prorata.engine.credits.grants import scope_of
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.operation import operation
from prorata.model.params import given, refuse_unsupported
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_balance_summary import (
    CreditBalance,
    CreditBalanceSummary,
    CreditBalanceSummaryParams,
    SummaryFilterParams,
)
from prorata.resources.billing.credit_grant import CreditAmount, CreditGrant, CreditMonetary
from prorata.resources.billing.invoice import Invoice
from prorata.resources.core.customer import Customer


@operation("GET /v1/billing/credit_balance_summary")
def retrieve(tx: Tx, params: CreditBalanceSummaryParams) -> CreditBalanceSummary:
    """Return a customer's credits by currency: of one grant, or of all that pay for a scope.

    What drafts are about to use is not available any more. Raises InvalidRequest for a grant of
    another customer.
    """
    refuse_unsupported(params, "customer_account")
    if not given(params.customer):
        raise InvalidRequest("Must provide customer or customer_account.", code="parameter_missing")
    customer = tx.get(Customer, params.customer, param="customer")
    tx.follow(customer)
    drafted = _drafted(tx, customer)
    sums: dict[str, tuple[int, int]] = {}
    for grant in _wanted(tx, customer, params.filter):
        ledger, available = sums.get(grant.currency, (0, 0))
        left = grant.private.left
        free = max(left - drafted.get(grant.id, 0), 0) if _is_running(grant, tx.now) else 0
        sums[grant.currency] = ledger + left, available + free
    return CreditBalanceSummary(
        balances=[
            CreditBalance(
                available_balance=_money(currency, available), ledger_balance=_money(currency, left)
            )
            for currency, (left, available) in sorted(sums.items())
        ],
        customer=customer.id,
        livemode=tx.book.livemode,
    )


def _wanted(tx: Tx, customer: Customer, filter: SummaryFilterParams) -> list[CreditGrant]:
    """Return the grants that a filter asks for."""
    scope = filter.applicability_scope
    if filter.type == "credit_grant":
        _refuse_both(given(scope), "applicability_scope", filter.type)
        if not given(filter.credit_grant):
            raise missing_param("filter[credit_grant]")
        grant = tx.get(CreditGrant, filter.credit_grant, param="filter[credit_grant]")
        if grant.customer != customer.id:
            raise InvalidRequest(
                f"The credit grant {grant.id} belongs to another customer.",
                param="filter[credit_grant]",
            )
        return [grant]
    _refuse_both(given(filter.credit_grant), "credit_grant", filter.type)
    if not given(scope):
        raise missing_param("filter[applicability_scope]")
    asked = scope_of(tx, scope, "filter[applicability_scope]").prices
    grants = tx.select(CreditGrant, customer=customer.id)
    if not given(asked):
        return grants
    ids = {each.id for each in asked if each.id}
    return [each for each in grants if each.prices is None or each.prices & ids]


def _refuse_both(sent: bool, name: str, type: str) -> None:
    if sent:
        raise InvalidRequest(
            f"You can only specify `filter[{name}]` when `filter[type]={name}`, not `{type}`.",
            param=f"filter[{name}]",
        )


def _drafted(tx: Tx, customer: Customer) -> dict[str, int]:
    """Return what drafts of a customer are about to use of its grants, in minor units."""
    drafted: dict[str, int] = {}
    for draft in tx.select(Invoice, customer=customer.id, status="draft"):
        for facts in draft.private.lines.values():
            for each in facts.credits:
                drafted[each.grant] = drafted.get(each.grant, 0) + each.amount
    return drafted


def _is_running(grant: CreditGrant, now: int) -> bool:
    begun = (grant.effective_at or grant.created) <= now
    return begun and (grant.expires_at is None or now < grant.expires_at)


def _money(currency: str, amount: int) -> CreditAmount:
    return CreditAmount(monetary=CreditMonetary(currency=currency, value=amount))
