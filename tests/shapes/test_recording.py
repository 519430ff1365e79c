"""A test that receives an answer of a wrong shape fails, whatever else it asserts."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

STORY = """
import json
import pytest
import stripe

class Canned(stripe.HTTPClient):
    name = "canned"
    def request(self, *args, **kwargs):
        return json.dumps({"object": "coupon", "id": "half"}), 200, {}

def test_wrong():
    stripe.StripeClient("sk_test_x", http_client=Canned()).v1.coupons.retrieve("half")

@pytest.mark.any_shape("the story is about something else")
def test_excused():
    test_wrong()

def test_quiet():
    pass
"""


def test_only_the_test_that_received_it_fails(
    pytester: pytest.Pytester, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = request.config.rootpath / "tests"
    pytester.makeconftest((tests / "conftest.py").read_text())
    pytester.makepyfile(STORY)
    monkeypatch.setenv("PYTHONPATH", str(tests))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*GET /v1/coupons/half -> 200*$.duration: missing*"])
