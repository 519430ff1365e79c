"""Compose: a mail as its reader sees it: subject, HTML and plain text."""

import textwrap
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from prorata.resources.core.account import Account
from prorata.resources.core.account_settings import AccountSettings
from prorata.resources.core.mail import Mail, MailPrivate
from prorata.rules.mail_addresses import is_mail_address, one_line
from prorata.web.design.brand import FONTS, SHAPES, Brand, brand_of, darkened, ink_on, readable
from prorata.web.design.languages import Language, choose
from prorata.web.design.templates import render
from prorata.web.mail import life, money
from prorata.web.mail.letter import Letter, Pen, Row

WIDTH = 72
WRITERS: dict[str, Callable[[Pen], Letter]] = {
    "card_expiring": life.card_expiring,
    "checkout_recovery": life.checkout_recovery,
    "credit_note": money.credit_note,
    "invoice": money.invoice,
    "invoice_reminder": money.invoice_reminder,
    "payment_action": money.payment_action,
    "payment_failed": money.payment_failed,
    "portal_login": life.portal_login,
    "receipt": money.receipt,
    "refund": money.refund,
    "renewal": life.renewal,
    "subscription_canceled": life.subscription_canceled,
    "subscription_canceling": life.subscription_canceling,
    "subscription_paused": life.subscription_paused,
    "subscription_resumed": life.subscription_resumed,
    "trial_ending": life.trial_ending,
}


@dataclass(frozen=True, slots=True)
class Composed:
    """What is sent. sender: the name that it is from. reply_to: an address, or None."""

    subject: str
    html: str
    text: str
    sender: str
    reply_to: str | None
    unsubscribe: str | None


def compose(mail: Mail, account: Account, link: str | None, base_url: str) -> Composed:
    """Return a mail as it is read. link: its secret address, opened already, if it has one."""
    language = choose([mail.locale]).of("mail")
    private: MailPrivate = mail.private
    settings: AccountSettings = account.private
    brand = replace(
        brand_of(account), terms_url=settings.terms_of_service_url,
        privacy_url=settings.privacy_policy_url,
    )  # fmt: skip
    zone = account.settings.dashboard.timezone
    pen = Pen(language, brand.name, zone, private.facts, link)
    letter = WRITERS[mail.kind](pen)
    reply_to = settings.emails.reply_to or brand.support_email
    return Composed(
        subject=one_line(letter.subject),
        html=_html(letter, language, brand, base_url, test_mode=not mail.livemode),
        text=_text(letter, language, brand, test_mode=not mail.livemode),
        sender=one_line(settings.emails.sender_name or brand.name, 100),
        reply_to=reply_to if reply_to and is_mail_address(reply_to) else None,
        unsubscribe=letter.unsubscribe,
    )


def _html(
    letter: Letter, language: Language, brand: Brand, base_url: str, *, test_mode: bool
) -> str:
    picture = brand.logo or brand.icon
    ground = brand.background or "#f4f6fb"
    return render(
        "mail/letter.html", language, letter=letter, brand=brand, test_mode=test_mode,
        picture=None if picture is None else f"{base_url}{picture}",
        is_logo=brand.logo is not None, font=FONTS.get(brand.font, FONTS["default"]),
        radius=SHAPES[brand.shape], card_radius="4px" if brand.shape == "rectangular" else "14px",
        ground=ground, on_ground=ink_on(ground), brand_text=readable(brand.primary),
        on_brand=ink_on(brand.primary), brand_strong=darkened(brand.primary),
    )  # fmt: skip


def _text(letter: Letter, language: Language, brand: Brand, *, test_mode: bool) -> str:
    """Return a letter as plain text."""
    _ = language.text
    blocks: list[str] = []
    if test_mode:
        blocks.append(_("Test mode: no money moves."))
    blocks.append(letter.title + "\n" + "=" * min(columns(letter.title), WIDTH))
    if letter.figure:
        blocks.append("\n".join(each for each in (letter.figure, letter.figure_note) if each))
    blocks += [_wrapped(each) for each in letter.paragraphs]
    if letter.button:
        blocks.append(_link(language, *letter.button))
    blocks += [_rows(rows) for rows in (letter.facts, letter.lines, letter.sums) if rows]
    blocks += [_link(language, label, url) for label, url in letter.links]
    blocks += [_wrapped(each) for each in letter.quiet]
    blocks.append("-- \n" + "\n".join(footer(language, brand)))
    if letter.unsubscribe:
        blocks.append(_link(language, _("No more mails like this"), letter.unsubscribe))
    return "\n\n".join(blocks) + "\n"


def footer(language: Language, brand: Brand) -> list[str]:
    """Return who a mail is from and where questions go."""
    ways = [each for each in (brand.support_email, brand.support_phone, brand.support_url) if each]
    said = [brand.name] if brand.name else []
    if ways:
        said.append(f"{language.text('Questions? We are glad to help:')} {' · '.join(ways)}")
    return said or [language.text("This mail was sent because of your account.")]


def _link(language: Language, label: str, url: str) -> str:
    return language.text("{label}:", label=label) + f"\n{url}"


def columns(text: str) -> int:
    """Return how many columns a text takes where all letters are as wide, and Japanese ones two."""
    return sum(
        2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in text if not unicodedata.combining(each)
    )  # fmt: skip


def _rows(rows: list[Row]) -> str:
    """Return names and values, the values one below the other."""
    said = []
    for row in rows:
        room = max(1, WIDTH - columns(row.name) - columns(row.value))
        said.append(f"{row.name}{' ' * room}{row.value}".rstrip())
        if row.note:
            said.append(f"  {row.note}")
    return "\n".join(said)


def _wrapped(text: str) -> str:
    return "\n".join(
        textwrap.fill(line, WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )
