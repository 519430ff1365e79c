"""Account settings: how an account bills where the API leaves it to the account."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from prorata.model.params import Params
from prorata.resources.core.email_settings import EmailSettings, EmailSettingsParams
from prorata.resources.core.kept_configuration import KeptConfiguration
from prorata.resources.core.tax_defaults import TaxDefaults
from prorata.rules import windows
from prorata.rules.retries import NO_RETRIES, RetryPolicy

RetryMode = Literal["smart", "fixed", "custom", "none"]
FinalState = Literal["cancel", "unpaid", "past_due", "pause"]
InvoiceFinalState = Literal["past_due", "uncollectible"]
DisputeAction = Literal["none", "cancel", "cancel_at_period_end"]
Numbering = Literal["customer", "account"]
TaxRounding = Literal["line", "invoice"]
PageUrl = Annotated[str, Meta(pattern=r"^https?://\S+$", max_length=2000)]
CustomDays = Annotated[list[int], Meta(max_length=3)]


class AccountSettings(Struct, kw_only=True):
    """The settings that the API has no fields for, with the documented defaults.

    retry_*: the schedule of payment retries: fixed (`tries` spread over `window_days`), smart (the
    same, each moved to the hour that the account's own outcomes speak for), custom (up to three
    waits in days) or none; retry_new_method_at_once: what failed is tried when another method is
    given or a card is updated, not only at its next turn. subscription_final_state,
    invoice_final_state: what becomes of them after the last retry. overdue_days: how long after its
    due date the final state also reaches a sent invoice and its subscription, None for never.
    upcoming_days: how long before a renewal invoice.upcoming is told. draft_seconds: how long a
    renewal's invoice stays a draft.
    invoice_numbering: one sequence for each customer, or `next_invoice_number` of the account
    under `invoice_prefix`. defer_credits: a proration's credit waits until its debit is paid.
    pause_on_first_failure: with the final state `pause`, not only after the last retry.
    late_usage: what arrives after its period was billed is shown, or billed with the next invoice.
    emails: which mails customers are sent. privacy_policy_url, terms_of_service_url: what pages for
    customers lead to. method_configurations: which ways to pay are offered, the newest first.
    """

    retry_mode: RetryMode = "smart"
    retry_tries: int = 8
    retry_window_days: int = 14
    retry_custom_days: list[int] = []
    retry_new_method_at_once: bool = False
    subscription_final_state: FinalState = "cancel"
    pause_on_first_failure: bool = False
    invoice_final_state: InvoiceFinalState = "past_due"
    overdue_days: int | None = 30
    dispute_action: DisputeAction = "none"
    upcoming_days: int = windows.UPCOMING_DAYS_DEFAULT
    draft_seconds: int = windows.DRAFT_SECONDS
    days_until_due: int = windows.DAYS_UNTIL_DUE_DEFAULT
    invoice_numbering: Numbering = "customer"
    invoice_prefix: str | None = None
    next_invoice_number: int = 1
    tax_rounding: TaxRounding = "line"
    defer_credits: bool = False
    one_subscription_per_customer: bool = False
    default_api_version: str | None = None
    late_usage: Literal["bill", "show"] = "show"
    emails: EmailSettings = field(default_factory=EmailSettings)
    tax: TaxDefaults = field(default_factory=TaxDefaults)
    privacy_policy_url: str | None = None
    terms_of_service_url: str | None = None
    method_configurations: list[KeptConfiguration] = []

    @property
    def retries(self) -> RetryPolicy:
        """Return the retry schedule of failed payments."""
        if self.retry_mode == "none":
            return NO_RETRIES
        if self.retry_mode == "custom":
            return RetryPolicy(custom_days=tuple(self.retry_custom_days))
        return RetryPolicy(
            tries=self.retry_tries, window_days=self.retry_window_days,
            learns=self.retry_mode == "smart",
        )  # fmt: skip


class AccountSettingsParams(Params, kw_only=True):
    retry_mode: RetryMode | UnsetType = UNSET
    retry_tries: Annotated[int, Meta(ge=1, le=20)] | UnsetType = UNSET
    retry_window_days: Literal[7, 14, 21, 30, 60] | UnsetType = UNSET
    retry_custom_days: CustomDays | UnsetType = UNSET
    retry_new_method_at_once: bool | UnsetType = UNSET
    subscription_final_state: FinalState | UnsetType = UNSET
    pause_on_first_failure: bool | UnsetType = UNSET
    invoice_final_state: InvoiceFinalState | UnsetType = UNSET
    overdue_days: Literal[30, 60, 90] | UnsetType | None = UNSET
    dispute_action: DisputeAction | UnsetType = UNSET
    upcoming_days: Literal[3, 7, 15, 30, 45] | UnsetType = UNSET
    draft_seconds: Annotated[int, Meta(ge=0, le=72 * windows.HOUR)] | UnsetType = UNSET
    days_until_due: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    invoice_numbering: Numbering | UnsetType = UNSET
    invoice_prefix: Annotated[str, Meta(pattern=r"^[A-Z0-9]{3,12}$")] | UnsetType = UNSET
    next_invoice_number: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    tax_rounding: TaxRounding | UnsetType = UNSET
    defer_credits: bool | UnsetType = UNSET
    one_subscription_per_customer: bool | UnsetType = UNSET
    default_api_version: str | UnsetType | None = UNSET
    late_usage: Literal["bill", "show"] | UnsetType = UNSET
    emails: EmailSettingsParams | UnsetType = UNSET
    privacy_policy_url: PageUrl | UnsetType | None = UNSET
    terms_of_service_url: PageUrl | UnsetType | None = UNSET
