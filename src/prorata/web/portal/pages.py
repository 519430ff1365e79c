"""Pages: which function answers which address of the portal."""

from typing import Any

from starlette.responses import Response

from prorata.engine.portal.open_session import Guest
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.site import Routes
from prorata.web.portal import change, details, home, leave, login, methods, rest
from prorata.web.portal.stay import Stay, inside

ROOT = ("p", "session", "*")
PLAN = (*ROOT, "subscriptions", "*")
METHOD = (*ROOT, "payment-methods", "*")
UPDATES = ("subscription_update", "subscription_update_confirm")
# A card may be added on the way of a change, too.
ADDING = ("payment_method_update", *UPDATES)


def done(stay: Stay) -> Response:
    """Answer that a flow is done."""

    def gather(tx: UnitOfWork, guest: Guest) -> dict[str, Any]:
        flow = guest.session.flow
        after = flow.after_completion if flow is not None else None
        confirmation = after.hosted_confirmation if after is not None else None
        back = after.redirect.return_url if after is not None and after.redirect else None
        notice = home.notice(stay.language, stay.visit.query.get("done", ""))
        return {
            "title": notice or stay.text("All done"),
            "text": confirmation.custom_message if confirmation is not None else None,
            "return_url": back or guest.return_url,
        }

    return stay.show("portal/done.html", gather)


def go_home(stay: Stay) -> Response:
    """Send somebody on who looks at an address that is only for forms."""
    return stay.to()


ROUTES: Routes = {
    ("GET", "p", "login", "*"): login.login,
    ("POST", "p", "login", "*"): login.ask,
    ("GET", *ROOT): inside(home.home),
    # A session that is over is asked for a new link.
    ("POST", *ROOT): inside(home.home),
    ("GET", *ROOT, "done"): inside(done, "done"),
    ("GET", *ROOT, "details"): inside(details.details, "customer_update"),
    ("POST", *ROOT, "details"): inside(details.save, "customer_update"),
    ("GET", *PLAN, "update"): inside(change.update, "subscription_update"),
    ("POST", *PLAN, "update"): inside(change.choose, "subscription_update"),
    ("GET", *PLAN, "confirm"): inside(change.look, *UPDATES),
    ("POST", *PLAN, "confirm"): inside(change.make, *UPDATES),
    ("POST", *PLAN, "code"): inside(change.redeem, *UPDATES),
    ("GET", *PLAN, "returned"): inside(change.returned, *UPDATES),
    ("POST", *PLAN, "drop"): inside(home.drop),
    ("POST", *PLAN, "undo"): inside(home.undo),
    ("GET", *PLAN, "cancel"): inside(leave.cancel, "subscription_cancel"),
    ("POST", *PLAN, "cancel"): inside(leave.end, "subscription_cancel"),
    ("POST", *PLAN, "stay"): inside(leave.accept, "subscription_cancel"),
    ("POST", *PLAN, "renew"): inside(leave.renew),
    ("GET", *PLAN, "pause"): inside(rest.pause, "subscription_pause"),
    ("POST", *PLAN, "pause"): inside(rest.stand_still, "subscription_pause"),
    ("GET", *PLAN, "resume"): inside(rest.resume),
    ("POST", *PLAN, "resume"): inside(rest.go_on),
    ("GET", *PLAN, "resumed"): inside(rest.resumed),
    ("GET", *PLAN, "pay-with"): inside(methods.choose_for),
    ("POST", *PLAN, "pay-with"): inside(methods.pay_with),
    ("GET", *ROOT, "payment-methods", "add"): inside(methods.add, *ADDING),
    ("POST", *ROOT, "payment-methods", "add"): inside(methods.save, *ADDING),
    ("GET", *ROOT, "payment-methods", "returned"): inside(methods.returned, *ADDING),
    ("POST", *METHOD, "default"): inside(methods.choose_default),
    ("GET", *METHOD, "remove"): inside(methods.ask_remove),
    ("POST", *METHOD, "remove"): inside(methods.take_away),
    **{("GET", *PLAN, deed): inside(go_home) for deed in ("drop", "undo", "stay", "renew")},
    ("GET", *PLAN, "code"): inside(change.look, *UPDATES),
    ("GET", *METHOD, "default"): inside(go_home),
}
