"""Price copies: subscriptions show their prices as these are by now."""

from prorata.model.transaction import Tx
from prorata.resources.billing.plan import plan_of
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import SubscriptionItemHome
from prorata.resources.products.price import Price

# One change of a price may not hold up thousands of subscriptions; a renewal copies the price too.
COPIES_MAX = 500


def show_anew(tx: Tx, price: Price) -> None:
    """Let the newest subscriptions show a price that has changed; others do from their renewal on.

    Nothing of a subscription itself changes, so no event is told of it.
    """
    if price.recurring is None:
        return
    homes = tx.select(SubscriptionItemHome, price=price.id, limit=COPIES_MAX)
    ids = dict.fromkeys(home.subscription for home in homes)
    for subscription in tx.load(Subscription, ids).values():
        for item in subscription.items.data:
            if item.price.id == price.id:
                item.price, item.plan = price, plan_of(price)
        tx.quiet(subscription)
