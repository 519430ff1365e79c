"""The store: unit of work over SQLite and PostgreSQL, events, history, ledger, due work."""
