"""Plans: recurring prices are changed and withdrawn in their older view."""

from prorata.engine.catalogue.price_copies import show_anew
from prorata.model.errors import InvalidRequest
from prorata.model.operation import Deleted, operation
from prorata.model.params import assign, given
from prorata.model.transaction import Tx
from prorata.resources.billing.plan import (
    Plan,
    PlanUpdateParams,
    announce_plan,
    find_plan,
    plan_of,
)
from prorata.resources.products.product import Product


@operation("POST /v1/plans/{id}")
def update_plan(tx: Tx, params: PlanUpdateParams, id: str) -> Plan:
    """Change what a plan is called, whether it is sold, or its product."""
    price = find_plan(tx, id)
    assert price.recurring is not None, "plans recur"
    before = plan_of(price)
    if given(params.product):
        product = tx.get(Product, params.product, param="product")
        product.private.priced = True
        price.product = product.id
    if given(params.trial_period_days):
        price.recurring.trial_period_days = params.trial_period_days or None
    assign(price, params, "active", "metadata", "nickname")
    announce_plan(tx, "updated", price, before)
    show_anew(tx, price)
    return plan_of(price)


@operation("DELETE /v1/plans/{id}")
def delete_plan(tx: Tx, id: str) -> Deleted:
    """Delete a plan: nobody can subscribe to it any more, those who have it keep it."""
    price = find_plan(tx, id)
    product = tx.find(Product, price.product)
    if product is not None and product.default_price == price.id:
        raise InvalidRequest(
            "This plan cannot be deleted because it is the default price of its product."
        )
    if product is not None:
        # It may be deleted now: the next price is written there again.
        product.private.priced = False
    price.private.deleted = True
    price.active = False
    tx.emit("price.deleted", price)
    tx.quiet(price)
    announce_plan(tx, "deleted", price)
    show_anew(tx, price)
    return Deleted("plan", price.id)
