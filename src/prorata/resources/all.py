"""Every noun: importing this module fills the register that tables and routes are derived from."""
import prorata.resources.billing.test_clock
import prorata.resources.billing.subscription
import prorata.resources.billing.subscription_item
import prorata.resources.core.customer
import prorata.resources.billing.tax_id
import prorata.resources.billing.customer_balance_transaction
import prorata.resources.billing.cash_balance
import prorata.resources.webhooks.webhook_endpoint
