"""Branding: how the pages of a session look, from its own words and those of the account."""

from typing import Any

from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.checkout.session_params import BrandingImageParams, BrandingSettingsParams
from prorata.resources.checkout.session_shape import BrandingImage, BrandingSettings
from prorata.resources.core.account import Account, own_account
from prorata.resources.core.file import File

BACKGROUND = "#ffffff"
BUTTON = "#0b5fff"


def display_name_of(account: Account) -> str:
    """Return what customers know an account by."""
    name = account.business_profile.name or account.settings.dashboard.display_name
    return name or account.email or account.id


def branding_of(tx: Tx, params: Any = None) -> BrandingSettings:
    """Return how a page looks: what a session says, else what the account's branding says."""
    account = own_account(tx)
    brand = account.settings.branding
    settings = BrandingSettings(
        background_color=brand.secondary_color or BACKGROUND,
        border_style="rounded",
        button_color=brand.primary_color or BUTTON,
        display_name=display_name_of(account),
        font_family="default",
        icon=None if brand.icon is None else BrandingImage(file=brand.icon, type="file"),
        logo=None if brand.logo is None else BrandingImage(file=brand.logo, type="file"),
    )
    if not isinstance(params, BrandingSettingsParams):
        return settings
    names = ("background_color", "border_style", "button_color", "display_name", "font_family")
    for name in names:
        value = getattr(params, name)
        if given(value) and value is not None:
            setattr(settings, name, value)
    for name in ("icon", "logo"):
        image = getattr(params, name)
        if given(image):
            setattr(settings, name, _image(tx, image, f"branding_settings[{name}]"))
    return settings


def _image(tx: Tx, params: BrandingImageParams, path: str) -> BrandingImage:
    other = "url" if params.type == "file" else "file"
    if given(getattr(params, other)):
        raise InvalidRequest(
            f"`{other}` can only be given for an image whose type is {other}.",
            param=f"{path}[{other}]",
        )
    if not given(getattr(params, params.type)):
        raise missing_param(f"{path}[{params.type}]")
    if params.type == "file":
        tx.get(File, value_or(params.file, ""), param=f"{path}[file]")
    elif not value_or(params.url, "").startswith(("https://", "http://")):
        raise InvalidRequest("Not a valid URL", code="url_invalid", param=f"{path}[url]")
    return BrandingImage(file=params.file, type=params.type, url=params.url)
