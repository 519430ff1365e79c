"""Report runs: a report that is being made, or was, with the file that it became."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.params import Params
from prorata.model.resource import Resource, resource, within
from prorata.resources.core.file import File


class ReportRunParameters(Struct, kw_only=True):
    """What was asked for, as it was asked for."""

    columns: list[str] | UnsetType = UNSET
    connected_account: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    interval_end: int | UnsetType = UNSET
    interval_start: int | UnsetType = UNSET
    payout: str | UnsetType = UNSET
    reporting_category: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET


def due(run: "ReportRun") -> int | None:
    """Return since when a run waits to be made."""
    return run.created if run.status == "pending" else None


@resource(
    prefix="frr",
    path="/v1/reporting/report_runs",
    filters=(within("created"),),
    due=due,
    missing_name="report run",
    missing_param="report_run",
)
class ReportRun(Resource, tag="reporting.report_run", kw_only=True):
    """One making of a report. A worker makes it; its result is a file of CSV."""

    created: int
    error: str | None = None
    livemode: bool
    parameters: ReportRunParameters
    report_type: str
    result: File | None = None
    status: Literal["failed", "pending", "succeeded"] = "pending"
    succeeded_at: int | None = None


class ReportRunParametersParams(Params, kw_only=True):
    columns: list[str] | UnsetType = UNSET
    connected_account: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    interval_end: int | UnsetType = UNSET
    interval_start: int | UnsetType = UNSET
    payout: str | UnsetType = UNSET
    reporting_category: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET


class ReportRunCreateParams(Params, kw_only=True):
    parameters: ReportRunParametersParams | UnsetType = UNSET
    report_type: str
