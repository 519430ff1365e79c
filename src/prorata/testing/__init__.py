"""What we ship to testers: a running server in two lines."""

from typing import Any

__all__ = ["RunningServer", "running"]


def __getattr__(name: str) -> Any:
    # The pytest plugin lives here: it must cost nothing where Prorata is only installed.
    if name in __all__:
        from prorata.testing import live_server

        return getattr(live_server, name)
    raise AttributeError(name)
