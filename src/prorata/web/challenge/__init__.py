"""Challenge: where a payer approves a payment, proves to hold an account, or is told where to send
money."""
