"""2024-12-18.acacia: what an account says of its size is shown to those who may see it."""

from prorata.wire.versions.change import Change, Node, Step, hash_at
from prorata.wire.versions.related import Related

OF_SIZE = ("annual_revenue", "estimated_worker_count")


def _lower_profile(account: Node, related: Related) -> None:
    profile = hash_at(account, "business_profile")
    if profile is not None:
        for name in OF_SIZE:
            profile.setdefault(name, None)


STEP = Step(
    "2024-12-18.acacia",
    (
        Change(
            "`annual_revenue` and `estimated_worker_count` of an account may be left out; they"
            " were always there.",
            lowers={"account": _lower_profile},
        ),
    ),
)
