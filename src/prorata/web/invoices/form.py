"""Form: what a payer has entered becomes the choice of a way to pay.

What stands on a card is in memory for the moment of the payment, and nowhere else.
"""

import re

from prorata.engine.invoices.pay_page import Choice
from prorata.model.errors import CardError, InvalidRequest
from prorata.model.fields import UNSET, Address
from prorata.resources.payments.payment_method_params import (
    BacsDebitParams,
    BillingDetailsParams,
    CardParams,
    PaymentMethodDataParams,
    SepaDebitParams,
    UsBankAccountParams,
)
from prorata.web.design.visit import Visit

SAVED = "saved:"
AMOUNT = re.compile("[0-9]{1,15}")
TRANSFER = "customer_balance"
DEBITS = ("bacs_debit", "sepa_debit", "us_bank_account")


def choice_of(visit: Visit, return_url: str) -> Choice:
    """Return what a payer has chosen; raise CardError or InvalidRequest for what cannot be."""
    form = visit.form
    way = form.get("way", "")
    choice = Choice(
        amount=int(form["amount"]) if AMOUNT.fullmatch(form.get("amount", "")) else -1,
        return_url=return_url,
        save=form.get("save") == "on",
    )
    if way.startswith(SAVED):
        choice.saved = way.removeprefix(SAVED)
    elif way == "card":
        choice.fields_token = form.get("gateway_token")
        card = UNSET if choice.fields_token is not None else _card(form)
        choice.data = PaymentMethodDataParams(
            type="card", card=card, billing_details=_billing(form)
        )
    elif way in DEBITS:
        choice.data = _debit(way, form)
        choice.acceptance = _acceptance(visit)
    elif way != TRANSFER:
        raise InvalidRequest("Choose a way to pay.", param="way")
    return choice


def _card(form: dict[str, str]) -> CardParams:
    digits = re.sub(r"\D", "", form.get("expiry", ""))
    if len(digits) == 6:
        digits = digits[:2] + digits[4:]
    if len(digits) != 4:
        raise CardError(
            "Your card's expiration date is incomplete.", code="incomplete_expiry", param="expiry"
        )
    number = re.sub(r"[\s-]", "", form.get("number", ""))
    if not number:
        raise CardError("Your card number is missing.", code="invalid_number", param="number")
    cvc = form.get("cvc", "").strip()
    if not cvc:
        raise CardError("Your card's security code is missing.", code="invalid_cvc", param="cvc")
    return CardParams(
        number=number, exp_month=int(digits[:2]), exp_year=2000 + int(digits[2:]), cvc=cvc
    )


def _billing(form: dict[str, str]) -> BillingDetailsParams:
    country, postal_code = form.get("country", "").strip(), form.get("postal_code", "").strip()
    known = bool(country or postal_code)
    return BillingDetailsParams(
        address=Address(country=country or None, postal_code=postal_code or None)
        if known else UNSET,
        email=form.get("email", "").strip() or UNSET,
        name=form.get("holder", "").strip() or UNSET,
    )  # fmt: skip


def _debit(way: str, form: dict[str, str]) -> PaymentMethodDataParams:
    holder = form.get(f"{way}_holder", "").strip()
    if not holder:
        raise InvalidRequest(
            "Enter the name of the account's holder.", code="missing_name", param="holder"
        )
    data = PaymentMethodDataParams(
        type=way,
        billing_details=BillingDetailsParams(
            name=holder, email=form.get("email", "").strip() or UNSET
        ),
    )

    def entered(name: str) -> str:
        return re.sub(r"[\s-]", "", form.get(name, ""))

    if way == "sepa_debit":
        data.sepa_debit = SepaDebitParams(iban=entered("iban"))
    elif way == "bacs_debit":
        data.bacs_debit = BacsDebitParams(
            account_number=entered("bacs_account"), sort_code=entered("sort_code")
        )
    else:
        data.us_bank_account = UsBankAccountParams(
            account_holder_type="individual",
            account_number=entered("account"),
            routing_number=entered("routing"),
        )
    return data


def _acceptance(visit: Visit) -> dict[str, object]:
    online = {"user_agent": visit.headers.get("user-agent", "")[:500]}
    return {"customer_acceptance": {"type": "online", "online": online}}
