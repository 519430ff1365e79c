"""Invoice rendering templates: how invoices look; the API lists them and puts them away."""

from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import no_such
from prorata.model.fields import Metadata
from prorata.model.operation import operation
from prorata.model.params import Params, given
from prorata.model.resource import Resource, column, matches, resource
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_shape import InvoiceCustomField

TaxDisplay = Literal["exclude_tax", "include_inclusive_tax"]
PageSize = Literal["a4", "auto", "letter"]


class TemplateContent(Struct, kw_only=True, omit_defaults=True):
    """What a template gives to invoices that do not say otherwise themselves."""

    amount_tax_display: TaxDisplay | None = None
    custom_fields: list[InvoiceCustomField] = []
    description: str | None = None
    footer: str | None = None
    page_size: PageSize | None = None


class TemplatePrivate(Struct, kw_only=True, omit_defaults=True):
    """versions: the content of each version, from the first to the newest."""

    versions: list[TemplateContent] = []


@resource(
    prefix="inrtem",
    path="/v1/invoice_rendering_templates",
    operations=("list",),
    columns=(column("status"),),
    filters=(matches("status", choices=("active", "archived")),),
)
class InvoiceRenderingTemplate(Resource, tag="invoice_rendering_template", kw_only=True):
    """A template. What it holds is written under /v1/prorata/invoice_rendering_templates."""

    Private = TemplatePrivate

    created: int
    livemode: bool
    metadata: Metadata | None = None
    nickname: str | None = None
    status: Literal["active", "archived"] = "active"
    version: int = 1


def content_of(template: InvoiceRenderingTemplate, version: int | None = None) -> TemplateContent:
    """Return what a template holds, or held in an earlier version."""
    versions: list[TemplateContent] = template.private.versions
    number = version or template.version
    return versions[number - 1] if 0 < number <= len(versions) else TemplateContent()


class TemplateRetrieveParams(Params, kw_only=True):
    version: int | UnsetType = UNSET


@operation("GET /v1/invoice_rendering_templates/{id}")
def retrieve(
    tx: Tx, template: InvoiceRenderingTemplate, params: TemplateRetrieveParams
) -> InvoiceRenderingTemplate:
    """Return a template, in its newest version or in one of those before."""
    if not given(params.version) or params.version == template.version:
        return template
    if not 0 < params.version <= len(template.private.versions):
        raise no_such(
            f"version {params.version} of invoice_rendering_template", template.id, param="version"
        )
    return msgspec.structs.replace(template, version=params.version)


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
