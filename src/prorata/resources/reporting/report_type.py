"""Report types: which reports can be run, and of which time there is data."""

from msgspec import Struct


class ReportType(Struct, tag_field="object", tag="reporting.report_type", kw_only=True):
    """One kind of report; it is known, not stored."""

    id: str
    data_available_end: int
    data_available_start: int
    default_columns: list[str] | None
    livemode: bool
    name: str
    updated: int
    version: int
