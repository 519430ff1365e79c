"""Mail: which mails customers are sent, decided in the transaction that gives the reason."""
