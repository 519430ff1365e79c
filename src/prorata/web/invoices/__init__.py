"""Invoices: the page on which a customer sees an invoice and pays it."""
