"""Documents in the newest form, and a reader that finds them."""

from copy import deepcopy
from types import SimpleNamespace

from prorata.model.resource import REGISTRY

PRICE = {
    "id": "price_1", "object": "price", "active": True, "billing_scheme": "per_unit",
    "created": 1, "currency": "usd", "livemode": False, "lookup_key": None, "metadata": {},
    "nickname": None, "product": "prod_1", "tiers_mode": None, "transform_quantity": None,
    "type": "recurring", "unit_amount": 1000, "unit_amount_decimal": "1000",
    "recurring": {"interval": "month", "interval_count": 1, "meter": None,
                  "trial_period_days": None, "usage_type": "licensed"},
}
PLAN = {
    "id": "price_1", "object": "plan", "active": True, "aggregate_usage": None, "amount": 1000,
    "amount_decimal": "1000", "billing_scheme": "per_unit", "created": 1, "currency": "usd",
    "interval": "month", "interval_count": 1, "livemode": False, "metadata": {}, "meter": None,
    "nickname": None, "product": "prod_1", "tiers_mode": None, "transform_usage": None,
    "trial_period_days": None, "usage_type": "licensed",
}
COUPON = {"id": "HALF", "object": "coupon", "percent_off": 50.0}
RATE = {"id": "txr_1", "object": "tax_rate", "percentage": 20.0}
DISCOUNT = {"id": "di_1", "object": "discount", "source": {"type": "coupon", "coupon": "HALF"}}
OLD_DISCOUNT = {"id": "di_1", "object": "discount", "coupon": COUPON}
INTENT = {"id": "pi_1", "object": "payment_intent", "latest_charge": "ch_1"}
CHARGE = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "disputed": True}
DISPUTE = {"id": "dp_1", "object": "dispute", "charge": "ch_1"}
REFUND = {"id": "re_1", "object": "refund", "charge": "ch_1"}
PAYMENT = {"id": "inpay_1", "object": "invoice_payment", "invoice": "in_1", "is_default": True,
           "status": "paid", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}}
INVOICE = {"id": "in_1", "object": "invoice", "status": "paid", "amount_due": 1000,
           "attempted": True, "attempt_count": 1}


class Books:
    """A reader over a few documents that counts its queries."""

    def __init__(self, *documents):
        self.queries = []
        documents = documents or (PRICE, COUPON, RATE, DISCOUNT, INTENT, CHARGE, PAYMENT, INVOICE,
                                  DISPUTE, REFUND)
        self.documents = {(each["object"], each["id"]): each for each in documents}

    def load_plain(self, kind, ids):
        ids = list(ids)
        self.queries.append((kind, ids))
        known = [id for id in ids if (kind, id) in self.documents]
        return {id: deepcopy(self.documents[kind, id]) for id in known}

    def select(self, cls, **columns):
        ((column, ids),) = columns.items()
        wanted = cls if isinstance(cls, str) else cls.__struct_config__.tag
        self.queries.append((column, ids))
        return [
            each for (kind, _), each in self.documents.items()
            if kind == wanted
            and (each[column] if column in each else each["payment"].get(column)) in ids
        ]


def register(monkeypatch):
    """Make the kinds of these documents known where no noun of theirs is loaded."""
    for kind in ("price", "coupon", "tax_rate", "discount", "payment_intent", "charge", "invoice",
                 "invoice_payment", "dispute", "refund"):
        monkeypatch.setitem(REGISTRY, kind, SimpleNamespace(cls=kind, includes={}))
