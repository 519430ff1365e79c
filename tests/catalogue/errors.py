"""Errors: what a refused call answered, in one line to compare with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import stripe


@contextmanager
def refused(
    message: str, *, code: str | None = None, param: str | None = None, status: int = 400
) -> Iterator[None]:
    """Expect an invalid_request_error with exactly this message, code, param and status."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        yield
    error: Any = caught.value
    found = (error.error.message, error.error.code, error.error.param, error.http_status)
    assert found == (message, code, param, status)
