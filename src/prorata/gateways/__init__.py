"""Gateways: the protocol that moves money, its plugins and the built-in sandbox."""
