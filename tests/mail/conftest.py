"""Fixtures of mails: a server whose mails are kept, one that sends them, and a post office."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mail.post_office import PostOffice, post_office
from mail.seller import Seller
from prorata.worker.smtp_settings import SmtpSettings
from servers import running

SENDER = "billing@shop.example"


def smtp_to(office: PostOffice) -> SmtpSettings:
    """Return settings that send the mails of test mode to an office."""
    return SmtpSettings("127.0.0.1", office.port, SENDER, tls="none", test_mode=True, timeout=30)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as found:
        yield found


@pytest.fixture
def seller() -> Iterator[Seller]:
    """A seller with a name and a clocked customer; mails are kept."""
    with running() as server:
        yield Seller(server)


@pytest.fixture
def sending(office: PostOffice) -> Iterator[Seller]:
    """A seller whose mails go to the office."""
    with running(smtp=smtp_to(office)) as server:
        yield Seller(server)
