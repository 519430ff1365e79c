"""Billing credits: granted, used up by invoices, expired, voided, given back."""
