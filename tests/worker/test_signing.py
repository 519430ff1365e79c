"""A delivery is signed with the whole secret, and with a rolled one while that is still valid."""

from __future__ import annotations

import time

import pytest
import stripe

from prorata.resources.webhooks.webhook_endpoint import EndpointPrivate
from prorata.store.seals import Seals, new_key
from prorata.worker.signing import signature, valid_secrets

BODY = b'{"object":"event","id":"evt_1","type":"invoice.paid"}'


def test_a_known_signature() -> None:
    assert signature(b"{}", ["whsec_test"], 1_492_774_577) == (
        "t=1492774577,v1=0d0602f6611bd2252dd4b74b58a4528355a7380639a15e6cc21e3059d56d5b8b"
    )


@pytest.mark.parametrize("secret", ["whsec_new", "whsec_old"])
def test_receivers_with_the_new_or_the_rolled_secret_accept(secret: str) -> None:
    header = signature(BODY, ["whsec_new", "whsec_old"], int(time.time()))
    assert header.count("v1=") == 2
    assert stripe.Webhook.construct_event(BODY, header, secret).type == "invoice.paid"


def test_an_old_signature_is_refused() -> None:
    header = signature(BODY, ["whsec_new"], int(time.time()) - 301)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(BODY, header, "whsec_new")


def test_a_rolled_secret_signs_until_it_expires() -> None:
    seals = Seals([new_key()])
    new, old = (seals.seal(f"whsec_{each}", "we_1") for each in ("new", "old"))
    private = EndpointPrivate(secret=new, expiring={old: 1_000})
    assert valid_secrets(private, "we_1", seals, 999) == ["whsec_new", "whsec_old"]
    assert valid_secrets(private, "we_1", seals, 1_000) == ["whsec_new"]
