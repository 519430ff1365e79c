"""Invoice rendering content: what a rendering template holds, written here and nowhere else.

The API that Prorata speaks leaves the design of templates to a person; these are our own paths.
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from prorata.model.fields import Metadata
from prorata.model.operation import operation
from prorata.model.params import Params, fields_given, given, merge_metadata
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_rendering_template import (
    InvoiceRenderingTemplate,
    PageSize,
    TaxDisplay,
    TemplateContent,
    TemplatePrivate,
    content_of,
)
from prorata.resources.billing.invoice_shape import InvoiceCustomField

PATH = "/v1/prorata/invoice_rendering_templates"
Text = Annotated[str, Meta(max_length=5000)]
SHOWN = ("amount_tax_display", "custom_fields", "description", "footer", "page_size")


class InvoiceRenderingContent(
    Struct, kw_only=True, tag_field="object", tag="prorata.invoice_rendering_template"
):
    """A template with what it holds."""

    id: str
    amount_tax_display: TaxDisplay | None
    created: int
    custom_fields: list[InvoiceCustomField]
    description: str | None
    footer: str | None
    livemode: bool
    metadata: Metadata | None
    nickname: str | None
    page_size: PageSize | None
    status: str
    version: int


class CustomFieldParams(Params, kw_only=True):
    name: Annotated[str, Meta(max_length=40)]
    value: Annotated[str, Meta(max_length=140)]


class ContentCreateParams(Params, kw_only=True):
    amount_tax_display: TaxDisplay | UnsetType | None = UNSET
    custom_fields: Annotated[list[CustomFieldParams], Meta(max_length=4)] | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    footer: Text | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    nickname: str | UnsetType | None = UNSET
    page_size: PageSize | UnsetType | None = UNSET


class ContentUpdateParams(ContentCreateParams, kw_only=True):
    pass


@operation(f"POST {PATH}")
def create(tx: Tx, params: ContentCreateParams) -> InvoiceRenderingContent:
    """Create a template, in its first version."""
    template = InvoiceRenderingTemplate(
        id=tx.new_id(InvoiceRenderingTemplate),
        created=tx.now,
        livemode=tx.book.livemode,
        metadata=merge_metadata(None, params.metadata),
        nickname=params.nickname if given(params.nickname) else None,
    )
    template.private = TemplatePrivate(versions=[_changed(TemplateContent(), params)])
    return _shown(tx.add(template))


@operation(f"GET {PATH}/{{id}}")
def retrieve(tx: Tx, template: InvoiceRenderingTemplate) -> InvoiceRenderingContent:
    """Return what a template holds in its newest version."""
    return _shown(template)


@operation(f"POST {PATH}/{{id}}")
def update(
    tx: Tx, template: InvoiceRenderingTemplate, params: ContentUpdateParams
) -> InvoiceRenderingContent:
    """Change a template: another content is a new version; invoices keep the one they were made
    with."""
    if given(params.nickname):
        template.nickname = params.nickname
    if given(params.metadata):
        template.metadata = merge_metadata(template.metadata, params.metadata)
    content = _changed(content_of(template), params)
    if content != content_of(template):
        template.private.versions = [*template.private.versions, content]
        template.version = len(template.private.versions)
    return _shown(template)


def _changed(content: TemplateContent, params: ContentCreateParams) -> TemplateContent:
    changes = {name: value for name, value in fields_given(params).items() if name in SHOWN}
    if "custom_fields" in changes:
        changes["custom_fields"] = [
            InvoiceCustomField(name=each.name, value=each.value)
            for each in changes["custom_fields"]
        ]
    return structs.replace(content, **changes)


def _shown(template: InvoiceRenderingTemplate) -> InvoiceRenderingContent:
    content = content_of(template)
    return InvoiceRenderingContent(
        id=template.id,
        created=template.created,
        livemode=template.livemode,
        metadata=template.metadata,
        nickname=template.nickname,
        status=template.status,
        version=template.version,
        **{name: getattr(content, name) for name in SHOWN},
    )
