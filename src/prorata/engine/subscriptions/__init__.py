"""Subscriptions: subscribed, renewed, changed, paused, canceled."""
