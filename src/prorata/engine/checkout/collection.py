"""Collection: what a session or a link asks its visitors for, from its parameters, checked."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from prorata.engine.subscriptions.agreement import refuse_other_account
from prorata.model.errors import InvalidRequest, NotSupported, missing_param
from prorata.model.params import fields_given, given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_rendering_template import InvoiceRenderingTemplate
from prorata.resources.billing.tax_id import check_tax_ids
from prorata.resources.checkout.collection_params import (
    CUSTOM_FIELDS_MAX,
    OPTIONS_MAX,
    SHIPPING_OPTIONS_MAX,
    ConsentCollectionParams,
    CustomFieldParams,
    CustomTextParams,
    FieldDropdownParams,
    FieldTextParams,
    InvoiceCreationParams,
    InvoiceDataParams,
    NameCollectionParams,
    ShippingAddressCollectionParams,
    TaxIdCollectionParams,
)
from prorata.resources.checkout.collection_shape import (
    CollectedName,
    ConsentCollection,
    CustomMessage,
    CustomText,
    FieldLabel,
    FieldOption,
    InvoiceCreation,
    InvoiceData,
    InvoiceField,
    Liability,
    NameCollection,
    RenderingOptions,
    ReuseAgreement,
    ShippingAddressCollection,
    TaxIdCollection,
)
from prorata.resources.checkout.countries import COUNTRIES
from prorata.resources.checkout.session_shape import CustomField, FieldDropdown, FieldText
from prorata.resources.core.account import own_account
from prorata.resources.products.shipping_rate import ShippingRate
from prorata.resources.products.shipping_rate import create as create_shipping_rate


def custom_fields_of(entries: Sequence[CustomFieldParams]) -> list[CustomField]:
    """Return the fields of a seller's own that a page asks for."""
    if len(entries) > CUSTOM_FIELDS_MAX:
        raise InvalidRequest(
            f"You can ask for at most {CUSTOM_FIELDS_MAX} custom fields.", param="custom_fields"
        )
    keys = [each.key for each in entries]
    if len(set(keys)) < len(keys):
        raise InvalidRequest("Each custom field needs a `key` of its own.", param="custom_fields")
    return [_field(each, f"custom_fields[{place}]") for place, each in enumerate(entries)]


def _field(params: CustomFieldParams, path: str) -> CustomField:
    for other in ("dropdown", "numeric", "text"):
        if other != params.type and given(getattr(params, other)):
            raise InvalidRequest(
                f"`{other}` can only be given for a custom field whose type is {other}.",
                param=f"{path}[{other}]",
            )
    field = CustomField(
        key=params.key,
        label=FieldLabel(custom=params.label.custom),
        optional=value_or(params.optional, False),
        type=params.type,
    )
    if params.type == "dropdown":
        if not given(params.dropdown):
            raise missing_param(f"{path}[dropdown]")
        field.dropdown = _dropdown(params.dropdown, f"{path}[dropdown]")
    else:
        said = getattr(params, params.type)
        setattr(field, params.type, _text(said, params.type, f"{path}[{params.type}]"))
    return field


def _dropdown(params: FieldDropdownParams, path: str) -> FieldDropdown:
    if not 1 <= len(params.options) <= OPTIONS_MAX:
        raise InvalidRequest(
            f"A dropdown needs between 1 and {OPTIONS_MAX} options.", param=f"{path}[options]"
        )
    values = [each.value for each in params.options]
    if len(set(values)) < len(values):
        raise InvalidRequest("Each option needs a `value` of its own.", param=f"{path}[options]")
    default = value_or(params.default_value, None)
    if default is not None and default not in values:
        raise InvalidRequest(
            "`default_value` must be the value of an option.", param=f"{path}[default_value]"
        )
    options = [FieldOption(label=each.label, value=each.value) for each in params.options]
    return FieldDropdown(default_value=default, options=options, value=default)


def _text(params: Any, type: str, path: str) -> FieldText:
    if not isinstance(params, FieldTextParams):
        return FieldText()
    field = FieldText(
        default_value=value_or(params.default_value, None),
        maximum_length=value_or(params.maximum_length, None),
        minimum_length=value_or(params.minimum_length, None),
    )
    if (field.minimum_length or 0) > (field.maximum_length or 255):
        raise InvalidRequest(
            "`minimum_length` can't be greater than `maximum_length`.",
            param=f"{path}[minimum_length]",
        )
    if field.default_value is not None:
        check_field_text(field, field.default_value, type, f"{path}[default_value]")
        field.value = field.default_value
    return field


def check_field_text(field: FieldText, value: str, type: str, param: str) -> None:
    """Raise InvalidRequest for a text that a field does not take."""
    if type == "numeric" and not value.isdecimal():
        raise InvalidRequest("This field takes digits only.", param=param)
    most = 255 if field.maximum_length is None else field.maximum_length
    if not (field.minimum_length or 0) <= len(value) <= most:
        raise InvalidRequest(
            f"This field takes between {field.minimum_length or 0} and {most} characters.",
            param=param,
        )


def write_custom_text(text: CustomText, params: CustomTextParams) -> CustomText:
    """Return what a page says beside its fields after a change; an empty value takes it away."""
    for name, value in fields_given(params).items():
        setattr(text, name, None if value is None else CustomMessage(message=value.message))
    return text


def consent_of(tx: Tx, params: ConsentCollectionParams) -> ConsentCollection:
    """Return what visitors are asked to agree to."""
    account = own_account(tx)
    if params.promotions == "auto" and account.country != "US":
        raise InvalidRequest(
            "Consent to promotional messages can only be collected by accounts in the US.",
            param="consent_collection[promotions]",
        )
    agreement = params.payment_method_reuse_agreement
    return ConsentCollection(
        payment_method_reuse_agreement=ReuseAgreement(position=agreement.position)
        if given(agreement)
        else None,
        promotions=value_or(params.promotions, None),
        terms_of_service=value_or(params.terms_of_service, None),
    )


def names_of(params: NameCollectionParams) -> NameCollection:
    """Return which names are asked for."""
    found = NameCollection()
    for name in ("business", "individual"):
        value = getattr(params, name)
        if given(value):
            asked = CollectedName(enabled=value.enabled, optional=value_or(value.optional, False))
            setattr(found, name, asked)
    return found


def tax_ids_of(params: TaxIdCollectionParams) -> TaxIdCollection:
    """Return whether tax ids are asked for."""
    return TaxIdCollection(
        enabled=params.enabled,
        required=value_or(params.required, "never") if params.enabled else "never",
    )


def countries_of(params: ShippingAddressCollectionParams) -> ShippingAddressCollection:
    """Return to which countries goods are sent."""
    if not params.allowed_countries:
        raise missing_param("shipping_address_collection[allowed_countries]")
    for place, code in enumerate(params.allowed_countries):
        if code not in COUNTRIES:
            param = f"shipping_address_collection[allowed_countries][{place}]"
            raise InvalidRequest(
                f"Invalid {param}: {code} is not a country that goods can be sent to.", param=param
            )
    return ShippingAddressCollection(allowed_countries=list(params.allowed_countries))


def shipping_rates_of(
    tx: Tx, entries: Sequence[Any], currency: str, path: str = "shipping_options"
) -> list[ShippingRate]:
    """Return the shipping rates that are offered; those described in the request are made."""
    if len(entries) > SHIPPING_OPTIONS_MAX:
        raise InvalidRequest(
            f"You can offer at most {SHIPPING_OPTIONS_MAX} shipping options.", param=path
        )
    found = []
    for place, each in enumerate(entries):
        where = f"{path}[{place}]"
        data = getattr(each, "shipping_rate_data", UNSET)
        if given(data) == given(each.shipping_rate):
            raise InvalidRequest(
                f"You must specify one of these parameters: {where}[shipping_rate],"
                f" {where}[shipping_rate_data].",
                param=f"{where}[shipping_rate]",
            )
        if given(data):
            rate = create_shipping_rate(tx, data)
        else:
            rate = tx.get(ShippingRate, each.shipping_rate, param=f"{where}[shipping_rate]")
            if not rate.active:
                raise InvalidRequest(
                    f"The shipping rate {rate.id} is archived.", param=f"{where}[shipping_rate]"
                )
        _check_shipping(rate, currency, where)
        found.append(rate)
    return found


def _check_shipping(rate: ShippingRate, currency: str, path: str) -> None:
    fixed = rate.fixed_amount
    if currency != fixed.currency and currency not in value_or(fixed.currency_options, {}):
        raise InvalidRequest(
            f"The shipping rate {rate.id} has no amount in {currency}.", param=path
        )


def invoice_creation_of(tx: Tx, params: InvoiceCreationParams) -> InvoiceCreation:
    """Return which invoice is made of a payment."""
    data = InvoiceData()
    if given(params.invoice_data):
        _write_invoice_data(tx, data, params.invoice_data, "invoice_creation[invoice_data]")
    return InvoiceCreation(enabled=params.enabled, invoice_data=data)


def _write_invoice_data(tx: Tx, data: InvoiceData, params: InvoiceDataParams, path: str) -> None:
    for name in ("description", "footer"):
        if given(getattr(params, name)):
            setattr(data, name, getattr(params, name))
    if given(params.account_tax_ids):
        check_tax_ids(tx, params.account_tax_ids, f"{path}[account_tax_ids]")
        data.account_tax_ids = params.account_tax_ids
    if given(params.custom_fields):
        if params.custom_fields is not None and len(params.custom_fields) > 4:
            raise InvalidRequest(
                "At most 4 custom fields can be shown.", param=f"{path}[custom_fields]"
            )
        data.custom_fields = [
            InvoiceField(name=each.name, value=each.value) for each in params.custom_fields or ()
        ] or None
    if given(params.issuer):
        refuse_other_account(tx, params.issuer, f"{path}[issuer]")
        data.issuer = Liability(type="self")
    if given(params.metadata):
        data.metadata = merge_metadata({}, params.metadata)
    options = params.rendering_options
    if given(options) and options is not None:
        template = value_or(options.template, None)
        if template is not None:
            param = f"{path}[rendering_options][template]"
            tx.get(InvoiceRenderingTemplate, template, param=param)
        data.rendering_options = RenderingOptions(
            amount_tax_display=value_or(options.amount_tax_display, None), template=template
        )


def refuse_trade(tx: Tx, params: Any) -> None:
    """Raise NotSupported for what needs other accounts or a merchant of record."""
    if given(params.automatic_tax) and given(params.automatic_tax.liability):
        refuse_other_account(tx, params.automatic_tax.liability, "automatic_tax[liability]")
    managed = getattr(params, "managed_payments", UNSET)
    if given(managed) and managed.enabled is True:
        raise NotSupported("Managed payments are not supported.", param="managed_payments[enabled]")
