"""Settings: what the environment says; nothing but it differs between Prorata and Stripe."""

from __future__ import annotations

import os
import secrets

import stripe

SECRET_KEY = os.environ.get("STRIPE_SECRET_KEY", "")
PUBLISHABLE_KEY = os.environ.get("STRIPE_PUBLISHABLE_KEY", "")
# Of the endpoint SHOP_URL/webhooks; without one the shop makes the endpoint itself.
WEBHOOK_SECRET = os.environ.get("STRIPE_WEBHOOK_SECRET", "")
# Empty: Stripe itself. Prorata on this machine: http://127.0.0.1:4242
API_BASE = os.environ.get("STRIPE_API_BASE", "").rstrip("/")
# Of a pricing table (prctbl_...), where one is to be shown.
PRICING_TABLE = os.environ.get("PRICING_TABLE_ID", "")

PORT = int(os.environ.get("PORT", "4243"))
URL = os.environ.get("SHOP_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
DATABASE = os.environ.get("SHOP_DATABASE", "shop.db")
# Signs the cookies; without one, people sign in again after a restart.
COOKIE_KEY = os.environ.get("SHOP_COOKIE_KEY") or secrets.token_hex()

SCRIPT = f"{API_BASE or 'https://js.stripe.com'}/endive/stripe.js"
PRICING_TABLE_SCRIPT = f"{API_BASE or 'https://js.stripe.com'}/v3/pricing-table.js"

billing = stripe.StripeClient(
    SECRET_KEY or "sk_test_missing",
    base_addresses={"api": API_BASE} if API_BASE else {},
    max_network_retries=2,
).v1
