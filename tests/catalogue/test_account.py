"""The own account, how it bills, its files, and the lists that lie outside."""

import io
import json
import urllib.request

import pytest
import stripe

from prorata.resources.outside import LISTS

from .errors import refused

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def upload(name, content):
    file = io.BytesIO(content)
    file.name = name
    return file


def test_the_own_account_is_found_three_ways(client):
    own = client.v1.accounts.retrieve_current()
    assert (own.object, own.charges_enabled, own.country) == ("account", True, "US")
    assert client.v1.accounts.retrieve(own.id).id == own.id
    assert [each.id for each in client.v1.accounts.list()] == [own.id]
    named = client.v1.accounts.retrieve_current(options={"stripe_account": own.id})
    assert named.id == own.id


def test_another_account_is_not_ours(client):
    with pytest.raises(stripe.PermissionError, match="does not have access to account"):
        client.v1.accounts.retrieve("acct_other")


def test_profile_and_branding_change(client):
    own = client.v1.accounts.retrieve_current()
    changed = client.v1.accounts.update(own.id, {
        "business_profile": {"name": "Tea & Co", "support_email": "help@tea.example"},
        "settings": {"branding": {"primary_color": "#00ff00"},
                     "payments": {"statement_descriptor": "TEA AND CO"}},
        "metadata": {"a": "b"},
    })  # fmt: skip
    assert changed.business_profile.name == "Tea & Co"
    assert changed.settings.branding.primary_color == "#00ff00"
    assert changed.settings.payments.statement_descriptor == "TEA AND CO"
    with refused(
        "The parameter `capabilities` is not supported: leave it out of the request.",
        param="capabilities",
    ):
        client.v1.accounts.update(own.id, {"capabilities": {"transfers": {"requested": True}}})


@pytest.mark.parametrize(("below", "name", "value"), [
    ("business_profile", "annual_revenue", {"amount": 5, "currency": "usd"}),
    ("settings", "payouts", {"debit_negative_balances": True}),
])  # fmt: skip
def test_what_is_not_supported_is_named_by_its_whole_path(client, below, name, value):
    own = client.v1.accounts.retrieve_current()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.accounts.update(own.id, {below: {name: value}})
    assert raised.value.param == f"{below}[{name}]"


@pytest.mark.parametrize(("name", "wrong", "code"), [
    ("support_url", "javascript:alert(1)", "url_invalid"), ("url", "tea", "url_invalid"),
    ("support_email", "help", "email_invalid"),
])  # fmt: skip
def test_customers_are_led_to_pages_and_addresses_alone(client, name, wrong, code):
    own = client.v1.accounts.retrieve_current()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.accounts.update(own.id, {"business_profile": {name: wrong}})
    assert (raised.value.code, raised.value.param) == (code, f"business_profile[{name}]")


def settings(server, **changes):
    body = "&".join(f"{name}={value}" for name, value in changes.items()).encode() or None
    request = urllib.request.Request(
        f"{server.url}/v1/prorata/settings",
        data=body,
        headers={"Authorization": f"Bearer {server.secret_key}"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def test_how_the_account_bills_can_be_changed(server):
    before = settings(server)
    assert before["retry_tries"] == 8
    assert before["subscription_final_state"] == "cancel"
    assert before["draft_seconds"] == 3600
    after = settings(server, retry_tries=4, retry_window_days=21, invoice_numbering="account")
    assert (after["retry_tries"], after["retry_window_days"]) == (4, 21)
    assert settings(server)["invoice_numbering"] == "account"


def test_a_file_is_kept_and_linked(client, server):
    file = client.v1.files.create({
        "purpose": "dispute_evidence", "file": upload("receipt.png", PNG),
        "file_link_data": {"create": True},
    })  # fmt: skip
    assert (file.type, file.size, file.filename) == ("png", len(PNG), "receipt.png")
    request = urllib.request.Request(
        file.url, headers={"Authorization": f"Bearer {server.secret_key}"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.read() == PNG
        assert answer.headers["content-type"] == "image/png"
    link = client.v1.file_links.create({"file": file.id})
    assert link.expired is False
    ended = client.v1.file_links.update(link.id, {"expires_at": "now"})
    assert ended.expired is True
    listed = client.v1.file_links.list({"file": file.id, "expired": False})
    assert len(listed.data) == 1
    assert client.v1.files.list({"purpose": "dispute_evidence"}).data[0].id == file.id


def test_what_a_file_refuses(client):
    with pytest.raises(stripe.InvalidRequestError, match="must be a PNG or JPEG"):
        client.v1.files.create({"purpose": "business_icon", "file": upload("a.txt", b"hello")})
    with pytest.raises(stripe.InvalidRequestError, match="Invalid purpose"):
        client.v1.files.create({"purpose": "holiday", "file": upload("a.png", PNG)})


@pytest.mark.parametrize("path", LISTS)
def test_lists_outside_billing_are_empty(client, path):
    required = {
        name.rstrip("!").partition(":")[0]: {"type": "account"} if ":any" in name else "x"
        for name in LISTS[path].split()
        if name.endswith("!")
    }
    answer = json.loads(client.raw_request("get", path, limit=5, **required).body)
    assert answer == {"object": "list", "data": [], "has_more": False, "url": path}


def test_lists_outside_billing_check_their_filters(client):
    with refused("Received unknown parameter: colour", code="parameter_unknown",
                 param="colour"):  # fmt: skip
        client.raw_request("get", "/v1/payouts", colour="red")
    with refused("Missing required param: card.", code="parameter_missing", param="card"):
        client.raw_request("get", "/v1/issuing/tokens")
    with refused("Invalid type: must be one of capture or refund", param="type"):
        client.raw_request("get", "/v1/issuing/transactions", type="gift")
    assert client.v1.topups.list({"amount": {"gte": 5}}).data == []
