"""Price copies: subscriptions show their prices as these are by now."""

from collections.abc import Iterable, Sequence

from prorata.engine.moments import Moment
from prorata.engine.runtime import System
from prorata.model.errors import LockTimeout
from prorata.model.transaction import Book, Tx
from prorata.resources.billing.plan import plan_of
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import SubscriptionItemHome
from prorata.resources.products.price import Price
from prorata.store.connection import Conflict

# One change of a price may not hold up thousands of subscriptions; a renewal copies the price too.
COPIES_MAX = 500
BATCH = 20
# A subscription shows a price that is of another product than before.
on_moved = Moment("price moved")


def show_anew(tx: Tx, price: Price) -> None:
    """Let the newest subscriptions show a price that has changed; others do from their renewal on.

    It is done once the change is committed, so that nobody who changes a subscription meanwhile is
    in its way.
    """
    if price.recurring is None:
        return
    if not tx.select(SubscriptionItemHome, price=price.id, limit=1):
        return
    book, id = tx.book, price.id
    tx.results.setdefault("after", []).append(lambda system: copy_price(system, book, id))


def copy_price(system: System, book: Book, id: str) -> None:
    """Copy a price into the newest subscriptions that have it, some at a time.

    What others are busy with is tried again alone, and then left to its renewal.
    """
    homes = system.read(
        book, lambda uow: uow.select(SubscriptionItemHome, price=id, limit=COPIES_MAX)
    )
    named = list(dict.fromkeys(home.subscription for home in homes))
    for place in range(0, len(named), BATCH):
        batch = named[place : place + BATCH]
        if not _copied(system, book, id, batch):
            for each in batch:
                _copied(system, book, id, [each])


def _copied(system: System, book: Book, id: str, subscriptions: Sequence[str]) -> bool:
    try:
        system.write(book, lambda uow: _copy(uow, id, subscriptions))
    except (Conflict, LockTimeout):
        return False
    return True


def _copy(tx: Tx, id: str, subscriptions: Iterable[str]) -> None:
    """Put a price into subscriptions, of which no event is told.

    Where the price is of another product now, customers may use what that one grants.
    """
    price = tx.get(Price, id)
    for subscription in tx.load(Subscription, subscriptions, look=True):
        # Each at the time of its own customer.
        with tx.step(tx.now):
            _copy_into(tx, price, tx.get(Subscription, subscription))


def _copy_into(tx: Tx, price: Price, subscription: Subscription) -> None:
    tx.follow(subscription)
    shown = [item for item in subscription.items.data if item.price.id == price.id]
    moved = any(item.price.product != price.product for item in shown)
    for item in shown:
        item.price, item.plan = price, plan_of(price)
    tx.quiet(subscription)
    if moved:
        on_moved.tell(tx, subscription)
