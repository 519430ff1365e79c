"""Open a session: a link by which a customer gets into the portal, used and worn out."""

from dataclasses import dataclass

from prorata.engine.mail.post import is_wanted
from prorata.engine.payments.intent_params import refuse_on_behalf
from prorata.engine.portal.configure import configuration_named, written_default
from prorata.engine.portal.flows import new_flow
from prorata.model.errors import InvalidRequest, NotFound
from prorata.model.operation import operation
from prorata.model.params import given, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.portal.addresses import check_address
from prorata.resources.portal.configuration import Configuration
from prorata.resources.portal.session import (
    AfterExpiration,
    CustomerLogin,
    Flow,
    Session,
    SessionCreateParams,
    SessionPrivate,
)

# Source: the portal's documentation: a link that nobody opens is dead after five minutes, and a
# session an hour after it was last used.
OPEN_SECONDS = 300
REST_SECONDS = 3600
# How often it is written down that somebody is still there.
NOTED_SECONDS = 60
SECRET_LENGTH = 48
GONE = "This session of the customer portal has expired, or never existed."


@dataclass(slots=True)
class Guest:
    """A customer in the portal: the session, what it allows and whose it is."""

    session: Session
    configuration: Configuration
    customer: Customer

    @property
    def flow(self) -> Flow | None:
        """Return the flow that is still to be gone, None where the whole portal is open."""
        return None if self.session.private.completed else self.session.flow

    @property
    def return_url(self) -> str | None:
        return self.session.return_url or self.configuration.default_return_url


@operation("POST /v1/billing_portal/sessions")
def create(tx: Tx, params: SessionCreateParams) -> Session:
    """Create a session; its address opens the portal for whoever has it, within five minutes."""
    refuse_unsupported(params, "customer_account")
    refuse_on_behalf(tx, params)
    if not given(params.customer):
        raise InvalidRequest("Must provide customer or customer_account.", code="parameter_missing")
    customer = tx.get(Customer, params.customer, param="customer")
    tx.follow(customer)
    if given(params.configuration):
        configuration = configuration_named(tx, params.configuration)
    else:
        configuration = written_default(tx)
    session = new_session(tx, customer, configuration)
    if given(params.return_url):
        session.return_url = check_address(params.return_url, "return_url")
    session.locale = value_or(params.locale, None)
    session.on_behalf_of = value_or(params.on_behalf_of, None)
    if given(params.flow_data):
        session.flow = new_flow(tx, configuration.features, customer.id, params.flow_data)
    if given(params.after_expiration):
        login = CustomerLogin()
        sent = params.after_expiration.customer_login
        if given(sent) and given(sent.expires_at):
            if sent.expires_at <= tx.real_now:
                raise InvalidRequest(
                    "The time until which the customer can get back must be in the future.",
                    param="after_expiration[customer_login][expires_at]",
                )
            login.expires_at = sent.expires_at
        session.after_expiration = AfterExpiration(customer_login=login)
    return session


def new_session(
    tx: Tx, customer: Customer, configuration: Configuration, *, opens_for: int = OPEN_SECONDS
) -> Session:
    """Add a session for a customer, whose link works for so many seconds."""
    mode = "live" if tx.book.livemode else "test"
    secret = f"{mode}_{tx.secret(SECRET_LENGTH)}"
    session = Session(
        id=tx.new_id(Session, owner=customer.id),
        configuration=configuration.id,
        created=tx.now,
        customer=customer.id,
        livemode=tx.book.livemode,
        return_url=configuration.default_return_url,
        url=f"{tx.base_url}/p/session/{secret}",
    )
    session.private = SessionPrivate(secret=secret, open_until=tx.real_now + opens_for)
    return tx.add(session)


def session_of(tx: Tx, secret: str) -> Session | None:
    """Return the session that a secret belongs to, whether it goes on or not."""
    found = tx.select(Session, secret=secret, limit=1) if secret else []
    return found[0] if found else None


def is_open(tx: Tx, session: Session) -> bool:
    """Return whether a session's link still works, or somebody used it within the hour."""
    private: SessionPrivate = session.private
    if private.active_at is None:
        return tx.real_now <= private.open_until
    return tx.real_now <= private.active_at + REST_SECONDS


def needs_noting(tx: Tx, session: Session) -> bool:
    """Return whether it has to be written down that the session is in use."""
    active = session.private.active_at
    return active is None or tx.real_now - active >= NOTED_SECONDS


def enter(tx: Tx, secret: str) -> Guest:
    """Let whoever has a secret in, in the time of the customer; raise NotFound when it is over."""
    session = session_of(tx, secret)
    if session is None or not is_open(tx, session):
        raise NotFound(GONE)
    customer = tx.find(Customer, session.customer)
    configuration = tx.find(Configuration, session.configuration)
    if customer is None or configuration is None:
        raise NotFound(GONE)
    tx.follow(customer)
    return Guest(session, configuration, customer)


def note_use(tx: Tx, secret: str, language: str | None = None) -> None:
    """Write down that a session is in use now, and the language that was chosen for it."""
    session = session_of(tx, secret)
    if session is not None and is_open(tx, session):
        session.private.active_at = tx.real_now
        if language is not None:
            session.private.language = language


def can_come_back(tx: Tx, session: Session) -> bool:
    """Return whether a customer whose session is over may be sent a new link."""
    after = session.after_expiration
    if after is None or is_open(tx, session) or not is_wanted(tx, "portal_login"):
        return False
    until = after.customer_login.expires_at if after.customer_login else None
    return until is None or tx.real_now < until
