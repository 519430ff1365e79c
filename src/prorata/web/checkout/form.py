"""Form: what a session's page asks for, in the words of the visitor's language."""

from dataclasses import dataclass, field
from typing import Any

from prorata.model.fields import UNSET
from prorata.resources.checkout.collection_shape import NameCollection
from prorata.resources.checkout.payment_page import PageSavedMethod, PaymentPage
from prorata.resources.payments.legacy_source import BRAND_NAMES
from prorata.resources.products.shipping_rate import DeliveryBound, DeliveryEstimate
from prorata.rules.countries import COUNTRIES
from prorata.rules.tax_ids import TAX_ID_TYPES, usual_type
from prorata.web.checkout.markup import linked
from prorata.web.design.languages import Language

# The types of method that our own form knows.
FORMS = ("card", "sepa_debit", "us_bank_account", "bacs_debit")


@dataclass(slots=True)
class Form:
    """The right side of the page. needs_method: whether a way to pay is asked for."""

    button: str
    needs_method: bool
    agreement: str
    business: str
    names: list[dict[str, Any]] = field(default_factory=list)
    shipping: list[dict[str, Any]] = field(default_factory=list)
    saved: list[dict[str, Any]] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    tax_ids: list[tuple[str, str, str]] = field(default_factory=list)
    texts: dict[str, Any] = field(default_factory=dict)
    wallet: bool = False
    card_fields: bool = True
    own_fields: bool = False


def form_of(
    page: PaymentPage, language: Language, *, sandbox: bool, own_fields: bool = False
) -> Form:
    """Return a session's form.

    sandbox: whether cards may be typed into fields of ours; own_fields: into the gateway's.
    """
    collects, said = page.collects, page.custom_text
    form = Form(
        button=button_words(page, language),
        needs_method=collects.payment_method == "required",
        agreement=agreement_words(page, language),
        business=page.branding.display_name,
        card_fields=sandbox,
        own_fields=own_fields,
    )
    form.methods = [each for each in page.payment_methods.types if each in FORMS]
    form.wallet = sandbox and "card" in form.methods
    form.names = _names(page, language)
    form.shipping = shipping_choices(page, language)
    form.saved = [_saved(each, language) for each in page.payment_methods.saved]
    if collects.tax_id is not None and collects.tax_id.enabled:
        form.tax_ids = tax_id_choices(language)
    for name in ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"):
        message = getattr(said, name)
        form.texts[name] = linked(message.message) if message is not None else ""
    return form


def button_words(page: PaymentPage, language: Language) -> str:
    """Return what the button says that it does."""
    _ = language.text
    if page.mode == "setup":
        return _("Save payment method")
    trial = page.recurring is not None and page.recurring.trial is not None
    if page.submit_type in ("book", "donate"):
        return _("Book") if page.submit_type == "book" else _("Donate")
    if page.mode == "subscription" and page.submit_type != "pay":
        return _("Start trial") if trial and not page.total.due else _("Subscribe")
    if page.submit_type == "subscribe":
        return _("Subscribe")
    if not page.total.due:
        return _("Start trial") if trial else _("Complete order")
    return _("Pay {amount}", amount=language.amount(page.total.due, page.currency or "usd"))


def agreement_words(page: PaymentPage, language: Language) -> str:
    """Return what the visitor agrees to by pressing the button; empty where it is nothing more."""
    consent = page.collects.consent
    reuse = consent.payment_method_reuse_agreement if consent is not None else None
    if reuse is not None and reuse.position == "hidden":
        return ""
    _, business = language.text, page.branding.display_name
    terms = page.recurring
    if terms is not None and page.collects.payment_method == "none":
        return _without_method(page, language)
    if terms is not None and terms.trial is not None:
        return _(
            "Your trial ends on {date}. After that you allow {business} to charge you under its"
            " terms, until you cancel.",
            date=language.date(terms.trial.end), business=business,
        )  # fmt: skip
    if terms is not None:
        return _(
            "By subscribing you allow {business} to charge you now and for each renewal under its"
            " terms, until you cancel.",
            business=business,
        )
    if page.payment_methods.set_up:
        return _(
            "You allow {business} to charge this payment method for later payments under its"
            " terms.",
            business=business,
        )
    return ""


def _without_method(page: PaymentPage, language: Language) -> str:
    """Return what happens at the end of a trial for which nothing is asked."""
    trial = page.recurring.trial if page.recurring is not None else None
    if trial is None:
        return ""
    _, date = language.text, language.date(trial.end)
    if trial.missing_payment_method == "cancel":
        return _("Your trial ends on {date}, by itself unless you add a way to pay.", date=date)
    if trial.missing_payment_method == "pause":
        return _("Your trial ends on {date}. It pauses then until you add a way to pay.",
                 date=date)  # fmt: skip
    return _("Your trial ends on {date}. You get an invoice then.", date=date)


def _names(page: PaymentPage, language: Language) -> list[dict[str, Any]]:
    names, said = page.collects.names, page.collected
    if not isinstance(names, NameCollection):
        return []
    labels = {"individual": language.text("Full name"), "business": language.text("Business name")}
    found = []
    for kind in ("individual", "business"):
        asked = getattr(names, kind)
        if asked is not UNSET and asked.enabled:
            value = getattr(said, f"{kind}_name") or (said.name if kind == "individual" else "")
            found.append({
                "autocomplete": "name" if kind == "individual" else "organization",
                "label": labels[kind], "name": f"{kind}_name", "required": not asked.optional,
                "value": value or "",
            })  # fmt: skip
    return found


def shipping_choices(page: PaymentPage, language: Language) -> list[dict[str, Any]]:
    """Return how goods can be sent."""
    currency = page.currency or "usd"
    return [
        {
            "amount": language.amount(each.amount, currency) if each.amount
            else language.text("Free"),
            "chosen": each.id == page.shipping_rate,
            "id": each.id,
            "name": each.display_name or language.text("Shipping"),
            "when": _when(each.delivery_estimate, language),
        }
        for each in page.shipping_options
    ]  # fmt: skip


def _when(estimate: DeliveryEstimate | None, language: Language) -> str:
    if estimate is None:
        return ""
    least, most = estimate.minimum, estimate.maximum
    if least is not None and most is not None:
        if least.unit == most.unit and least.value != most.value:
            return f"{language.number(least.value)}–{_span(most, language)}"
        if least.unit == most.unit:
            return _span(most, language)
        return f"{_span(least, language)} – {_span(most, language)}"
    if most is not None:
        return language.text("at most {time}", time=_span(most, language))
    return "" if least is None else language.text("at least {time}", time=_span(least, language))


def _span(bound: DeliveryBound, language: Language) -> str:
    number = bound.value
    return {
        "business_day": language.count_text(
            "{number} business day", "{number} business days", number
        ),
        "day": language.count_text("{number} day", "{number} days", number),
        "hour": language.count_text("{number} hour", "{number} hours", number),
        "month": language.count_text("{number} month", "{number} months", number),
        "week": language.count_text("{number} week", "{number} weeks", number),
    }[bound.unit]


def _saved(method: PageSavedMethod, language: Language) -> dict[str, Any]:
    brand = method.brand or ""
    name = BRAND_NAMES.get(brand, "") if method.type == "card" else brand
    expires = ""
    if method.exp_month and method.exp_year:
        expires = f"{method.exp_month:02d} / {method.exp_year % 100:02d}"
    return {
        "brand": brand if method.type == "card" else "bank",
        "expires": expires,
        "id": method.id,
        "name": f"{name or language.text('Bank account')} ••••\u00a0{method.last4 or ''}",
    }


def tax_id_choices(language: Language) -> list[tuple[str, str, str]]:
    """Return the kinds of tax ids by what they are called, in alphabetical order.

    Each with the countries in which businesses usually have such a one.
    """
    territories = language.locale.territories
    usual: dict[str, list[str]] = {}
    for each in sorted(COUNTRIES):
        usual.setdefault(usual_type(each) or "", []).append(each)
    found = []
    for type in TAX_ID_TYPES:
        country, _, kind = type.partition("_")
        name = territories.get(country.upper()) or country.upper()
        called = f"{name}: {kind.upper().replace('_', ' ')}"
        found.append((called, type, " ".join(usual.get(type, ()))))
    return sorted(found)
