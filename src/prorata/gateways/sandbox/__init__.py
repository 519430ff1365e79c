"""Sandbox: a card network and a bank for tests, with books of its own."""
