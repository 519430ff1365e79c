"""Schedules: subscriptions that change over time as planned."""
