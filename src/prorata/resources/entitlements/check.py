"""Entitlement checks: may this customer use that feature, and how much of it is left."""

from msgspec import Struct

from prorata.model.params import Params
from prorata.resources.products.price import DecimalText
from prorata.resources.references import CustomerRef, FeatureRef, MeterRef


class CheckedQuota(Struct, kw_only=True):
    """What a customer may use of a feature in the current period of its subscriptions.

    limit: of all of them together. used_decimal: exactly what the meter has counted, `used` rounded
    up; both and `left` are null where no meter counts. resets_at: the first end of a period.
    """

    left: int | None = None
    limit: int
    meter: MeterRef | None = None
    resets_at: int | None = None
    used: int | None = None
    used_decimal: DecimalText | None = None


class EntitlementCheck(Struct, kw_only=True, tag_field="object", tag="prorata.entitlement_check"):
    """Whether a customer may use a feature.

    entitled: whether it has the feature. allowed: that, and some of it is left. quota: null where
    the feature is not limited, or the customer does not have it.
    """

    allowed: bool
    customer: CustomerRef
    entitled: bool
    feature: FeatureRef
    livemode: bool
    lookup_key: str
    quota: CheckedQuota | None = None


class EntitlementCheckParams(Params, kw_only=True):
    customer: str
    feature: str
