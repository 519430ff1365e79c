"""Account shown: the public details of whoever sells, on every page for customers."""

from prorata.engine.checkout.branding import display_name_of
from prorata.model.transaction import Tx
from prorata.resources.checkout.payment_page import PageAccount
from prorata.resources.core.account import own_account


def account_shown(tx: Tx) -> PageAccount:
    """Return what customers may know of the account."""
    account = own_account(tx)
    profile = account.business_profile
    return PageAccount(
        id=account.id,
        country=account.country,
        display_name=display_name_of(account),
        statement_descriptor=account.settings.payments.statement_descriptor,
        support_email=profile.support_email,
        support_phone=profile.support_phone,
        support_url=profile.support_url,
        url=profile.url,
        privacy_policy_url=account.private.privacy_policy_url,
        terms_of_service_url=account.private.terms_of_service_url,
    )
