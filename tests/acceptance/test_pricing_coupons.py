"""Coupons and promotion codes: what they may be, who may redeem them, and when they end."""

import pytest

from acceptance.till import DAY, Till, at, refused

MONTHLY = {"interval": "month"}


@pytest.fixture
def coupon(client):
    return lambda **params: client.v1.coupons.create(params)


@pytest.fixture
def code(client):
    def make(coupon, **params):
        return client.v1.promotion_codes.create(
            {"promotion": {"type": "coupon", "coupon": coupon.id}, **params}
        )

    return make


def test_a_coupon_with_nothing_but_a_percentage(coupon):
    made = coupon(percent_off=12.5).to_dict()

    assert made == {
        "id": made["id"], "object": "coupon", "amount_off": None, "created": made["created"],
        "currency": None, "duration": "once", "duration_in_months": None, "livemode": False,
        "max_redemptions": None, "metadata": {}, "name": None, "percent_off": 12.5,
        "redeem_by": None, "times_redeemed": 0, "valid": True,
    }  # fmt: skip
    assert len(made["id"]) == 8 and made["id"].isalnum()


def test_what_a_coupon_cannot_be(coupon):
    assert refused(coupon, amount_off=5) == (
        400, None, "currency", "You must pass currency when passing amount_off"
    )  # fmt: skip
    assert refused(coupon, percent_off=5, currency_options={"eur": {"amount_off": 5}}) == (
        400, None, "currency_options",
        "You may only specify one of these parameters: currency_options, percent_off.",
    )  # fmt: skip
    assert refused(coupon, percent_off=5, duration="repeating") == (
        400, None, "duration",
        "The duration_in_months param must be set when creating a coupon with a repeating"
        " duration",
    )  # fmt: skip
    assert refused(coupon, percent_off=0) == (
        400, None, "percent_off",
        "This value must be greater than or equal to 0.01 (it currently is '0.0').",
    )  # fmt: skip
    assert refused(coupon)[3] == "Must provide percent_off or amount_off."
    taken = coupon(percent_off=5, id="SPRING")
    assert taken.id == "SPRING"
    assert refused(coupon, percent_off=5, id="SPRING")[:2] == (400, "resource_already_exists")
    assert refused(coupon, percent_off=5, id="SPRING")[3] == "Coupon already exists."
    for params in (
        {"percent_off": 101}, {"percent_off": 5.555}, {"percent_off": 5, "name": "n" * 41},
        {"percent_off": 5, "amount_off": 5, "currency": "usd"},
        {"amount_off": 0, "currency": "usd"},
        {"percent_off": 5, "redeem_by": 1_000_000_000},
        {"percent_off": 5, "redeem_by": at("2040-01-01")},
        {"percent_off": 5, "max_redemptions": 0},
        {"percent_off": 5, "duration": "repeating", "duration_in_months": 0},
    ):  # fmt: skip
        assert refused(coupon, **params)[0] == 400, params


def test_what_of_a_coupon_may_change(client, coupon):
    made = coupon(amount_off=500, currency="usd")

    changed = client.v1.coupons.update(
        made.id,
        {"name": "Spring", "metadata": {"a": "b"},
         "currency_options": {"eur": {"amount_off": 450}}},
    )  # fmt: skip

    assert (changed.name, changed.metadata.to_dict()) == ("Spring", {"a": "b"})
    shown = client.v1.coupons.retrieve(made.id, {"expand": ["currency_options"]})
    assert shown.currency_options.to_dict()["eur"] == {"amount_off": 450}
    for name, value in {"amount_off": 5, "percent_off": 5, "duration": "forever"}.items():
        assert refused(client.v1.coupons.update, made.id, {name: value})[:2] == (
            400, "parameter_unknown"
        ), name  # fmt: skip
    assert refused(client.v1.coupons.retrieve, "none") == (
        404, "resource_missing", "coupon", "No such coupon: 'none'"
    )  # fmt: skip


def test_a_coupon_is_used_up(client, coupon):
    till = Till(client)
    twice = coupon(percent_off=10, max_redemptions=2)
    for _ in range(2):
        till.draft(1000, discounts=[{"coupon": twice.id}])

    shown = client.v1.coupons.retrieve(twice.id)
    assert (shown.times_redeemed, shown.valid) == (2, False)
    assert refused(till.draft, 1000, discounts=[{"coupon": twice.id}])[0] == 400


def test_a_code_with_nothing_but_a_coupon(code, coupon):
    of = coupon(percent_off=10)

    made = code(of).to_dict()

    assert made == {
        "id": made["id"], "object": "promotion_code", "active": True, "code": made["code"],
        "created": made["created"], "customer": None, "customer_account": None, "expires_at": None,
        "livemode": False, "max_redemptions": None, "metadata": {},
        "promotion": {"type": "coupon", "coupon": of.id},
        "restrictions": {"first_time_transaction": False, "minimum_amount": None,
                         "minimum_amount_currency": None},
        "times_redeemed": 0,
    }  # fmt: skip
    assert len(made["code"]) == 8 and made["code"] == made["code"].upper()
    assert made["id"].startswith("promo_1")


def test_codes_are_unique_whatever_their_case(client, code, coupon):
    of = coupon(percent_off=10)
    first = code(of, code="Summer_26-x")
    assert refused(code, of, code="SUMMER_26-X") == (
        400, None, None, "An active promotion code with `code: SUMMER_26-X` already exists."
    )  # fmt: skip
    found = client.v1.promotion_codes.list({"code": "summer_26-x"}).data
    assert [each.id for each in found] == [first.id]
    client.v1.promotion_codes.update(first.id, {"active": False})
    assert code(of, code="SUMMER_26-X").active is True
    status, _, param, message = refused(code, of, code="no spaces")
    assert (status, param) == (400, "code")
    assert r"\A[a-zA-Z0-9\-_]+\z" in message


def test_what_a_code_cannot_be(client, code, coupon):
    create = client.v1.promotion_codes.create
    assert refused(create, {"promotion": {"type": "coupon"}}) == (
        400, None, "promotion.coupon", "You must pass promotion.coupon when passing promotion"
    )  # fmt: skip
    assert refused(create, {"promotion": {"type": "coupon", "coupon": "none"}}) == (
        400, "resource_missing", "promotion[coupon]", "No such coupon: 'none'"
    )  # fmt: skip
    limited = coupon(percent_off=10, max_redemptions=5, redeem_by=at("2027-06-01"))
    assert refused(code, limited, max_redemptions=6)[0] == 400
    assert refused(code, limited, expires_at=at("2027-06-02"))[0] == 400
    assert code(limited, max_redemptions=5, expires_at=at("2027-06-01")).active is True
    assert refused(code, limited, restrictions={"minimum_amount": 500})[0] == 400
    assert refused(client.v1.promotion_codes.retrieve, "promo_none") == (
        404, "resource_missing", "promotion_code", "No such promotion code: 'promo_none'"
    )  # fmt: skip


def subscribe(client, till, code, amount=1000):
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": amount, "product_data": {"name": "B"},
         "recurring": MONTHLY}
    ).id  # fmt: skip
    return client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price}],
         "discounts": [{"promotion_code": code.id}]}
    )  # fmt: skip


def test_a_code_for_newcomers_only(client, code, coupon):
    of = coupon(percent_off=10)
    newcomers = code(of, restrictions={"first_time_transaction": True})
    till = Till(client)
    subscribe(client, till, newcomers)
    assert till.invoices()[0].total == 900

    status, _, param, message = refused(subscribe, client, till, newcomers)

    assert (status, param) == (400, "discounts[0][promotion_code]")
    assert message == (
        "This promotion code cannot be redeemed because the associated customer has prior"
        " transactions."
    )
    assert client.v1.promotion_codes.retrieve(newcomers.id).times_redeemed == 1


def test_a_code_with_a_minimum_is_checked_when_it_is_redeemed(client, code, coupon):
    of = coupon(percent_off=10)
    large = code(
        of, restrictions={"minimum_amount": 1500, "minimum_amount_currency": "usd"}
    )

    status, _, param, message = refused(subscribe, client, Till(client), large)
    assert (status, param) == (400, "discounts[0][promotion_code]")
    assert message == (
        "This promotion code cannot be redeemed because the associated purchase does not meet"
        " the minimum amount requirement."
    )
    till = Till(client)
    subscription = subscribe(client, till, large, amount=1500)
    assert till.invoices()[0].total == 1350
    update = client.v1.subscriptions.update
    assert refused(update, subscription.id, {"discounts": [{"promotion_code": large.id}]})[0] == 400
    assert refused(till.item, 2000, discounts=[{"promotion_code": large.id}])[0] == 400


def test_a_code_of_one_customer(client, code, coupon):
    of = coupon(percent_off=10)
    owner = Till(client)
    personal = code(of, customer=owner.customer)

    assert refused(subscribe, client, Till(client), personal)[0] == 400
    subscribe(client, owner, personal)
    assert owner.invoices()[0].total == 900


def test_codes_end_with_their_date_their_count_and_their_coupon(client, code, coupon):
    of = coupon(percent_off=10)
    once = code(of, max_redemptions=1)
    subscribe(client, Till(client), once)
    shown = client.v1.promotion_codes.retrieve(once.id)
    assert (shown.active, shown.times_redeemed) == (False, 1)
    assert refused(client.v1.promotion_codes.update, once.id, {"active": True})[0] == 400
    assert refused(subscribe, client, Till(client), once)[0] == 400
    other = code(of)
    client.v1.coupons.delete(of.id)
    assert client.v1.promotion_codes.retrieve(other.id).active is False
    assert refused(client.v1.promotion_codes.update, other.id, {"active": True})[0] == 400
    assert refused(subscribe, client, Till(client), other)[0] == 400


def test_a_customer_on_a_clock_redeems_by_its_own_time(client, code, coupon):
    till = Till(client, on="2026-12-01")
    early = coupon(percent_off=10, redeem_by=at("2027-01-01"))
    till.draft(1000, discounts=[{"coupon": early.id}])

    till.advance(60 * DAY)

    assert refused(till.draft, 1000, discounts=[{"coupon": early.id}])[0] == 400


def test_statuses_are_refused_by_their_list(client):
    assert refused(client.v1.invoices.list, {"status": "nope"}) == (
        400, None, "status",
        "Invalid status: must be one of draft, open, void, paid, or uncollectible",
    )  # fmt: skip
