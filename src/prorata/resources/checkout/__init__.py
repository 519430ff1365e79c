"""Checkout: sessions, the links that open them, and what their pages are told."""
