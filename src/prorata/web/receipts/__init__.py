"""Receipts: what a payer has paid for, on a page that the charge's `receipt_url` opens."""
