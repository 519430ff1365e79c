"""Credit grants: made, changed, expired and voided by their seller, or expired by time."""

from prorata.engine.credits.hooks import on_changed
from prorata.engine.credits.movements import expire, fund, void
from prorata.engine.due import handles
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.fields import UNSET
from prorata.model.operation import operation
from prorata.model.params import given, merge_metadata, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_grant import (
    PRICES_MAX,
    PRIORITY,
    CreditAmount,
    CreditGrant,
    CreditGrantApplicabilityConfig,
    CreditGrantCreateParams,
    CreditGrantPrice,
    CreditGrantPrivate,
    CreditGrantScope,
    CreditGrantUpdateParams,
    CreditMonetary,
    ScopeParams,
)
from prorata.resources.billing.invoice import refuse_too_large
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import Price
from prorata.resources.products.price_params import check_currency
from prorata.resources.products.steps import check_step

UNUSED_MAX = 100
# So much earlier than now may "now" have been when a request was sent.
SLACK_SECONDS = 60
# Seconds with ten digits at the most: year 2286.
LATEST = 9_999_999_999
SCOPE = "applicability_config[scope]"


@operation("POST /v1/billing/credit_grants")
def create(tx: Tx, params: CreditGrantCreateParams) -> CreditGrant:
    """Grant a customer billing credits, for all metered prices or for some of them.

    Raises InvalidRequest for credits that begin in the past or end before they begin, for a price
    that is not metered, and above 100 grants that are not used up.
    """
    refuse_unsupported(params, "customer_account")
    if not given(params.customer):
        raise InvalidRequest("Must provide customer or customer_account.", code="parameter_missing")
    customer = tx.get(Customer, params.customer, param="customer")
    tx.follow(customer)
    # Who is deleted is so before or after this, and two grants at once come one after the other.
    tx.rely_on(customer)
    amount = _amount(params)
    scope = scope_of(tx, params.applicability_config.scope, SCOPE)
    effective_at, expires_at = _times(tx, params)
    _check_room(tx, customer)
    grant = CreditGrant(
        id=tx.id("credgr" if tx.book.livemode else "credgr_test", customer.id),
        amount=CreditAmount(monetary=amount),
        applicability_config=CreditGrantApplicabilityConfig(scope=scope),
        category=value_or(params.category, "paid"),
        created=tx.now,
        customer=customer.id,
        effective_at=effective_at,
        expires_at=expires_at,
        livemode=tx.book.livemode,
        metadata=merge_metadata(None, params.metadata),
        name=value_or(params.name, None),
        priority=value_or(params.priority, PRIORITY),
        test_clock=customer.test_clock,
        updated=tx.now,
    )
    grant.private = CreditGrantPrivate()
    tx.add(grant)
    fund(tx, grant)
    on_changed.tell(tx, grant)
    return grant


@operation("POST /v1/billing/credit_grants/{id}")
def update(tx: Tx, grant: CreditGrant, params: CreditGrantUpdateParams) -> CreditGrant:
    """Change a grant's metadata, or when it expires; an empty `expires_at` means never.

    Raises InvalidRequest for another end of a grant that has ended already.
    """
    if given(params.expires_at):
        _refuse_ended(tx, grant, "change the expiration of", "expires_at")
        if params.expires_at is not None:
            _check_end(tx, params.expires_at, grant.effective_at)
        grant.expires_at = params.expires_at
        on_changed.tell(tx, grant)
    if given(params.metadata):
        grant.metadata = merge_metadata(grant.metadata, params.metadata)
    if given(params.expires_at) or given(params.metadata):
        grant.updated = tx.now
    return grant


@operation("POST /v1/billing/credit_grants/{id}/expire")
def expire_grant(tx: Tx, grant: CreditGrant) -> CreditGrant:
    """Let what is left of a grant lapse now; raise InvalidRequest for one that has ended."""
    _refuse_ended(tx, grant, "expire")
    grant.expires_at = grant.updated = tx.now
    expire(tx, grant, tx.now)
    on_changed.tell(tx, grant)
    return grant


@operation("POST /v1/billing/credit_grants/{id}/void")
def void_grant(tx: Tx, grant: CreditGrant) -> CreditGrant:
    """Take a grant back; raise InvalidRequest once an invoice has used some of it."""
    _refuse_ended(tx, grant, "void")
    if grant.private.applied:
        raise InvalidRequest(
            "You can't void a credit grant that has been applied to an invoice. You can expire what"
            " is left of it instead."
        )
    void(tx, grant)
    grant.voided_at = grant.updated = tx.now
    on_changed.tell(tx, grant)
    return grant


@handles("billing.credit_grant")
def lapse(tx: Tx, grant: CreditGrant) -> None:
    """Let what is left of a grant expire at its time."""
    expire(tx, grant, tx.now if grant.expires_at is None else grant.expires_at)


def scope_of(tx: Tx, params: ScopeParams, path: str) -> CreditGrantScope:
    """Return what credits are for; raise InvalidRequest unless it is either way said."""
    if given(params.price_type) == given(params.prices):
        raise InvalidRequest(
            f"You must specify one of these parameters: {path}[price_type], {path}[prices].",
            param=path,
        )
    if not given(params.prices):
        return CreditGrantScope(price_type=params.price_type)
    if not 1 <= len(params.prices) <= PRICES_MAX:
        raise InvalidRequest(
            f"You can name between 1 and {PRICES_MAX} prices; you named {len(params.prices)}.",
            param=f"{path}[prices]",
        )
    named = list(dict.fromkeys(each.id for each in params.prices))
    found = tx.load(Price, named, look=True)
    for place, each in enumerate(params.prices):
        where = f"{path}[prices][{place}][id]"
        price = found.get(each.id) or tx.get(Price, each.id, param=where)
        if price.recurring is None or price.recurring.usage_type != "metered":
            raise InvalidRequest(
                f"The price {price.id} is not metered: credits only pay for usage.", param=where
            )
    return CreditGrantScope(prices=[CreditGrantPrice(id=id) for id in named])


def _amount(params: CreditGrantCreateParams) -> CreditMonetary:
    sent = params.amount.monetary
    if sent is UNSET:
        raise missing_param("amount[monetary]")
    currency = sent.currency.lower()
    check_currency(currency, "amount[monetary][currency]")
    check_step(sent.value, currency, "amount[monetary][value]")
    refuse_too_large(sent.value, currency, "amount[monetary][value]")
    return CreditMonetary(currency=currency, value=sent.value)


def _times(tx: Tx, params: CreditGrantCreateParams) -> tuple[int, int | None]:
    """Return when credits begin and end, in seconds UTC."""
    begin = value_or(params.effective_at, tx.now)
    _check_known(begin, "effective_at")
    if begin < tx.now - SLACK_SECONDS:
        raise InvalidRequest(
            f"The parameter `effective_at` must not be in the past. You specified `{begin}`.",
            param="effective_at",
        )
    end = value_or(params.expires_at, None)
    if end is not None:
        _check_end(tx, end, begin)
    return begin, end


def _check_known(second: int, param: str) -> None:
    if second > LATEST:
        raise InvalidRequest(
            f"Invalid timestamp: the latest that can be named is {LATEST}.", param=param
        )


def _check_end(tx: Tx, end: int, begin: int | None) -> None:
    _check_known(end, "expires_at")
    if end <= tx.now:
        raise InvalidRequest(
            f"The parameter `expires_at` must be in the future. You specified `{end}`; to end a"
            " grant now, expire it.",
            param="expires_at",
        )
    if begin is not None and end <= begin:
        raise InvalidRequest(
            f"Credits can't expire (`{end}`) before they are effective (`{begin}`).",
            param="expires_at",
        )


def _check_room(tx: Tx, customer: Customer) -> None:
    """Raise InvalidRequest when a customer has as many unused grants as it can have."""
    found = tx.select(CreditGrant, usable_for=customer.id)
    unused = sum(each.expires_at is None or each.expires_at > tx.now for each in found)
    if unused >= UNUSED_MAX:
        raise InvalidRequest(
            f"Customers can have up to {UNUSED_MAX} unused credit grants. {customer.id} has"
            f" {unused}: expire or void some of them first."
        )


def _refuse_ended(tx: Tx, grant: CreditGrant, verb: str, param: str | None = None) -> None:
    """Raise InvalidRequest for a grant that was voided or has expired."""
    state = None
    if grant.voided_at is not None:
        state = "voided"
    elif grant.expires_at is not None and grant.expires_at <= tx.now:
        state = "expired"
    if state is not None:
        raise InvalidRequest(f"You can't {verb} a credit grant that is {state}.", param=param)
