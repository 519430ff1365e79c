"""Billing credits: granted, expired and voided here; invoices use them up and give them back."""
