"""Sources: cards and bank accounts saved with a customer by the older calls."""

from typing import Any

from prorata.engine.customers.save_source import (
    KINDS,
    attach_source,
    remove_source,
    source_of,
    sources_of,
    tell,
)
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.fields import UNSET, InlineList
from prorata.model.operation import Deleted, Inline, operation
from prorata.model.params import Params, given, value_or
from prorata.model.resource import include
from prorata.resources.core.customer import Customer
from prorata.resources.payments.legacy_source import (
    Source,
    SourceCreateParams,
    SourceListParams,
    SourceUpdateParams,
    SourceVerifyParams,
    source_view,
    write_source,
)
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.store.unit_of_work import UnitOfWork

DEPOSITS = (32, 45)


class SourceRetrieveParams(Params, kw_only=True):
    """No parameters but `expand`."""


@operation("POST /v1/customers/{id}/sources")
def create(tx: UnitOfWork, customer: Customer, params: SourceCreateParams) -> Source:
    """Save a card or bank account; the first one becomes the default source."""
    if given(params.source) and given(params.card):
        raise InvalidRequest(
            "You may only specify one of these parameters: card, source.", param="card"
        )
    source, param = params.source, "source"
    if source is UNSET:
        source, param = params.card, "card"
    if source is UNSET:
        raise missing_param("source")
    validated = value_or(params.validate, True)
    method = attach_source(
        tx, customer, source, param, metadata=params.metadata, validated=validated
    )
    return source_view(method)


@operation("GET /v1/customers/{id}/sources")
def list_sources(
    tx: UnitOfWork, customer: Customer, params: SourceListParams
) -> Inline[Source]:
    """List a customer's sources, newest first."""
    views = [source_view(each) for each in sources_of(tx, customer.id)]
    kind = value_or(params.object, "all")
    if kind != "all":
        views = [view for view in views if view.__struct_config__.tag == kind]
    return Inline(views)


@operation("GET /v1/customers/{customer}/sources/{source}")
def retrieve(tx: UnitOfWork, params: SourceRetrieveParams, customer: str, source: str) -> Source:
    """Return one of a customer's sources."""
    return source_view(source_of(tx, tx.get(Customer, customer), source))


@operation("POST /v1/customers/{customer}/sources/{source}")
def update(tx: UnitOfWork, params: SourceUpdateParams, customer: str, source: str) -> Source:
    """Change what is known about a source; its number never changes."""
    method = source_of(tx, _customer(tx, customer), source)
    before = source_view(method)
    write_source(method, params)
    tx.quiet(method)
    after = source_view(method)
    if after != before:
        tell(tx, "updated", method, after)
    return after


@operation("POST /v1/customers/{customer}/sources/{source}/verify")
def verify(tx: UnitOfWork, params: SourceVerifyParams, customer: str, source: str) -> Source:
    """Verify a bank account by the amounts of two deposits; in test mode 32 and 45."""
    method = source_of(tx, _customer(tx, customer), source)
    if method.type != "us_bank_account":
        raise InvalidRequest("Only bank accounts can be verified; this source is a card.")
    if method.private.verified:
        raise InvalidRequest("This bank account has already been verified.")
    if not given(params.amounts):
        raise missing_param("amounts")
    if tuple(sorted(params.amounts)) != DEPOSITS:
        raise InvalidRequest(
            "The amounts provided do not match the amounts that were sent to the bank account.",
            param="amounts",
        )
    method.private.verified = True
    tx.quiet(method)
    return source_view(method)


@operation("DELETE /v1/customers/{customer}/sources/{source}")
def delete(tx: UnitOfWork, customer: str, source: str) -> Deleted:
    """Delete a source; the newest of the others becomes the default."""
    owner = _customer(tx, customer)
    method = source_of(tx, owner, source)
    remove_source(tx, owner, method)
    return Deleted(KINDS[method.type], method.id)


@include("customer", "sources")
def shown_sources(reader: UnitOfWork, document: dict[str, Any]) -> InlineList[Source]:
    """Return a customer's sources, newest first."""
    views = [source_view(each) for each in sources_of(reader, document["id"])]
    listed: InlineList[Source] = InlineList(
        data=views, url=f"/v1/customers/{document['id']}/sources"
    )
    listed.refresh()
    return listed


def shown_default(reader: UnitOfWork, document: dict[str, Any]) -> Source | None:
    """Return the default source itself in place of its id."""
    method = reader.find(PaymentMethod, document.get("default_source"))
    return None if method is None else source_view(method)


for kind in ("customer", "subscription"):
    include(kind, "default_source")(shown_default)


def _customer(tx: UnitOfWork, id: str) -> Customer:
    customer = tx.get(Customer, id)
    tx.follow(customer)
    return customer
