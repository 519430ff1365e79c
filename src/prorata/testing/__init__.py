"""What we ship to testers: a running server in two lines, and a shop that reads like a story."""

from prorata.testing.running import RunningServer, running

__all__ = ["RunningServer", "running"]
