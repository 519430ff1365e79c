"""Active entitlements: which features a customer may use now."""

from msgspec import Struct

from prorata.model.operation import Listing, operation
from prorata.model.params import Params
from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.references import FeatureRef


class Grant(Struct, kw_only=True, omit_defaults=True):
    """What one item of a subscription grants of a feature. limit: None grants it without one."""

    subscription: str
    item: str
    limit: int | None = None
    meter: str | None = None


class EntitlementFacts(Struct, kw_only=True, omit_defaults=True):
    """Whose an entitlement is, and which items grant it; with the last one it goes."""

    customer: str = ""
    grants: list[Grant] = []

    @property
    def limit(self) -> int | None:
        """Return how much of the feature all grants come to; None is without limit."""
        limits = [each.limit for each in self.grants]
        known = [each for each in limits if each is not None]
        return sum(known) if len(known) == len(limits) else None


def claim(customer: str, word: str) -> str:
    """Return what finds a customer's entitlement: by the feature's id, or by its lookup_key."""
    return f"{customer} {word}"


def _claimed(entitlement: "ActiveEntitlement", word: str) -> str | None:
    facts = entitlement.private
    return claim(facts.customer, word) if facts.grants else None


@resource(
    prefix="ent",
    path="/v1/entitlements/active_entitlements",
    operations=("retrieve",),
    columns=(
        column("customer", lambda each: each.private.customer, index=True),
        # A customer has each feature once, whatever number of subscriptions grant it.
        column("claim", lambda each: _claimed(each, each.feature), unique=True),
        column("word", lambda each: _claimed(each, each.lookup_key), index=True),
    ),
    owner=lambda each: each.private.customer,
    missing_name="active entitlement",
)
class ActiveEntitlement(Resource, tag="entitlements.active_entitlement", kw_only=True):
    """A feature that a customer may use."""

    Private = EntitlementFacts

    feature: FeatureRef
    livemode: bool
    lookup_key: str


class ActiveEntitlementListParams(Params, kw_only=True):
    customer: str


@operation("GET /v1/entitlements/active_entitlements")
def list_active(tx: Tx, params: ActiveEntitlementListParams) -> Listing[ActiveEntitlement]:
    """List what a customer may use, the latest first: nothing, where it is deleted.

    Raises NotFound (400) for a customer that there never was.
    """
    tx.get_even_deleted(Customer, params.customer, param="customer")
    return Listing(ActiveEntitlement, {"customer": params.customer})


@operation("GET /v1/customer/{id}/entitlements")
def list_of_customer(tx: Tx, customer: Customer) -> Listing[ActiveEntitlement]:
    """List the same: the pages of the list in a summary of a customer's entitlements."""
    return Listing(ActiveEntitlement, {"customer": customer.id}, url=summary_url(customer.id))


def summary_url(customer: str) -> str:
    """Return where the list in a summary goes on."""
    return f"/v1/customer/{customer}/entitlements"
