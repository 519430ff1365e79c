"""Links: the address of a payment link makes a session for each visit; buy buttons lead there."""

from urllib.parse import urlencode

from starlette.responses import Response

from prorata.engine.checkout.page_cart import shown_price
from prorata.engine.checkout.visit import check_active, find_link, mode_of, visit_link
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Book
from prorata.resources.checkout.payment_link import PaymentLink
from prorata.resources.checkout.payment_page import PagePrice
from prorata.resources.core.account import own_account
from prorata.resources.products.price import Price
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.checkout.look import origins_of
from prorata.web.checkout.price_words import price_text
from prorata.web.design.brand import Brand, brand_of
from prorata.web.design.languages import Language
from prorata.web.design.visit import Visit

# A buy button is named as the payment link that it leads to.
BUTTON_PREFIX, LINK_PREFIX = "buy_btn_", "plink_"
HANDED_ON = ("client_reference_id", "locked_prefilled_email", "locale")


def link(visit: Visit) -> Response:
    """Answer /pay/{token}: make a session, and go to its page."""
    token = visit.parts[1]
    book, _ = visit.in_some_book(lambda uow: find_link(uow, token))
    try:
        return visit.make(book, lambda uow: f"/c/pay/{visit_link(uow, token, visit.query).id}")
    except InvalidRequest as error:
        if error.code != "payment_link_inactive":
            raise
        return _inactive(visit, book, token)


def _inactive(visit: Visit, book: Book, token: str) -> Response:
    """Return the page of a link that is switched off, in the seller's own words."""

    def read(uow: UnitOfWork) -> tuple[Brand, str | None]:
        return brand_of(own_account(uow)), find_link(uow, token).inactive_message

    brand, message = visit.system.read(book, read)
    language = visit.language()
    usual = language.text("The seller has switched it off. Nothing was charged.")
    return visit.page(
        "checkout/message.html", language, brand, status=410, action=None, facts={}, framed=False,
        good=False, rows=[], test_mode=not book.livemode, text=message or usual,
        title=language.text("This link is no longer active"),
    )  # fmt: skip


def button(visit: Visit) -> Response:
    """Answer /buy/{button}: the card that a buy button shows in its frame."""
    name = visit.parts[1]
    id = LINK_PREFIX + name.removeprefix(BUTTON_PREFIX).removeprefix(LINK_PREFIX)

    def read(uow: UnitOfWork) -> tuple[Brand, PaymentLink, PagePrice, str]:
        found = uow.get(PaymentLink, id, param="buy_button_id")
        check_active(found)
        price = uow.get(Price, found.private.items[0].price)
        shown = shown_price(uow, price, found.currency)
        return brand_of(own_account(uow)), found, shown, mode_of(uow, found)

    _, (brand, found, price, mode) = visit.in_some_book(read)
    language = visit.language()
    query = {each: visit.query[each] for each in HANDED_ON if visit.query.get(each)}
    image = next((each for each in price.images if each.startswith("https:")), None)
    return visit.page(
        "checkout/buy_button.html", language, brand, framed_by="*",
        images=origins_of(price.images), image=image, name=price.name,
        amount=price_text(price, found.currency, language, every=True),
        text=_button_words(found, mode, language), test_mode=not found.livemode,
        url=found.url + (f"?{urlencode(query)}" if query else ""),
    )  # fmt: skip


def _button_words(link: PaymentLink, mode: str, language: Language) -> str:
    _ = language.text
    trial = link.subscription_data is not None and link.subscription_data.trial_period_days
    if mode == "subscription":
        return _("Start trial") if trial else _("Subscribe")
    return {"book": _("Book"), "donate": _("Donate")}.get(link.submit_type, _("Buy now"))
