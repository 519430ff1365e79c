"""Challenge: the page on which a payer approves a payment, or proves to hold a bank account."""

import asyncio
import json
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from prorata.engine.payments.authenticate import (
    Intent,
    complete_challenge,
    complete_deposits,
    intent_named,
    opens,
)
from prorata.engine.runtime import System
from prorata.model.errors import APIError, NotFound
from prorata.model.fields import UNSET
from prorata.model.transaction import Book
from prorata.resources.core.account import own_account
from prorata.resources.payments.legacy_source import BRANDS
from prorata.resources.payments.payment_intent import PaymentIntent, transfer_of
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_shape import PaymentMethodCustomerBalance
from prorata.rules.currency import format_amount
from prorata.store.books import all_books
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.frame import HEADERS, page

PREFIX = "/_prorata/challenge/"


class ChallengePage:
    """Answers browsers under /_prorata/challenge; programs with a key go on to the API."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        request = Request(scope, receive)
        path = request.url.path
        if not path.startswith(PREFIX) or "authorization" in request.headers:
            return False
        id = path.removeprefix(PREFIX).strip("/")
        if request.method == "POST":
            form = {name: str(value) for name, value in (await request.form()).items()}
            response = await asyncio.to_thread(self._answer, id, form)
        else:
            secret = request.query_params.get("client_secret", "")
            response = await asyncio.to_thread(self._show, id, secret)
        await response(scope, receive, send)
        return True

    def _show(self, id: str, secret: str, wrong: str | None = None) -> Response:
        try:
            book, facts = self._facts(id, secret)
        except APIError as error:
            return page("Nothing to approve", "", f"<h1>Not found</h1><p>{escape(error.message)}",
                         status=404)  # fmt: skip
        if facts["waits"] is None:
            return self._after(facts)
        content = _ASKS[facts["waits"]](facts, secret, wrong)
        return page(facts["title"], facts["seller"], content, test=not book.livemode)

    def _answer(self, id: str, form: dict[str, str]) -> Response:
        secret = form.get("client_secret", "")
        try:
            book, facts = self._facts(id, secret)
            if facts["waits"] == "deposits":
                complete_deposits(self._system, book, id, form.get("descriptor_code", "").strip())
            elif facts["waits"] == "approval":
                complete_challenge(self._system, book, id, form.get("answer") == "complete")
            book, facts = self._facts(id, secret)
        except APIError as error:
            return self._show(id, secret, error.message)
        return self._after(facts)

    def _after(self, facts: dict[str, Any]) -> Response:
        """Send the payer back to where the payment was begun, or say how it went."""
        if facts["return_url"]:
            return RedirectResponse(_back(facts), status_code=303, headers=HEADERS)
        done = facts["redirect_status"] != "failed"
        heading = "Thank you" if done else "Not approved"
        text = (
            "You can close this window." if done
            else "Nothing was charged. You can close this window and try another way to pay."
        )  # fmt: skip
        message = json.dumps(
            {"type": "prorata:challenge", "intent": facts["id"], "status": facts["status"]}
        ).replace("<", "\\u003c")
        script = (
            f"<script>for (const w of [window.opener, window.parent])"
            f" if (w && w !== window) w.postMessage({message}, '*')</script>"
        )
        content = f"<h1>{heading}</h1><p>{text}</p>"
        return page(heading, facts["seller"], content, script=script)

    def _facts(self, id: str, secret: str) -> tuple[Book, dict[str, Any]]:
        for book in self._system.database.read(all_books):
            try:
                return book, self._system.read(book, lambda uow: _facts(uow, id, secret))
            except NotFound:
                continue
        raise NotFound("There is no such payment, or its link is incomplete.")


def _facts(uow: UnitOfWork, id: str, secret: str) -> dict[str, Any]:
    intent = intent_named(uow, id)
    if not opens(intent, secret):
        raise NotFound("There is no such payment, or its link is incomplete.")
    method = uow.find(PaymentMethod, intent.payment_method)
    amount = None
    if isinstance(intent, PaymentIntent):
        amount = format_amount(intent.amount, intent.currency)
    account = own_account(uow)
    seller = account.business_profile.name or account.settings.dashboard.display_name
    return {
        "id": intent.id,
        "amount": amount,
        "method": "" if method is None else _named(method),
        "redirect_status": _redirect_status(intent),
        "return_url": _where_to(intent),
        "secret": secret,
        "seller": seller or "",
        "status": intent.status,
        "title": f"Approve {amount}" if amount else "Approve your payment method",
        "transfer": _told(intent) if isinstance(intent, PaymentIntent) else None,
        "waits": _waits(intent),
    }


def _where_to(intent: Intent) -> str | None:
    """Return the address to go back to; None where the browser script waits on the page itself."""
    confirmation = intent.private.confirmation
    return None if confirmation.use_stripe_sdk else confirmation.return_url


def _told(intent: PaymentIntent) -> dict[str, Any] | None:
    """Return what a payer who sends money is told, None for any other intent."""
    waiting = transfer_of(intent)
    if waiting is None:
        return None
    accounts = []
    for address in waiting.financial_addresses or ():
        numbers = msgspec.to_builtins(getattr(address, address.type))
        rows = [(name, value) for name, value in numbers.items() if isinstance(value, str)]
        accounts.append([(name.replace("_", " ").capitalize(), value) for name, value in rows])
    return {
        "accounts": accounts,
        "amount": format_amount(waiting.amount_remaining or 0, intent.currency),
        "reference": waiting.reference or "",
    }


def _named(method: PaymentMethod) -> str:
    details = method.details
    if isinstance(details, PaymentMethodCustomerBalance):
        return "Bank transfer"
    name = "Bank account" if method.card is UNSET else BRANDS.get(method.card.brand, "Card")
    return f"{name} •••• {details.last4}"


def _waits(intent: Intent) -> str | None:
    if intent.status != "requires_action" or intent.next_action is None:
        return None
    return _WAITS.get(intent.next_action.type, "approval")


def _redirect_status(intent: Intent) -> str:
    passed = isinstance(intent, PaymentIntent) and intent.private.passed
    if passed or intent.status in ("succeeded", "requires_capture"):
        return "succeeded"
    return "pending" if intent.status == "processing" else "failed"


def _back(facts: dict[str, Any]) -> str:
    """Return the address to go back to, with what the page there asks the API about."""
    parts = urlsplit(str(facts["return_url"]))
    kind = "setup_intent" if facts["id"].startswith("seti_") else "payment_intent"
    query = [
        *parse_qsl(parts.query, keep_blank_values=True),
        (kind, facts["id"]),
        (f"{kind}_client_secret", facts["secret"]),
        ("redirect_status", facts["redirect_status"]),
    ]
    return parts._replace(query=urlencode(query)).geturl()


def _form(facts: dict[str, Any], secret: str, fields: str) -> str:
    return (
        f'<form method="post" action="{PREFIX}{escape(facts["id"])}">'
        f'<input type="hidden" name="client_secret" value="{escape(secret)}">{fields}</form>'
    )


def _approval(facts: dict[str, Any], secret: str, wrong: str | None) -> str:
    rows = [("Amount", facts["amount"]), ("Paid with", facts["method"])]
    table = "".join(
        f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows if value
    )
    buttons = (
        '<button name="answer" value="complete">Complete authentication</button>'
        '<button name="answer" value="fail" class="quiet">Fail authentication</button>'
    )
    return (
        f"<h1>{escape(facts['title'])}</h1>"
        "<p>Your bank asks whether it is really you. In test mode you decide.</p>"
        f"{_wrong(wrong)}<dl>{table}</dl>{_form(facts, secret, buttons)}"
    )


def _deposits(facts: dict[str, Any], secret: str, wrong: str | None) -> str:
    fields = (
        "<label>Code of the deposit, such as SM11AA"
        '<input name="descriptor_code" autocomplete="off" required maxlength="6"></label>'
        "<button>Verify bank account</button>"
    )
    return (
        "<h1>Verify your bank account</h1>"
        f"<p>Two small deposits were sent to {escape(facts['method'])}. The code is in the text of"
        f" the deposit on your statement.</p>{_wrong(wrong)}{_form(facts, secret, fields)}"
    )


def _transfer(facts: dict[str, Any], secret: str, wrong: str | None) -> str:
    """Return where the money is to be sent, one table for each account."""
    told = facts["transfer"]
    rows = [("Amount", told["amount"]), ("Reference", told["reference"])]
    tables = "".join(_table(each) for each in (rows, *told["accounts"]))
    return (
        f"<h1>Send {escape(told['amount'])}</h1>"
        "<p>Make a transfer from your bank to this account, and name the reference.</p>"
        f"{tables}<p>The payment is complete when the money has arrived.</p>"
    )


def _table(rows: list[tuple[str, str]]) -> str:
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    return f"<dl>{facts}</dl>"


_WAITS = {
    "display_bank_transfer_instructions": "transfer",
    "verify_with_microdeposits": "deposits",
}
_ASKS = {"approval": _approval, "deposits": _deposits, "transfer": _transfer}


def _wrong(message: str | None) -> str:
    return f'<p class="wrong" role="alert">{escape(message)}</p>' if message else ""
