"""Invoice rendering templates: how invoices look; the API lists them and puts them away."""

from typing import Literal

from msgspec import UNSET, UnsetType

from prorata.model.errors import no_such
from prorata.model.fields import Metadata
from prorata.model.operation import operation
from prorata.model.params import Params, given
from prorata.model.resource import Resource, column, matches, resource
from prorata.model.transaction import Tx


@resource(
    prefix="inrtem",
    path="/v1/invoice_rendering_templates",
    operations=("list",),
    columns=(column("status"),),
    filters=(matches("status", choices=("active", "archived")),),
)
class InvoiceRenderingTemplate(Resource, tag="invoice_rendering_template", kw_only=True):
    """A template. Templates are designed by hand, outside of the API."""

    created: int
    livemode: bool
    metadata: Metadata | None = None
    nickname: str | None = None
    status: Literal["active", "archived"] = "active"
    version: int = 1


class TemplateRetrieveParams(Params, kw_only=True):
    version: int | UnsetType = UNSET


@operation("GET /v1/invoice_rendering_templates/{id}")
def retrieve(
    tx: Tx, template: InvoiceRenderingTemplate, params: TemplateRetrieveParams
) -> InvoiceRenderingTemplate:
    """Return a template in its newest version; older ones are not kept."""
    if given(params.version) and params.version != template.version:
        raise no_such(
            f"version {params.version} of invoice_rendering_template", template.id, param="version"
        )
    return template


@operation("POST /v1/invoice_rendering_templates/{id}/archive")
def archive(tx: Tx, template: InvoiceRenderingTemplate) -> InvoiceRenderingTemplate:
    """Put a template away: new invoices can't use it."""
    template.status = "archived"
    return template


@operation("POST /v1/invoice_rendering_templates/{id}/unarchive")
def unarchive(tx: Tx, template: InvoiceRenderingTemplate) -> InvoiceRenderingTemplate:
    """Bring a template back into use."""
    template.status = "active"
    return template
