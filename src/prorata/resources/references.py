"""References: the types of fields that hold another document's id."""

from prorata.model.fields import reference

AccountRef = reference("account")
CustomerRef = reference("customer")
TestClockRef = reference("test_helpers.test_clock")
DiscountRef = reference("discount")
InvoiceRef = reference("invoice")
PaymentMethodRef = reference("payment_method")
PriceRef = reference("price")
SetupIntentRef = reference("setup_intent")
SubscriptionRef = reference("subscription")
SubscriptionScheduleRef = reference("subscription_schedule")
TaxIdRef = reference("tax_id")
CustomerSourceRef = reference("card", "bank_account")
FeedbackOptionRef = reference("billing.feedback_option")
ApplicationRef = reference("application")
