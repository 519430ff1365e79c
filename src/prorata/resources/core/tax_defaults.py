"""Tax defaults: where an account is at home for tax, and how it taxes what says nothing itself."""

from typing import Literal

from msgspec import Struct

from prorata.model.fields import Address

TaxBehaviorDefault = Literal["exclusive", "inclusive", "inferred_by_currency"]


class TaxDefaults(Struct, kw_only=True):
    """What /v1/tax/settings says; no tax is calculated before there is a head office."""

    head_office: Address | None = None
    tax_behavior: TaxBehaviorDefault | None = None
    tax_code: str | None = None
