"""Killed: a process that dies with a mail in its hands sends it to nobody twice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import stripe

from mail.conftest import SENDER
from mail.post_office import PostOffice
from mail.seller import eventually, read_json


@contextmanager
def development(database: Path, office: PostOffice) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `prorata dev` in a process of its own; give it and its address."""
    environment = {
        **os.environ, "PRORATA_SMTP_HOST": "127.0.0.1", "PRORATA_SMTP_PORT": str(office.port),
        "PRORATA_SMTP_TLS": "none", "PRORATA_MAIL_FROM": SENDER, "PRORATA_MAIL_TEST_MODE": "send",
    }  # fmt: skip
    command = [
        sys.executable, "-c", "from prorata.cli.main import main; main()", "dev", "--port", "0",
        "--database", f"sqlite:///{database}",
    ]  # fmt: skip
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                    yield process, found[0]
                    break
        finally:
            process.kill()


def test_a_killed_process_sends_nothing_twice(tmp_path: Path, office: PostOffice) -> None:
    database = tmp_path / "shop.db"
    office.holds = True
    with development(database, office) as (process, url):
        client = stripe.StripeClient(
            "sk_test_prorata0dev0secret0key00000", base_addresses={"api": url}
        )
        client.v1.charges.create(
            {"amount": 900, "currency": "usd", "source": "tok_visa",
             "receipt_email": "ada@example.com"}
        )  # fmt: skip
        assert office.arrived.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait()
    office.holds = False
    office.released.set()
    with development(database, office) as (_, url):
        mail = eventually(
            lambda: [
                each for each in read_json(url, "/_prorata/mails")["data"]
                if each["state"] == "unknown"
            ]
        )[0]  # fmt: skip
        assert mail["attempts"] == 1 and len(office.mails) == 1
        client = stripe.StripeClient(
            "sk_test_prorata0dev0secret0key00000", base_addresses={"api": url}
        )
        client.raw_request("post", f"/v1/prorata/mails/{mail['id']}/resend")
        eventually(lambda: len(office.mails) == 2)
