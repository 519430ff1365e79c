"""Late workers: phases begin at their own second, however late somebody comes to begin them."""

from __future__ import annotations

import stripe

from prorata.engine.advance import run_due
from schedules.plans import phase
from servers import running
from subscriptions.life import at, first, lines, period


def test_phases_keep_their_seconds_when_nobody_worked_for_weeks():
    with running(worker=False, now=at("2026-01-01")) as server:
        addresses = dict.fromkeys(("api", "meter_events", "files", "connect"), server.url)
        client = stripe.StripeClient(server.secret_key, base_addresses=addresses).v1
        customer = client.customers.create(
            {
                "payment_method": "pm_card_visa",
                "invoice_settings": {"default_payment_method": "pm_card_visa"},
            }
        )
        product = client.products.create({"name": "Basic"}).id
        basic, pro = (
            client.prices.create(
                {
                    "currency": "usd",
                    "unit_amount": amount,
                    "product": product,
                    "recurring": {"interval": "month"},
                }
            ).id
            for amount in (1_000, 3_000)
        )
        schedule = client.subscription_schedules.create(
            {
                "customer": customer.id,
                "start_date": at("2026-01-10"),
                "phases": [phase(basic, months=2), phase(pro, months=1)],
            }
        )

        late = at("2026-03-20 10:30")
        server.system.clock.move_to(late)
        progress = run_due(server.system, late)

        assert progress.failed == []
        schedule = client.subscription_schedules.retrieve(schedule.id)
        assert schedule.current_phase.start_date == at("2026-03-10")
        subscription = client.subscriptions.retrieve(schedule.subscription)
        assert subscription.billing_cycle_anchor == at("2026-01-10")
        assert first(subscription).price.id == pro
        assert period(first(subscription)) == (at("2026-03-10"), at("2026-04-10"))
        assert client.invoice_items.list({"customer": customer.id}).data == []
        invoices = client.invoices.list({"customer": customer.id}).data
        assert sorted(lines(each)[0][1] for each in invoices) == [1_000, 1_000, 3_000]
