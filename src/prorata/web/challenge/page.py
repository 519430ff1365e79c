"""Challenge page: what it asks, what its answer does, and where the payer goes from there."""

from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response

from prorata.engine.payments.authenticate import (
    complete_challenge,
    complete_deposits,
    look_again,
)
from prorata.model.errors import APIError, NotFound, PermissionDenied
from prorata.model.transaction import Book
from prorata.store.books import all_books
from prorata.web.challenge.facts import Facts, facts_of
from prorata.web.design.site import Routes
from prorata.web.design.visit import Visit, see_other

# The page stands in a frame of the shop's, as banks' pages do.
ANYBODY = "*"


def show(visit: Visit) -> Response:
    """Answer a browser that opens the address of an intent's next action."""
    _, facts = _find(visit, visit.query.get("client_secret", ""))
    return _ask(visit, facts) if facts.waits is not None else _after(visit, facts)


def answer(visit: Visit) -> Response:
    """Do what the payer has decided. The client secret shows that the form is the payer's own."""
    if visit.is_foreign:
        raise PermissionDenied("This form was sent by another site.")
    secret = visit.form.get("client_secret", "")
    book, facts = _find(visit, secret)
    try:
        if visit.form.get("answer") == "look":
            # Also once the worker has seen the end: the script knows no other answer.
            return _look(visit, book, facts)
        if facts.waits == "deposits":
            code = visit.form.get("descriptor_code", "").strip()
            complete_deposits(visit.system, book, facts.id, code)
        elif facts.waits == "approval":
            # What was passed on the gateway's own page, the gateway alone can say.
            complete = visit.form.get("answer") == "complete" and facts.elsewhere is None
            complete_challenge(visit.system, book, facts.id, complete)
    except APIError as error:
        return _ask(visit, facts, _wrong(facts, error))
    _, facts = _find(visit, secret)
    return _after(visit, facts)


def _look(visit: Visit, book: Book, facts: Facts) -> Response:
    """Tell the script of the page whether the payer has still to act on the gateway's own page."""
    if facts.elsewhere is not None:
        look_again(visit.system, book, facts.id)
        _, facts = _find(visit, facts.secret)
    return JSONResponse({"waits": facts.waits is not None})


def _find(visit: Visit, secret: str) -> tuple[Book, Facts]:
    id = visit.parts[2]
    for book in visit.system.database.read(all_books):
        try:
            return book, visit.system.read(book, lambda uow: facts_of(uow, visit, id, secret))
        except NotFound:
            continue
    raise NotFound("There is no such payment, or its link is incomplete.")


def _wrong(facts: Facts, error: APIError) -> str:
    _ = facts.language.text
    if facts.waits == "deposits":
        return _("This is not the code of the deposit. Please look at your statement again.")
    return error.message if facts.language.texts == "en" else _("This did not work")


def _ask(visit: Visit, facts: Facts, wrong: str = "") -> Response:
    _ = facts.language.text
    title = {
        "approval": _("Approve {amount}", amount=facts.amount) if facts.amount
        else _("Approve your payment method"),
        "deposits": _("Verify your bank account"),
        "transfer": _("Send {amount}", amount=facts.transfer.amount if facts.transfer else ""),
    }[facts.waits or "approval"]  # fmt: skip
    template = "elsewhere" if facts.elsewhere else facts.waits or "approval"
    return visit.page(
        f"challenge/{template}.html", facts.language, facts.brand, framed_by=ANYBODY,
        frames=_frames(facts.elsewhere), leaves=True, title=title, facts=facts, wrong=wrong,
        test_mode=facts.test_mode,
    )  # fmt: skip


def _frames(url: str | None) -> str:
    """Return what may stand in the page's frame: the gateway's page, which leads on to a bank's."""
    if url is None:
        return ""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc} https:"


def _after(visit: Visit, facts: Facts) -> Response:
    """Send the payer back to where the payment was begun, or say how it went."""
    if facts.back is not None:
        return see_other(facts.back)
    _ = facts.language.text
    done = facts.redirect_status != "failed"
    told = {"type": "prorata:challenge", "intent": facts.id, "status": facts.status}
    return visit.page(
        "challenge/done.html", facts.language, facts.brand, framed_by=ANYBODY, done=done,
        title=_("Thank you") if done else _("Not approved"), told=told, test_mode=facts.test_mode,
    )  # fmt: skip


ROUTES: Routes = {
    ("GET", "_prorata", "challenge", "*"): show,
    ("POST", "_prorata", "challenge", "*"): answer,
}
