"""Feedback options: reasons of one's own that customers may give when they leave."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import Params, assign
from prorata.model.resource import Resource, column, matches, resource
from prorata.model.transaction import Tx

Description = Annotated[str, Meta(max_length=100)]


class FeedbackOptionStatusTransitions(Struct, kw_only=True):
    deactivated_at: int | None = None


@resource(
    prefix="bfo",
    path="/v1/billing/feedback_options",
    columns=(column("status"),),
    filters=(matches("status", choices=("active", "inactive")),),
    missing_name="feedback option",
)
class FeedbackOption(Resource, tag="billing.feedback_option", kw_only=True):
    """A reason to leave. One that is inactive stays where it was given, and is offered no more."""

    description: str
    livemode: bool
    status: Literal["active", "inactive"] = "active"
    status_transitions: FeedbackOptionStatusTransitions


class FeedbackOptionCreateParams(Params, kw_only=True):
    description: Description


class FeedbackOptionUpdateParams(Params, kw_only=True):
    description: Description | UnsetType = UNSET


@operation("POST /v1/billing/feedback_options")
def create(tx: Tx, params: FeedbackOptionCreateParams) -> FeedbackOption:
    """Create an active option."""
    return tx.add(
        FeedbackOption(
            id=tx.new_id(FeedbackOption),
            description=params.description,
            livemode=tx.book.livemode,
            status_transitions=FeedbackOptionStatusTransitions(),
        )
    )


@operation("POST /v1/billing/feedback_options/{id}")
def update(tx: Tx, option: FeedbackOption, params: FeedbackOptionUpdateParams) -> FeedbackOption:
    """Change the text of an option."""
    assign(option, params)
    return option


@operation("POST /v1/billing/feedback_options/{id}/deactivate")
def deactivate(tx: Tx, option: FeedbackOption) -> FeedbackOption:
    """Offer an option no more; raise InvalidRequest for one that is inactive already."""
    if option.status != "active":
        raise InvalidRequest("You can only deactivate a feedback option that is active.")
    option.status = "inactive"
    option.status_transitions.deactivated_at = tx.now
    return option


def check_offered(tx: Tx, id: str, param: str) -> None:
    """Raise unless a customer can give this option as a reason: it exists and is active."""
    if tx.get(FeedbackOption, id, param=param).status != "active":
        raise InvalidRequest(f"The feedback option {id} is not active.", param=param)
