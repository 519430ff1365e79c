"""Outbox: the mails of a development server, to be read instead of sent."""
