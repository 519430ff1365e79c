"""Quote paper: the PDF of a quote, written by whoever can typeset."""

from collections.abc import Callable

from prorata.model.errors import InvalidRequest, NotSupported
from prorata.model.operation import Binary, operation
from prorata.model.transaction import Tx
from prorata.resources.billing.quote import Quote
from prorata.resources.billing.quote_params import QuoteEmptyParams

Writer = Callable[[Tx, Quote], Binary]
WRITERS: list[Writer] = []


def writes_quotes(writer: Writer) -> Writer:
    """Register the function that typesets quotes; it stands above the engine."""
    WRITERS.append(writer)
    return writer


@operation("GET /v1/quotes/{id}/pdf")
def pdf(tx: Tx, quote: Quote, params: QuoteEmptyParams) -> Binary:
    """Return a quote that was finalized as a PDF."""
    if quote.number is None:
        raise InvalidRequest("Only a quote that was finalized has a PDF: finalize it first.")
    if not WRITERS:
        raise NotSupported("This process can't typeset papers.")
    return WRITERS[0](tx, quote)
