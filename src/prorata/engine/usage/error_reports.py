"""Error reports: thin events that tell which usage events were not counted, and why.

One report for each meter and transaction; what names no meter at all is told of by itself.
"""

from collections.abc import Iterable
from typing import Any

from prorata.engine.usage.intake import Arrival, Fault
from prorata.model.fields import instant_text
from prorata.model.transaction import Tx
from prorata.resources.billing.meter import Meter

SAMPLES = 5
TRIGGERED = "v1.billing.meter.error_report_triggered"
NO_METER_FOUND = "v1.billing.meter.no_meter_found"


def report(tx: Tx, faults: Iterable[tuple[Arrival, Fault]]) -> None:
    """Tell of events that are not counted."""
    by_meter: dict[str | None, list[tuple[Arrival, Fault]]] = {}
    for arrival, fault in faults:
        by_meter.setdefault(fault.meter, []).append((arrival, fault))
    for meter, found in by_meter.items():
        data = _data(tx, found)
        if meter is None:
            tx.emit_thin(NO_METER_FOUND, data=data)
        else:
            tx.emit_thin(TRIGGERED, tx.get(Meter, meter), data)


def _data(tx: Tx, faults: list[tuple[Arrival, Fault]]) -> dict[str, Any]:
    types: dict[str, list[tuple[Arrival, Fault]]] = {}
    for arrival, fault in faults:
        types.setdefault(fault.code, []).append((arrival, fault))
    count = len(faults)
    return {
        "developer_message_summary": (
            f"There {'is 1 invalid event' if count == 1 else f'are {count} invalid events'}"
        ),
        "reason": {
            "error_count": count,
            "error_types": [
                {
                    "code": code,
                    "error_count": len(found),
                    "sample_errors": [
                        {
                            "error_message": fault.message,
                            "request": {"identifier": arrival.identifier},
                        }
                        for arrival, fault in found[:SAMPLES]
                    ],
                }
                for code, found in types.items()
            ],
        },
        "validation_start": instant_text(tx.real_now),
        "validation_end": instant_text(tx.real_now + 1),
    }
