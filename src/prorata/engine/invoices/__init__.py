"""Invoices: composed, finalized, collected, credited."""
