"""E-mail settings: which mails an account lets its customers be sent, and when."""

from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType, field

from prorata.model.params import Params

MailKind = Literal[
    "card_expiring", "checkout_recovery", "credit_note", "invoice", "invoice_reminder",
    "payment_action", "payment_failed", "portal_login", "receipt", "refund", "renewal",
    "subscription_canceled", "subscription_canceling", "subscription_paused",
    "subscription_resumed", "trial_ending",
]  # fmt: skip
KINDS: tuple[MailKind, ...] = get_args(MailKind)

ReminderDay = Annotated[int, Meta(ge=-10, le=60)]
ActionDay = Annotated[int, Meta(ge=1, le=7)]


class EmailSettings(Struct, kw_only=True):
    """One switch for each kind of mail; all are on.

    invoice_reminder_days: when an unpaid invoice that was sent is reminded of, in days from its
    due date, negative before it; up to three. payment_action_days: how many days after the first
    mail a payment that still waits for its payer is reminded of; up to three. locale: the language
    of mails to customers who prefer none that mails are written in. sender_name: who mails are
    from, where it is not the account's name. reply_to: where answers go, where it is not the
    account's support address.
    """

    card_expiring: bool = True
    checkout_recovery: bool = True
    credit_note: bool = True
    invoice: bool = True
    invoice_reminder: bool = True
    invoice_reminder_days: list[int] = field(default_factory=lambda: [-3, 1, 7])
    locale: str = "en"
    payment_action: bool = True
    payment_action_days: list[int] = field(default_factory=lambda: [1, 3, 5])
    payment_failed: bool = True
    portal_login: bool = True
    receipt: bool = True
    refund: bool = True
    renewal: bool = True
    reply_to: str | None = None
    sender_name: str | None = None
    subscription_canceled: bool = True
    subscription_canceling: bool = True
    subscription_paused: bool = True
    subscription_resumed: bool = True
    trial_ending: bool = True


class EmailSettingsParams(Params, kw_only=True):
    card_expiring: bool | UnsetType = UNSET
    checkout_recovery: bool | UnsetType = UNSET
    credit_note: bool | UnsetType = UNSET
    invoice: bool | UnsetType = UNSET
    invoice_reminder: bool | UnsetType = UNSET
    invoice_reminder_days: Annotated[list[ReminderDay], Meta(max_length=3)] | UnsetType = UNSET
    locale: Literal["de", "en", "es", "fr", "it", "ja", "nl", "pt"] | UnsetType = UNSET
    payment_action: bool | UnsetType = UNSET
    payment_action_days: Annotated[list[ActionDay], Meta(max_length=3)] | UnsetType = UNSET
    payment_failed: bool | UnsetType = UNSET
    portal_login: bool | UnsetType = UNSET
    receipt: bool | UnsetType = UNSET
    refund: bool | UnsetType = UNSET
    renewal: bool | UnsetType = UNSET
    reply_to: str | UnsetType | None = UNSET
    sender_name: Annotated[str, Meta(max_length=100)] | UnsetType | None = UNSET
    subscription_canceled: bool | UnsetType = UNSET
    subscription_canceling: bool | UnsetType = UNSET
    subscription_paused: bool | UnsetType = UNSET
    subscription_resumed: bool | UnsetType = UNSET
    trial_ending: bool | UnsetType = UNSET
