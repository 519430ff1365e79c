"""Meter event adjustments: events taken back that were sent by mistake."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.fields import Instant
from prorata.model.operation import operation
from prorata.model.params import Params, given
from prorata.model.transaction import Tx
from prorata.resources.billing.meter import Meter
from prorata.store.usage import identifier_digest

Name = Annotated[str, Meta(max_length=100)]


class MeterEventAdjustmentCancel(Struct, kw_only=True):
    identifier: str


class MeterEventAdjustment(
    Struct, tag_field="object", tag="billing.meter_event_adjustment", kw_only=True
):
    """What was taken back: an event, by its identifier."""

    cancel: MeterEventAdjustmentCancel
    event_name: str
    livemode: bool
    status: Literal["complete", "pending"]
    type: Literal["cancel"]


class MeterEventAdjustmentV2(
    Struct, tag_field="object", tag="v2.billing.meter_event_adjustment", kw_only=True
):
    """The same, below /v2."""

    id: str
    cancel: MeterEventAdjustmentCancel
    created: Instant
    event_name: str
    livemode: bool
    status: Literal["complete", "pending"]
    type: Literal["cancel"]


class CancelParams(Params, kw_only=True):
    identifier: Name | UnsetType = UNSET


class MeterEventAdjustmentCreateParams(Params, kw_only=True):
    cancel: CancelParams | UnsetType = UNSET
    event_name: Name
    type: Literal["cancel"]


class CancelV2Params(Params, kw_only=True):
    identifier: Name


class MeterEventAdjustmentV2CreateParams(Params, kw_only=True):
    cancel: CancelV2Params
    event_name: Name
    type: Literal["cancel"]


@operation("POST /v1/billing/meter_event_adjustments")
def create(tx: Tx, params: MeterEventAdjustmentCreateParams) -> MeterEventAdjustment:
    """Take back an event that was received within the last 24 hours; it counts no more at once.

    What was billed for it already stays billed. Raises InvalidRequest for an event that is not
    there, was received earlier or is taken back already.
    """
    if not given(params.cancel) or not given(params.cancel.identifier):
        raise missing_param("cancel[identifier]")
    cancel = _cancel(tx, params.event_name, params.cancel.identifier)
    return MeterEventAdjustment(
        cancel=cancel,
        event_name=params.event_name,
        livemode=tx.book.livemode,
        status="complete",
        type=params.type,
    )


@operation("POST /v2/billing/meter_event_adjustments")
def create_v2(tx: Tx, params: MeterEventAdjustmentV2CreateParams) -> MeterEventAdjustmentV2:
    """Take back an event, as below /v1."""
    return MeterEventAdjustmentV2(
        id=tx.id("mtr_event_adj"),
        cancel=_cancel(tx, params.event_name, params.cancel.identifier),
        created=tx.now,
        event_name=params.event_name,
        livemode=tx.book.livemode,
        status="complete",
        type=params.type,
    )


def _cancel(tx: Tx, event_name: str, identifier: str) -> MeterEventAdjustmentCancel:
    if not tx.select(Meter, event_name=event_name, limit=1):
        raise InvalidRequest(
            f"No meter found for event name {event_name}.", code="no_meter", param="event_name"
        )
    if not tx.usage.cancel(identifier_digest(tx.book.key, event_name, identifier)):
        raise InvalidRequest(
            f"No event with the identifier {identifier} can be canceled: events can be canceled"
            " once, within 24 hours of being received.",
            param="cancel[identifier]",
        )
    return MeterEventAdjustmentCancel(identifier=identifier)
