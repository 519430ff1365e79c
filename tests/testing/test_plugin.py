"""The fixture that other projects' tests use, in a test session that is not ours."""

import subprocess
import sys
from pathlib import Path

PROJECT_TEST = '''
import sys
import stripe


def test_of_a_shop(prorata_server):
    client = stripe.StripeClient(
        prorata_server.secret_key, base_addresses={"api": prorata_server.url}
    )
    assert client.v1.customers.create({"name": "Ada"}).name == "Ada"


def test_begins_with_a_fresh_store(prorata_server):
    client = stripe.StripeClient(
        prorata_server.secret_key, base_addresses={"api": prorata_server.url}
    )
    assert client.v1.customers.list().data == []
'''


def run_pytest(folder: Path, text: str) -> str:
    (folder / "test_shop.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=180,
    )
    return done.stdout + done.stderr


def test_another_projects_tests_get_a_fresh_server_each(tmp_path: Path) -> None:
    assert "2 passed" in run_pytest(tmp_path, PROJECT_TEST)


def test_the_plugin_costs_nothing_where_no_test_asks_for_it(tmp_path: Path) -> None:
    printed = run_pytest(
        tmp_path,
        "import sys\n\ndef test_lean():\n    assert 'prorata.api.application' not in sys.modules\n",
    )
    assert "1 passed" in printed
