"""Papers: invoices, receipts, credit notes and quotes, typeset as PDF."""
