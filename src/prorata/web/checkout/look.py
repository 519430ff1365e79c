"""Look: how the pages of a session look: the account's brand under the session's own settings."""

from dataclasses import replace
from urllib.parse import urlsplit

from prorata.engine.checkout.branding import BACKGROUND, BUTTON
from prorata.model.transaction import Tx
from prorata.resources.checkout.payment_page import PaymentPage
from prorata.resources.checkout.session_shape import BrandingImage, BrandingSettings
from prorata.resources.core.account import own_account
from prorata.web.design.brand import PAPER, Brand, brand_of, ink_on

# Fonts are those of the visitor's system; what was asked for says which kind.
SERIF = {"bitter", "hahmlet", "lora", "noto_serif", "pt_serif", "roboto_slab"}
MONO = {"inconsolata", "m_plus_1_code", "ubuntu_mono"}
ROUNDED = {"nunito", "zen_maru_gothic"}


def look_of(tx: Tx, page: PaymentPage) -> Brand:
    """Return how a session's page looks."""
    brand = branded(brand_of(own_account(tx)), page.branding)
    return replace(
        brand,
        logo=_picture(page.id, page.branding.logo, "logo"),
        icon=_picture(page.id, page.branding.icon, "icon"),
        terms_url=page.account.terms_of_service_url,
        privacy_url=page.account.privacy_policy_url,
    )


def branded(brand: Brand, settings: BrandingSettings) -> Brand:
    """Return an account's brand under the settings of a session or a table, without pictures."""
    # What nobody chose is ours to choose.
    button = None if settings.button_color == BUTTON else settings.button_color
    ground = None if settings.background_color == BACKGROUND else settings.background_color
    return replace(
        brand,
        name=settings.display_name,
        primary=_color(button) or brand.primary,
        background=_color(ground) or brand.background,
        shape=settings.border_style,
        font=_font(settings.font_family),
    )


def is_dark(brand: Brand) -> bool:
    """Return whether what is written on the ground is light."""
    return brand.background is not None and ink_on(brand.background) == PAPER


def picture_sources(page: PaymentPage) -> str:
    """Return from where the pictures of a page come, besides our own origin."""
    urls = [url for each in page.line_items for url in each.price.images]
    urls += [url for each in page.optional_items for url in each.price.images]
    if page.cross_sell is not None:
        urls += page.cross_sell.price.images
    for image in (page.branding.logo, page.branding.icon):
        if image is not None and image.type == "url" and isinstance(image.url, str):
            urls.append(image.url)
    return origins_of(urls)


def origins_of(urls: list[str]) -> str:
    """Return the origins of addresses, as a Content-Security-Policy lists them."""
    found = set()
    for url in urls:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        if parts.scheme in ("http", "https") and host and not set(host) & set(" ;,'\""):
            found.add(f"{parts.scheme}://{host}")
    return " ".join(sorted(found))


def _picture(id: str, image: BrandingImage | None, kind: str) -> str | None:
    if image is None:
        return None
    if image.type == "url":
        return image.url if isinstance(image.url, str) else None
    return f"/c/picture/{id}/{kind}"


def _font(family: str) -> str:
    for kind, names in (("serif", SERIF), ("mono", MONO), ("rounded", ROUNDED)):
        if family in names:
            return kind
    return "default"


def _color(color: str | None) -> str | None:
    """Return a colour as #rrggbb; a short one is written out."""
    if color is None:
        return None
    digits = color.lstrip("#").lower()
    if len(digits) == 3:
        digits = "".join(each * 2 for each in digits)
    if len(digits) != 6 or set(digits) - set("0123456789abcdef"):
        return None
    return f"#{digits}"
