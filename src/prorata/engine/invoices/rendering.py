"""Rendering: how an invoice is to look, as its customer or the request has chosen."""

import msgspec

from prorata.model.errors import InvalidRequest
from prorata.model.params import given, plain
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_params import RenderingParams
from prorata.resources.billing.invoice_rendering_template import InvoiceRenderingTemplate
from prorata.resources.billing.invoice_shape import InvoiceRendering, InvoiceRenderingPdf
from prorata.resources.core.customer import Customer


def rendering_for(tx: Tx, customer: Customer) -> InvoiceRendering | None:
    """Return how a customer's new invoices look, None where it has not chosen."""
    chosen = customer.invoice_settings.rendering_options
    if chosen is None:
        return None
    template = tx.look(InvoiceRenderingTemplate, chosen.template)
    return InvoiceRendering(
        amount_tax_display=chosen.amount_tax_display,
        pdf=InvoiceRenderingPdf(page_size="auto"),
        template=chosen.template,
        template_version=template.version if template is not None else None,
    )


def set_rendering(tx: Tx, invoice: Invoice, params: RenderingParams) -> None:
    """Write how an invoice is to look; a template is taken as it is now, or in the version given.

    Raises InvalidRequest for a template that was put away, or a version that it never had.
    """
    known = msgspec.to_builtins(invoice.rendering or InvoiceRendering())
    changed = {**known, **plain(params)}
    if given(params.template):
        template = usable_template(tx, params.template, "rendering[template]")
        if not given(params.template_version):
            changed["template_version"] = template.version
    if given(params.template_version) and params.template_version is not None:
        _check_version(tx, changed.get("template"), params.template_version)
    invoice.rendering = msgspec.convert(changed, InvoiceRendering)


def usable_template(tx: Tx, id: str, param: str) -> InvoiceRenderingTemplate:
    """Return a template that new invoices may use; raise InvalidRequest otherwise."""
    template = tx.get(InvoiceRenderingTemplate, id, param=param)
    if template.status == "archived":
        raise InvalidRequest(
            f"The invoice rendering template {id} is archived: unarchive it first.", param=param
        )
    return template


def _check_version(tx: Tx, id: str | None, version: int) -> None:
    param = "rendering[template_version]"
    if id is None:
        raise InvalidRequest("A template's version needs its `template`.", param=param)
    template = tx.get(InvoiceRenderingTemplate, id, param="rendering[template]")
    if not 0 < version <= template.version:
        raise InvalidRequest(f"The template {id} has no version {version}.", param=param)
