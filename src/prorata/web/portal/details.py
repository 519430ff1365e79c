"""Details: a customer's name, addresses and tax numbers, as far as it may change them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from starlette.responses import Response

from prorata.engine.customers.update import update
from prorata.engine.portal.open_session import Guest
from prorata.model.errors import APIError, InvalidRequest, PermissionDenied, no_such
from prorata.resources.billing.tax_id import TaxId, add_tax_id
from prorata.resources.core.account import own_account
from prorata.resources.core.customer_params import CustomerUpdateParams
from prorata.rules.tax_ids import TAX_ID_TYPES
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.languages import KEPT, Language, choose
from prorata.web.portal.stay import Stay
from prorata.web.portal.wording import problem_text
from prorata.wire.decode import decode

ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")
PLAIN = ("name", "email", "phone")
TAX_IDS_MAX = 5
# Regions of the CLDR that no post is sent to.
NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB"})


def details(stay: Stay) -> Response:
    """Answer the form of a customer's details."""
    return stay.show("portal/details.html", lambda tx, guest: _gathered(stay, tx, guest))


def save(stay: Stay) -> Response:
    """Write what the form says, as far as the configuration allows it."""
    form = stay.visit.form
    try:
        if "remove_tax_id" in form:
            stay.do(lambda tx, guest: _remove(tx, guest, form["remove_tax_id"]))
            return stay.to("details")
        stay.do(lambda tx, guest: _save(tx, guest, form))
    except APIError as error:
        sent = {name: form[name] for name in form if name not in ("form_token",)}
        return stay.show(
            "portal/details.html", lambda tx, guest: _gathered(stay, tx, guest, sent),
            status=error.status, error=problem_text(stay.language, error), wrong=error.param,
        )  # fmt: skip
    return stay.finish("details")


def _allowed(guest: Guest) -> Sequence[str]:
    feature = guest.configuration.features.customer_update
    return feature.allowed_updates if feature.enabled else ()


def _save(tx: UnitOfWork, guest: Guest, form: dict[str, str]) -> None:
    allowed = _allowed(guest)
    if not allowed:
        raise PermissionDenied("Customers can't change their details in this portal.")
    sent: dict[str, Any] = {
        name: form[name].strip() for name in PLAIN if name in allowed and name in form
    }
    if sent.get("email") == "":
        # Without one there is no way back into the portal, and nobody to send invoices to.
        raise InvalidRequest("An e-mail address is needed.", code="email_invalid", param="email")
    if "address" in allowed and "address_line1" in form:
        sent["address"] = _address(form, "address") or ""
    if "shipping" in allowed and "shipping_line1" in form:
        sent["shipping"] = _shipping(form, guest)
    params = decode(CustomerUpdateParams, sent)
    update(tx, guest.customer, params)
    if "tax_id" in allowed and form.get("tax_value", "").strip():
        _add_tax_id(tx, guest, form.get("tax_type", ""), form["tax_value"])


def _address(form: dict[str, str], prefix: str) -> dict[str, str]:
    """Return the address of a form, empty where nothing but a country is said."""
    found = {name: form.get(f"{prefix}_{name}", "").strip() for name in ADDRESS}
    said = any(value for name, value in found.items() if name != "country")
    return found if said else {}


def _shipping(form: dict[str, str], guest: Guest) -> Any:
    address = _address(form, "shipping")
    if not address:
        return ""
    name = form.get("shipping_name", "").strip() or guest.customer.name or ""
    return {"address": address, "name": name}


def _add_tax_id(tx: UnitOfWork, guest: Guest, type: str, value: str) -> None:
    if type not in TAX_ID_TYPES:
        raise InvalidRequest("Unknown type of tax number.", param="tax_type")
    if tx.count(TaxId, customer=guest.customer.id) >= TAX_IDS_MAX:
        raise InvalidRequest(f"You can have at most {TAX_IDS_MAX} tax numbers.", param="tax_value")
    add_tax_id(tx, type, value, guest.customer, "tax_value")


def _remove(tx: UnitOfWork, guest: Guest, id: str) -> None:
    tax_id = tx.find(TaxId, id)
    if "tax_id" not in _allowed(guest) or tax_id is None or tax_id.customer != guest.customer.id:
        raise no_such("tax id", id, param="id")
    tx.delete(tax_id)


def _gathered(
    stay: Stay, tx: UnitOfWork, guest: Guest, sent: dict[str, str] | None = None
) -> dict[str, Any]:
    customer, language = guest.customer, stay.language
    values = {name: getattr(customer, name) or "" for name in PLAIN}
    for prefix, address in (
        ("address", customer.address),
        ("shipping", customer.shipping.address if customer.shipping else None),
    ):
        for name in ADDRESS:
            values[f"{prefix}_{name}"] = (getattr(address, name) if address else None) or ""
    values["shipping_name"] = customer.shipping.name if customer.shipping else ""
    country = values["address_country"] or own_account(tx).country
    values.update(tax_type=likely_tax_type(country), tax_value="")
    values.update(sent or {})
    return {
        "title": stay.text("Your details"),
        "allowed": _allowed(guest),
        "countries": countries(language.tag),
        "own_country": country,
        "tax_ids": [
            (each.id, tax_id_name(language, each.type), each.value)
            for each in tx.select(TaxId, customer=customer.id)
        ],
        "tax_types": tax_types(language.tag),
        "values": values,
        "wrong": None,
    }


@lru_cache(KEPT)
def countries(tag: str) -> list[tuple[str, str]]:
    """Return every country as its code and its name in a language, by name."""
    language = choose([tag])
    names = {
        code: name
        for code, name in language.locale.territories.items()
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    }
    return sorted(names.items(), key=lambda each: each[1].casefold())


@lru_cache(KEPT)
def tax_types(tag: str) -> list[tuple[str, str]]:
    """Return every type of tax number as its code and its name in a language, by name."""
    language = choose([tag])
    named = [(type, tax_id_name(language, type)) for type in TAX_ID_TYPES]
    return sorted(named, key=lambda each: each[1].casefold())


def tax_id_name(language: Language, type: str) -> str:
    """Return a type of tax number as it is called: `Germany: STN`, `European Union: VAT`."""
    country, _, kind = type.partition("_")
    code = {"ic": "ES"}.get(country, country.upper())
    place = language.locale.territories.get(code, code)
    return f"{place}: {kind.replace('_', ' ').upper()}"


def likely_tax_type(country: str) -> str:
    """Return the type of tax number that a company in a country most likely has."""
    union = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    if country in union.split():
        return "eu_vat"
    for type in TAX_ID_TYPES:
        if type.startswith(f"{country.lower()}_"):
            return type
    return "eu_vat"
