"""Checkout: a visitor chooses, is asked for what is needed, and pays."""
