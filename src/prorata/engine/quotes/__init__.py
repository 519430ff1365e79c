"""Quotes: offers that become an invoice, a subscription or a schedule once they are accepted."""
