"""Stories: what `prorata demo` plays, one for each choice of somebody who plans to sell."""

from prorata.cli.stories.business_models import Freemium, FreeTrial
from prorata.cli.stories.pay_up_front import PayUpFront
from prorata.cli.stories.price_models import FlatRate, PerSeat, Tiered, Usage
from prorata.cli.stories.selling import Changes, Checkout, Elements, PricingTable, Webhooks
from prorata.cli.stories.telling import Telling

STORIES: dict[str, type[Telling]] = {
    "pay-up-front": PayUpFront,
    "free-trial": FreeTrial,
    "freemium": Freemium,
    "flat-rate": FlatRate,
    "per-seat": PerSeat,
    "tiered": Tiered,
    "usage": Usage,
    "checkout": Checkout,
    "elements": Elements,
    "pricing-table": PricingTable,
    "changes": Changes,
    "webhooks": Webhooks,
}
