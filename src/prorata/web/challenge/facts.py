"""Facts: what the page of an intent that waits for its payer shows."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from prorata.engine.payments.authenticate import Intent, acted_elsewhere, intent_named, opens
from prorata.model.errors import NotFound
from prorata.model.fields import UNSET
from prorata.resources.core.account import own_account
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_intent import transfer_of as told_of
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.challenge.transfer import Transfer, transfer_of
from prorata.web.design.brand import Brand, brand_of
from prorata.web.design.languages import Language
from prorata.web.design.visit import Visit
from prorata.web.documents.facts import named_method
from prorata.web.documents.papers import page_language

WAITS = {
    "display_bank_transfer_instructions": "transfer",
    "verify_with_microdeposits": "deposits",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """An intent as its payer sees it.

    waits: for an approval, deposits, a transfer, or nothing. elsewhere: the gateway's own page on
    which it is approved.
    """

    id: str
    amount: str | None
    method: str
    redirect_status: str
    return_url: str | None
    secret: str
    status: str
    waits: str | None
    elsewhere: str | None
    transfer: Transfer | None
    brand: Brand
    language: Language
    test_mode: bool

    @property
    def back(self) -> str | None:
        """Return the address to go back to, with what the page there asks the API about."""
        if not self.return_url:
            return None
        parts = urlsplit(self.return_url)
        kind = "setup_intent" if self.id.startswith("seti_") else "payment_intent"
        query = [
            *parse_qsl(parts.query, keep_blank_values=True),
            (kind, self.id),
            (f"{kind}_client_secret", self.secret),
            ("redirect_status", self.redirect_status),
        ]
        return parts._replace(query=urlencode(query)).geturl()


def facts_of(uow: UnitOfWork, visit: Visit, id: str, secret: str) -> Facts:
    """Return what a page shows; raise NotFound unless the secret is the intent's."""
    intent = intent_named(uow, id)
    if not opens(intent, secret):
        raise NotFound("There is no such payment, or its link is incomplete.")
    language = page_language(uow, visit, intent.customer, "challenge")
    method = uow.look(PaymentMethod, intent.payment_method)
    paying = intent if isinstance(intent, PaymentIntent) else None
    told = told_of(paying) if paying is not None else None
    attempt = acted_elsewhere(uow, intent)
    return Facts(
        id=intent.id,
        amount=language.amount(paying.amount, paying.currency) if paying is not None else None,
        method="" if method is None else method_text(method, language),
        redirect_status=_redirect_status(intent),
        return_url=_where_to(intent),
        secret=secret,
        status=intent.status,
        waits=_waits(intent),
        elsewhere=None if attempt is None else attempt.action_url,
        transfer=None if told is None or paying is None
        else transfer_of(told, paying.currency, language),
        brand=brand_of(own_account(uow)),
        language=language,
        test_mode=not uow.book.livemode,
    )  # fmt: skip


def method_text(method: PaymentMethod, language: Language) -> str:
    """Return a method's name, such as `Visa •••• 4242`."""
    brand = None if method.card is UNSET else method.card.brand
    return named_method(method.type, brand, getattr(method.details, "last4", None), language)


def _where_to(intent: Intent) -> str | None:
    """Return the address to go back to; None where the browser script waits on the page itself."""
    confirmation = intent.private.confirmation
    return None if confirmation.use_stripe_sdk else confirmation.return_url


def _waits(intent: Intent) -> str | None:
    if intent.status != "requires_action" or intent.next_action is None:
        return None
    return WAITS.get(intent.next_action.type, "approval")


def _redirect_status(intent: Intent) -> str:
    passed = isinstance(intent, PaymentIntent) and intent.private.passed
    if passed or intent.status in ("succeeded", "requires_capture"):
        return "succeeded"
    return "pending" if intent.status == "processing" else "failed"
