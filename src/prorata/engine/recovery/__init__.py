"""Recovery: how the collection of unpaid invoices stands, and what the account has learned."""
