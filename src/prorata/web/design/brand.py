"""Brand: how a seller's pages look: name, colours, shape, font, logo.

Colours are the account's, or the page's own; what is written on them is made readable.
"""

from dataclasses import dataclass

from prorata.resources.core.account import Account
from prorata.resources.core.file import File

PRIMARY = "#3257d6"
INK, PAPER, BLACK = "#1a1f36", "#ffffff", "#000000"
# Of WCAG: what can be read.
READABLE = 4.5
SHAPES = {"rounded": "8px", "rectangular": "2px", "pill": "999px"}
FONTS = {
    "default": 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
    "serif": 'ui-serif, Georgia, "Times New Roman", serif',
    "mono": "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
    "rounded": 'ui-rounded, "SF Pro Rounded", "Hiragino Maru Gothic ProN", Quicksand, sans-serif',
}


@dataclass(frozen=True, slots=True)
class Brand:
    """What a seller's pages have in common; colours as #rrggbb."""

    name: str
    primary: str = PRIMARY
    background: str | None = None
    shape: str = "rounded"
    font: str = "default"
    logo: str | None = None
    icon: str | None = None
    support_email: str | None = None
    support_phone: str | None = None
    support_url: str | None = None
    terms_url: str | None = None
    privacy_url: str | None = None

    @property
    def style(self) -> str:
        """Return the custom properties that make the design tokens this brand's."""
        background = self.background or tinted(self.primary)
        values = {
            "brand": self.primary,
            "on-brand": ink_on(self.primary),
            "brand-strong": darkened(self.primary),
            "brand-text": readable(self.primary),
            "ground": background,
            "on-ground": ink_on(background),
            "soft-on-ground": soft_on(background),
            "radius": SHAPES["rounded"] if self.shape == "pill" else SHAPES[self.shape],
            "radius-button": SHAPES[self.shape],
            "font": FONTS.get(self.font, FONTS["default"]),
        }
        return ":root{" + "".join(f"--{name}:{value};" for name, value in values.items()) + "}"


def brand_of(account: Account) -> Brand:
    """Return an account's brand."""
    branding, profile = account.settings.branding, account.business_profile
    name = profile.name if profile is not None and profile.name else None

    def support(way: str) -> str | None:
        found = getattr(profile, f"support_{way}", None)
        return found if isinstance(found, str) and found else None

    return Brand(
        name=name or account.settings.dashboard.display_name or "",
        primary=branding.primary_color or PRIMARY,
        background=branding.secondary_color,
        logo=_picture(branding.logo),
        icon=_picture(branding.icon),
        support_email=support("email"),
        support_phone=support("phone"),
        support_url=support("url"),
    )


def _picture(file: File | str | None) -> str | None:
    id = file.id if isinstance(file, File) else file
    return None if id is None else f"/brand/{id}"


def ink_on(color: str) -> str:
    """Return what can be read on a colour: white, dark or, on what is between them, black."""
    for ink in (PAPER, INK):
        if contrast(ink, color) >= READABLE:
            return ink
    return BLACK


def soft_on(color: str) -> str:
    """Return what can still be read on a colour, and on its panels, where less is to be said."""
    ink = ink_on(color)
    panel = mixed(color, ink, 0.1)
    softer = (mixed(ink, color, share / 100) for share in range(22, 0, -1))
    return next((each for each in softer if contrast(each, panel) >= READABLE), ink)


def readable(color: str) -> str:
    """Return a colour dark enough to be read on white."""
    while contrast(color, PAPER) < READABLE:
        color = mixed(color, BLACK, 0.08)
    return color


def darkened(color: str) -> str:
    """Return a colour as it is under a pointer."""
    return mixed(color, BLACK if ink_on(color) == PAPER else PAPER, 0.12)


def tinted(color: str) -> str:
    """Return a background that goes with a colour."""
    return mixed(color, "#f7f8fa", 0.94)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG counts it, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(color: str, other: str, share: float) -> str:
    """Return a colour with a share of another one in it."""
    pairs = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    parts = [channel / 255 for channel in _channels(color)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
