"""Ephemeral keys: for an hour an app on a customer's phone reads what belongs to this customer."""

from msgspec import UNSET, Struct, UnsetType

from prorata.model.clock import nanoseconds
from prorata.model.errors import no_such
from prorata.model.operation import operation
from prorata.model.params import Params, refuse_unsupported
from prorata.resources.core.customer import Customer
from prorata.store.books import add_ephemeral_key, end_ephemeral_key
from prorata.store.unit_of_work import UnitOfWork

KEY_SECONDS = 60 * 60


class EphemeralKey(Struct, tag_field="object", tag="ephemeral_key", kw_only=True):
    """A key; its secret is shown once. Times in real seconds UTC."""

    created: int
    expires: int
    id: str
    livemode: bool
    secret: str | UnsetType = UNSET


class EphemeralKeyCreateParams(Params, kw_only=True):
    customer: str
    issuing_card: str | UnsetType = UNSET
    nonce: str | UnsetType = UNSET
    verification_session: str | UnsetType = UNSET


class EphemeralKeyDeleteParams(Params, kw_only=True):
    """No parameters but those of every request."""


@operation("POST /v1/ephemeral_keys", confidential=True)
def create(tx: UnitOfWork, params: EphemeralKeyCreateParams) -> EphemeralKey:
    """Create a key that opens a customer, and the list of its payment methods."""
    refuse_unsupported(params, "issuing_card", "nonce", "verification_session")
    customer = tx.get(Customer, params.customer, param="customer")
    now = nanoseconds() // 1_000_000_000
    id, mode = tx.id("ephkey"), "live" if tx.book.livemode else "test"
    secret = f"ek_{mode}_{tx.secret(48)}"
    add_ephemeral_key(
        tx.connection, tx.book, secret, id=id, customer=customer.id, now=now,
        expires_at=now + KEY_SECONDS,
    )  # fmt: skip
    return EphemeralKey(
        created=now,
        expires=now + KEY_SECONDS,
        id=id,
        livemode=tx.book.livemode,
        secret=secret,
    )


@operation("DELETE /v1/ephemeral_keys/{id}")
def end(tx: UnitOfWork, params: EphemeralKeyDeleteParams, id: str) -> EphemeralKey:
    """End a key before its hour is over."""
    now = nanoseconds() // 1_000_000_000
    known = end_ephemeral_key(tx.connection, tx.book, id, now)
    if known is None:
        raise no_such("ephemeral_key", id, param="id")
    created, expires = known
    return EphemeralKey(
        created=created, expires=min(expires, now), id=id, livemode=tx.book.livemode
    )
