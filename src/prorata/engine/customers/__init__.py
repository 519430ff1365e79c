"""Customers: made, changed, deleted; their balances and saved sources."""
