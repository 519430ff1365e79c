"""Every noun: importing this module fills the register that tables and routes are derived from."""
import prorata.resources.billing.test_clock
import prorata.resources.billing.subscription
import prorata.resources.billing.subscription_item
