"""Payments: payment methods, intents, charges, refunds, disputes and the balance."""
