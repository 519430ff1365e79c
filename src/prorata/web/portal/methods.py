"""Methods: payment methods are added, chosen and removed.

Card data goes from the form to the gateway that keeps it and nowhere else: it is not shown again
after a mistake, not stored and not logged.
"""

import re
from typing import Any

from starlette.responses import Response

from prorata.engine.invoices.pay_page import action_url
from prorata.engine.payments.own_fields import card_of_fields, has_own_fields, takes_numbers
from prorata.engine.portal.open_session import Guest
from prorata.engine.portal.payment_methods import (
    begin_adding,
    methods_in_use,
    own_intent,
    own_method,
    remove,
    saved_methods,
    use_for,
    use_for_all,
    use_later,
    with_own_method,
)
from prorata.model.errors import APIError, CardError, InvalidRequest, PermissionDenied
from prorata.model.fields import Address
from prorata.resources.billing.subscription import ENDED
from prorata.resources.core.account import own_account
from prorata.resources.payments.payment_intent_params import (
    CustomerAcceptanceParams,
    MandateDataParams,
    OnlineAcceptanceParams,
)
from prorata.resources.payments.payment_method_configuration import offered_types
from prorata.resources.payments.payment_method_params import (
    BillingDetailsParams,
    CardParams,
    PaymentMethodDataParams,
    SepaDebitParams,
)
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.visit import see_other
from prorata.web.portal.details import countries
from prorata.web.portal.home import do_here
from prorata.web.portal.plans import own_subscription, plan
from prorata.web.portal.stay import Stay
from prorata.web.portal.wording import method_view, problem_text

EXPIRY = re.compile(r"\s*(\d{1,2})\s*[/\-. ]?\s*(\d{2}|\d{4})\s*")
BACK = ("confirm", "resume")
# What the form can ask for.
KINDS = ("card", "sepa_debit")
KEPT = ("name", "country", "postal_code", "email", "type")


def add(stay: Stay) -> Response:
    """Answer the form for a new payment method."""
    return _form(stay)


def save(stay: Stay) -> Response:
    """Make a new payment method ready; the customer's bank may want to see its owner first."""
    form = stay.visit.form
    back = stay.absolute("payment-methods", "returned", **_purpose(form))

    def take(tx: UnitOfWork, guest: Guest) -> str:
        _check_feature(guest)
        if form.get("type", "card") not in _offered(tx, guest):
            raise PermissionDenied("This kind of payment method is not offered here.")
        if form.get("subscription"):
            own_subscription(tx, guest, form["subscription"])
        data, mandate = _described(tx, guest, form, stay)
        intent = begin_adding(tx, guest.customer, data, back, mandate)
        # Whether or not anybody is there when it is ready.
        plans, id = bool(form.get("all_plans")), form.get("subscription") or None
        use_later(tx, guest.customer, intent, plans=plans and not id, subscription=id)
        return intent.id

    try:
        intent = stay.do_counted(take)
    except APIError as error:
        return _form(stay, status=error.status, error=problem_text(stay.language, error))
    return _conclude(stay, intent, form)


def returned(stay: Stay) -> Response:
    """Receive a customer who comes back from its bank."""
    query = stay.visit.query
    return _conclude(stay, query.get("setup_intent", ""), query, back=True)


def _conclude(stay: Stay, intent_id: str, about: dict[str, str], *, back: bool = False) -> Response:
    """Let a method pay that is ready; send the customer to its bank if that waits."""

    def see(tx: UnitOfWork, guest: Guest) -> str | None:
        intent = own_intent(tx, guest.customer, intent_id)
        if intent.status == "requires_action" and intent.next_action is not None and not back:
            return action_url(intent)
        if intent.status not in ("succeeded", "processing") or intent.payment_method is None:
            raise CardError("", code="setup_intent_authentication_failure")
        if intent.status == "succeeded":
            use_for_all(tx, guest.customer, intent.payment_method)
            if about.get("subscription"):
                subscription = own_subscription(tx, guest, about["subscription"])
                # It may have ended while its customer was typing: the method is there all the same.
                if subscription.status not in ENDED:
                    use_for(tx, guest.customer, subscription, None)
            elif about.get("all_plans"):
                for each in with_own_method(tx, guest.customer):
                    use_for(tx, guest.customer, each, None)
        return None

    try:
        url = stay.carry_out(see)
    except CardError as error:
        return _form(stay, status=402, error=problem_text(stay.language, error))
    if url is not None:
        return see_other(url)
    purpose = _purpose(about)
    if "back" in purpose:
        return stay.to("subscriptions", purpose["subscription"], purpose["back"])
    if stay.flow is not None and stay.flow.type != "payment_method_update":
        # It was on the way to something else, which goes on.
        return stay.to()
    return stay.finish("added")


def _purpose(about: dict[str, str]) -> dict[str, str]:
    """Return for which plans a method is added, and which of their pages goes on after that."""
    if not about.get("subscription"):
        return {"all_plans": "1"} if about.get("all_plans") else {}
    purpose = {"subscription": about["subscription"]}
    return {**purpose, "back": about["back"]} if about.get("back") in BACK else purpose


def choose_default(stay: Stay) -> Response:
    """Let another method pay for whatever has none of its own."""
    id = stay.visit.parts[4]

    def take(tx: UnitOfWork, guest: Guest) -> None:
        _check_feature(guest)
        use_for_all(tx, guest.customer, id)

    return do_here(stay, take, "default")


def ask_remove(stay: Stay) -> Response:
    """Answer the question whether a method is really to go."""

    def gather(tx: UnitOfWork, guest: Guest) -> dict[str, Any]:
        method = own_method(tx, guest.customer, stay.visit.parts[4])
        return {
            "title": stay.text("Remove this payment method?"),
            "method": method_view(stay.language, method),
            "in_use": method.id in methods_in_use(tx, guest.customer),
        }

    return stay.show("portal/remove.html", gather)


def take_away(stay: Stay) -> Response:
    """Remove a payment method."""
    id = stay.visit.parts[4]

    def take(tx: UnitOfWork, guest: Guest) -> None:
        _check_feature(guest)
        remove(tx, guest.customer, id)

    return do_here(stay, take, "removed")


def choose_for(stay: Stay) -> Response:
    """Answer which methods can pay for one plan."""
    id = stay.visit.parts[4]

    def gather(tx: UnitOfWork, guest: Guest) -> dict[str, Any]:
        subscription = own_subscription(tx, guest, id)
        default = guest.customer.invoice_settings.default_payment_method
        present = subscription.default_payment_method or default
        return {
            "title": stay.text("Payment method of your plan"),
            "id": id,
            "plan": plan(tx, guest, id, stay.language),
            "methods": [
                {**method_view(stay.language, each), "chosen": each.id == present}
                for each in saved_methods(tx, guest.customer)
            ],
        }

    return stay.show("portal/pay_with.html", gather)


def pay_with(stay: Stay) -> Response:
    """Let a method pay for one plan."""
    id, method = stay.visit.parts[4], stay.visit.form.get("payment_method", "")

    def take(tx: UnitOfWork, guest: Guest) -> None:
        _check_feature(guest)
        default = guest.customer.invoice_settings.default_payment_method
        subscription = own_subscription(tx, guest, id)
        own = None if method == default else method
        if own != subscription.default_payment_method:
            use_for(tx, guest.customer, subscription, own)

    return do_here(stay, take, "default")


def _check_feature(guest: Guest) -> None:
    if not guest.configuration.features.payment_method_update.enabled:
        raise PermissionDenied("Payment methods can't be changed in this portal.")


def _form(stay: Stay, *, status: int = 200, error: str | None = None) -> Response:
    """Return the form; what was typed of a card is not in it again."""
    sent = stay.visit.form if stay.visit.method == "POST" else stay.visit.query

    def gather(tx: UnitOfWork, guest: Guest) -> dict[str, Any]:
        _check_feature(guest)
        customer, purpose = guest.customer, _purpose(sent)
        own = customer.address
        values = {
            "name": customer.name or "",
            "country": (own.country if own else None) or own_account(tx).country,
            "postal_code": (own.postal_code if own else None) or "",
            "email": customer.email or "",
            "type": "card",
        }
        values.update({name: sent[name] for name in KEPT if sent.get(name)})
        fields = has_own_fields(tx)
        offered = _offered(tx, guest)
        if values["type"] not in offered:
            values["type"] = offered[0] if offered else "card"
        return {
            "title": stay.text("Add a payment method"),
            "values": values,
            "countries": countries(stay.language.tag),
            "debits": len(offered) > 1,
            "takes": {
                "card": "card" in offered and (takes_numbers(tx) or fields),
                "sepa_debit": not (tx.book.livemode and tx.gateway.test_only),
            },
            "own_fields": fields,
            "purpose": {} if "all_plans" in purpose else purpose,
            # Checkout lets its method pay for its plan alone: that is asked about, or it stays.
            "asks_for_all": not purpose.get("subscription")
            and bool(with_own_method(tx, customer)),
            "for_all": "all_plans" in purpose or stay.visit.method != "POST",
            "error": error,
        }

    return stay.show("portal/add_method.html", gather, status=status)


def _offered(tx: UnitOfWork, guest: Guest) -> list[str]:
    """Return the kinds of methods that the portal's configuration lets a customer add."""
    named = guest.configuration.features.payment_method_update.payment_method_configuration
    currency = guest.customer.currency or own_account(tx).default_currency
    return [type for type in offered_types(tx, currency, named) if type in KINDS]


def _described(
    tx: UnitOfWork, guest: Guest, form: dict[str, str], stay: Stay
) -> tuple[PaymentMethodDataParams, MandateDataParams | None]:
    """Return what a form describes; raise InvalidRequest or CardError for what is wrong with it."""
    billing = BillingDetailsParams()
    if form.get("name", "").strip():
        billing.name = form["name"].strip()[:150]
    email = guest.customer.email or form.get("email", "").strip()
    if email:
        billing.email = email
    address = Address(
        country=form.get("country", "")[:2] or None,
        postal_code=form.get("postal_code", "").strip()[:20] or None,
    )
    if address.country or address.postal_code:
        billing.address = address
    if form.get("type") == "sepa_debit":
        iban = re.sub(r"\s", "", form.get("iban", ""))
        data = PaymentMethodDataParams(
            type="sepa_debit", sepa_debit=SepaDebitParams(iban=iban), billing_details=billing
        )
        return data, _mandate(stay)
    if "gateway_token" in form:
        card = card_of_fields(tx, form["gateway_token"])
    elif takes_numbers(tx):
        card = _card(form)
    else:
        raise InvalidRequest("Card data is taken by the payment provider's own fields.")
    return PaymentMethodDataParams(type="card", card=card, billing_details=billing), None


def _card(form: dict[str, str]) -> CardParams:
    number = re.sub(r"[\s\-]", "", form.get("number", ""))
    if not number.isdigit():
        raise CardError("Your card number is invalid.", code="invalid_number", param="number")
    expiry = EXPIRY.fullmatch(form.get("expiry", ""))
    if expiry is None:
        raise CardError(
            "Your card's expiration date is invalid.", code="invalid_expiry_year", param="expiry"
        )
    cvc = form.get("cvc", "").strip()
    if not re.fullmatch(r"\d{3,4}", cvc):
        raise CardError("Your card's security code is invalid.", code="invalid_cvc", param="cvc")
    year = int(expiry[2])
    return CardParams(
        number=number, exp_month=int(expiry[1]), exp_year=year if year > 99 else 2000 + year,
        cvc=cvc,
    )  # fmt: skip


def _mandate(stay: Stay) -> MandateDataParams:
    """Return that the customer has agreed to be debited, here and now."""
    online = OnlineAcceptanceParams(
        user_agent=stay.visit.headers.get("user-agent", "")[:500] or "unknown",
    )
    return MandateDataParams(
        customer_acceptance=CustomerAcceptanceParams(type="online", online=online)
    )
