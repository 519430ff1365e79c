"""Payments: decided, put to the gateway after the commit, and written."""
