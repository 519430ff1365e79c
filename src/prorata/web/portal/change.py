"""Change: another plan or quantity is chosen, looked at with what it costs, and confirmed."""

from typing import Any

from starlette.responses import Response

from prorata.engine.portal.change_plan import OFFER_SECONDS, OUTDATED, confirm, new_offer, show
from prorata.engine.portal.codes import NOT_FOR_THIS, code_named, coupons_of
from prorata.engine.portal.limits import why_no_update
from prorata.engine.portal.offers import options
from prorata.engine.portal.open_session import Guest
from prorata.model.errors import APIError, InvalidRequest
from prorata.model.fields import UNSET
from prorata.resources.billing.subscription import Subscription
from prorata.resources.portal.session import Offer
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.visit import see_other
from prorata.web.portal.bills import bill, bill_of_next
from prorata.web.portal.payment import conclude
from prorata.web.portal.plans import own_subscription, plan
from prorata.web.portal.stay import Stay
from prorata.web.portal.wording import coupon_text, interval_name, price_text, problem_text


def update(stay: Stay) -> Response:
    """Answer the plans that can be chosen."""
    return _ask(stay)


def choose(stay: Stay) -> Response:
    """Take a choice and show what it costs."""
    id, form = stay.visit.parts[4], stay.visit.form

    def take(tx: UnitOfWork, guest: Guest) -> None:
        subscription = own_subscription(tx, guest, id)
        features = guest.configuration.features
        price, quantity = form.get("price", ""), _number(form.get("quantity", ""))
        if "code_only" in form:
            item = subscription.items.data[0]
            price, quantity = item.price.id, item.units
        offer = new_offer(tx, features, subscription, price, quantity)
        guest.session.private.offer = _costed(tx, guest, offer)

    try:
        stay.do(take)
    except APIError as error:
        return _ask(stay, status=error.status, error=_problem(stay, error))
    return stay.to("subscriptions", id, "confirm")


def look(stay: Stay) -> Response:
    """Answer what a change costs, to be confirmed."""
    id = stay.visit.parts[4]
    try:
        if not stay.carry_out(lambda tx, guest: _freshen(tx, guest, id)):
            return stay.to("subscriptions", id, "update")
    except APIError as error:
        return _dead_end(stay, error)
    return _confirmation(stay, id)


def redeem(stay: Stay) -> Response:
    """Add a promotion code to a change, or take it off."""
    id, form = stay.visit.parts[4], stay.visit.form

    def take(tx: UnitOfWork, guest: Guest) -> None:
        subscription = own_subscription(tx, guest, id)
        offer = _offer(guest, id)
        offer.codes, offer.at = [], tx.now
        if "remove" not in form:
            code = code_named(tx, guest, subscription, offer.price, form.get("code", ""))
            offer.codes = [code.id]
        guest.session.private.offer = _costed(tx, guest, offer)

    def try_it(tx: UnitOfWork, guest: Guest) -> None:
        guest.session.private.tries += 1

    try:
        stay.visit.check_form()
        stay.carry_out(try_it)
        stay.carry_out(take)
    except APIError as error:
        return _confirmation(
            stay, id, status=error.status, code_error=_code_problem(stay, error),
            code=form.get("code", ""),
        )  # fmt: skip
    return stay.to("subscriptions", id, "confirm")


def make(stay: Stay) -> Response:
    """Make a change as it was shown, and send the customer to its bank where that is needed."""
    id, seen = stay.visit.parts[4], stay.visit.form.get("seen", "")

    def take(tx: UnitOfWork, guest: Guest) -> str:
        item = own_subscription(tx, guest, id).items.data[0]
        offer = _offer(guest, id)
        plain = offer.price == item.price.id and offer.quantity in (None, item.units)
        later = confirm(tx, guest.configuration.features, guest.customer, offer, seen)
        # What was redeemed with it is not redeemed again where the payment fails.
        guest.session.private.offer = offer
        return "planned" if later else "discounted" if plain else "updated"

    try:
        done = stay.do_counted(take)
    except APIError as error:
        wrong = _problem(stay, error)
        if error.code == OUTDATED:
            # What is shown now can be confirmed.
            stay.carry_out(lambda tx, guest: _freshen(tx, guest, id))
        return _confirmation(stay, id, status=error.status, error=wrong)
    return _conclude(stay, id, done)


def returned(stay: Stay) -> Response:
    """Receive a customer who comes back from its bank."""
    return _conclude(stay, stay.visit.parts[4], "updated", back=True)


def _conclude(stay: Stay, id: str, done: str, *, back: bool = False) -> Response:
    """Go on with what became of a change's payment."""
    paid = conclude(stay, id, "returned", back=back)
    if paid is None:
        return stay.to()
    if isinstance(paid, APIError):
        wrong = problem_text(stay.language, paid)
        return _confirmation(stay, id, status=paid.status, error=wrong)
    if paid.url is not None:
        return see_other(paid.url)
    return stay.finish("processing" if paid.state == "processing" else done)


def _ask(stay: Stay, *, status: int = 200, **context: Any) -> Response:
    try:
        return stay.show(
            "portal/update.html", lambda tx, guest: _choices(stay, tx, guest), status=status,
            **context,
        )  # fmt: skip
    except InvalidRequest as error:
        return _dead_end(stay, error)


def _dead_end(stay: Stay, error: APIError) -> Response:
    return stay.dead_end(error, stay.text("This plan cannot be changed"))


def _confirmation(stay: Stay, id: str, *, status: int = 200, **context: Any) -> Response:
    return stay.show(
        "portal/confirm.html", lambda tx, guest: _shown(stay, tx, guest, id), status=status,
        **context,
    )  # fmt: skip


def _offer(guest: Guest, id: str) -> Offer:
    offer: Offer | None = guest.session.private.offer
    if offer is None or offer.subscription != id:
        raise InvalidRequest("Choose a plan first.", code=OUTDATED)
    return offer


def _costed(tx: UnitOfWork, guest: Guest, offer: Offer) -> Offer:
    """Note what an offer costs now, so that nothing else is charged."""
    offer.figures = show(tx, guest.configuration.features, offer.subscription, offer).figures
    return offer


def _freshen(tx: UnitOfWork, guest: Guest, id: str) -> bool:
    """Bring an offer up to date, or make it from the flow; return whether there is one."""
    features, flow = guest.configuration.features, guest.flow
    offer = guest.session.private.offer
    if offer is None or offer.subscription != id:
        wanted = flow.subscription_update_confirm if flow is not None else None
        if wanted is None or wanted.subscription != id:
            return False
        subscription = own_subscription(tx, guest, id)
        [item], discounts = wanted.items, wanted.discounts or []
        offer = new_offer(
            tx, features, subscription, item.price or "",
            None if item.quantity is UNSET else item.quantity,
            codes=[each.promotion_code for each in discounts if each.promotion_code],
            coupons=[each.coupon for each in discounts if each.coupon],
        )  # fmt: skip
        guest.session.private.offer = _costed(tx, guest, offer)
        return True
    reason = why_no_update(tx, features, own_subscription(tx, guest, id))
    if reason is not None:
        raise InvalidRequest(reason)
    cost = show(tx, features, id, offer)
    if tx.now > offer.at + OFFER_SECONDS // 2 or cost.figures != offer.figures:
        offer.at = tx.now
        guest.session.private.offer = _costed(tx, guest, offer)
    return True


def _choices(stay: Stay, tx: UnitOfWork, guest: Guest) -> dict[str, Any]:
    id, language = stay.visit.parts[4], stay.language
    subscription = own_subscription(tx, guest, id)
    features = guest.configuration.features
    reason = why_no_update(tx, features, subscription)
    if reason is not None:
        raise InvalidRequest(reason)
    offered = options(tx, features, subscription)
    [item] = subscription.items.data
    intervals = list(dict.fromkeys(each.interval for each in offered))
    wanted = stay.visit.query.get("every", "")
    shown = {f"{unit}-{count}": (unit, count) for unit, count in intervals}
    interval = shown.get(wanted, item.interval if item.interval in intervals else intervals[0])
    chosen = stay.visit.form.get("price", item.price.id)
    return {
        "title": stay.text("Update your plan"),
        "id": id,
        "intervals": [
            (key, interval_name(language, each), each == interval) for key, each in shown.items()
        ],
        "options": [
            {
                "id": each.price.id,
                "name": each.product.name,
                "description": each.product.description,
                "features": [one.name for one in each.product.marketing_features],
                "price": price_text(language, each.terms, subscription.currency, each.interval,
                                    each.product.unit_label),
                "current": each.current,
                "chosen": each.price.id == chosen,
                "quantity": each.quantity,
            }
            for each in offered
            if each.interval == interval
        ],
        "quantity": stay.visit.form.get("quantity", str(item.units)),
        "takes_codes": "promotion_code" in features.subscription_update.default_allowed_updates,
    }  # fmt: skip


def _shown(stay: Stay, tx: UnitOfWork, guest: Guest, id: str) -> dict[str, Any]:
    """Return what a change leads to, as its page tells it."""
    language, features = stay.language, guest.configuration.features
    offer = _offer(guest, id)
    shown = show(tx, features, id, offer)
    present = plan(tx, guest, id, language)
    subscription = tx.get(Subscription, id)
    feature = features.subscription_update
    product = shown.option.product
    return {
        "title": stay.text("Confirm your update"),
        "id": id,
        "same": shown.option.current and present.name == _name(shown.quantity, product.name),
        "present": present,
        "wanted": {
            "name": _name(shown.quantity, product.name),
            "price": f"{language.amount(shown.price, subscription.currency)}"
            f" {language.every(*shown.option.interval)}",
        },
        "bill": bill(tx, language, shown.now) if shown.now is not None else None,
        "next": bill_of_next(tx, language, shown),
        "later": shown.later,
        "seen": shown.mark,
        "due": shown.due,
        "due_text": language.amount(shown.due, subscription.currency),
        "method": present.method,
        "takes_codes": "promotion_code" in feature.default_allowed_updates
        or (stay.flow is not None and bool(offer.codes)),
        "kept": present.discounts,
        "discounts": [
            coupon_text(language, each, subscription.currency)
            for each in coupons_of(tx, offer)
        ],
        "fixed": stay.flow is not None and stay.flow.type == "subscription_update_confirm",
        "code": "",
        "code_error": None,
    }  # fmt: skip


def _name(quantity: int, product: str) -> str:
    return f"{quantity} × {product}" if quantity > 1 else product


def _number(text: str) -> int | None:
    """Return a quantity that was typed in, None for none; raise InvalidRequest for no number."""
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidRequest("The quantity must be a number.", param="quantity")
    return int(text) if text else None


def _problem(stay: Stay, error: APIError) -> str:
    if error.param == "quantity":
        return stay.text("This quantity is not possible for this plan.")
    if "no changes" in error.message:
        return stay.text("This is the plan that you have already. Choose another one.")
    return problem_text(stay.language, error)


def _code_problem(stay: Stay, error: APIError) -> str:
    if error.code == "rate_limit":
        return stay.text("Too many codes were tried. Please try again later.")
    if error.code == NOT_FOR_THIS:
        return stay.text("This code is not for this plan.")
    return stay.text("This code is not valid.")
