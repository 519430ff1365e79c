"""Credit grants: billing credits that a customer was given or has bought, for its metered usage."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.model.resource import Resource, column, matches, resource
from prorata.resources.references import CustomerRef, TestClockRef
from prorata.rules import credits

Category = Literal["paid", "promotional"]
PriceType = Literal["metered"]
Positive = Annotated[int, Meta(ge=1)]
Priority = Annotated[int, Meta(ge=0, le=100)]
Name = Annotated[str, Meta(max_length=250)]
PRIORITY = 50
PRICES_MAX = 20


class CreditMonetary(Struct, kw_only=True):
    """value: minor units."""

    currency: str
    value: int


class CreditAmount(Struct, kw_only=True):
    monetary: CreditMonetary | None = None
    type: Literal["monetary"] = "monetary"


class CreditGrantPrice(Struct, kw_only=True):
    id: str | None = None


class CreditGrantScope(Struct, kw_only=True):
    """Either of the two: every metered price, or these."""

    price_type: PriceType | UnsetType = UNSET
    prices: list[CreditGrantPrice] | UnsetType = UNSET


class CreditGrantApplicabilityConfig(Struct, kw_only=True):
    scope: CreditGrantScope


class CreditGrantPrivate(Struct, kw_only=True, omit_defaults=True):
    """left: what is not used up, in minor units. applied: some invoice has used it."""

    left: int = 0
    applied: bool = False


def due(grant: "CreditGrant") -> int | None:
    """Return when what is left of a grant expires."""
    return grant.expires_at if grant.private.left else None


@resource(
    # In test mode; ids of live mode have no `test_`.
    prefix="credgr_test",
    path="/v1/billing/credit_grants",
    columns=(
        column("customer", index=True),
        column(
            "usable_for",
            lambda grant: grant.customer if grant.private.left else None,
            index=True,
        ),
    ),
    filters=(matches("customer"), matches("customer_account", "customer")),
    events=("created", "updated"),
    due=due,
    missing_name="credit grant",
)
class CreditGrant(Resource, tag="billing.credit_grant", kw_only=True):
    """An amount of credits; times are seconds UTC, the highest priority is 0."""

    Private = CreditGrantPrivate

    amount: CreditAmount
    applicability_config: CreditGrantApplicabilityConfig
    category: Category
    created: int
    customer: CustomerRef
    customer_account: str | None = None
    effective_at: int | None = None
    expires_at: int | None = None
    livemode: bool
    metadata: Metadata = {}
    name: str | None = None
    priority: int | None = PRIORITY
    test_clock: TestClockRef | None = None
    updated: int
    voided_at: int | None = None

    @property
    def currency(self) -> str:
        """Return the currency of its credits."""
        assert self.amount.monetary is not None, "credits are amounts of money"
        return self.amount.monetary.currency

    @property
    def value(self) -> int:
        """Return what was granted, in minor units."""
        assert self.amount.monetary is not None, "credits are amounts of money"
        return self.amount.monetary.value

    @property
    def prices(self) -> frozenset[str] | None:
        """Return the only prices that it pays for, None for every metered one."""
        prices = self.applicability_config.scope.prices
        return None if prices is UNSET else frozenset(each.id for each in prices if each.id)


def terms_of(grant: CreditGrant, left: int) -> credits.Grant:
    """Return a grant as the arithmetic takes it; left: minor units."""
    return credits.Grant(
        id=grant.id,
        left=left,
        prices=grant.prices,
        priority=PRIORITY if grant.priority is None else grant.priority,
        expires_at=grant.expires_at,
        promotional=grant.category == "promotional",
        effective_at=grant.effective_at or grant.created,
        created=grant.created,
    )


class MonetaryParams(Params, kw_only=True):
    currency: str
    value: Positive


class CreditAmountParams(Params, kw_only=True):
    monetary: MonetaryParams | UnsetType = UNSET
    type: Literal["monetary"]


class ScopePriceParams(Params, kw_only=True):
    id: str


class ScopeParams(Params, kw_only=True):
    price_type: PriceType | UnsetType = UNSET
    prices: list[ScopePriceParams] | UnsetType = UNSET


class ApplicabilityConfigParams(Params, kw_only=True):
    scope: ScopeParams


class CreditGrantCreateParams(Params, kw_only=True):
    amount: CreditAmountParams
    applicability_config: ApplicabilityConfigParams
    category: Category | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    effective_at: int | UnsetType = UNSET
    expires_at: int | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET


class CreditGrantUpdateParams(Params, kw_only=True):
    expires_at: int | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
