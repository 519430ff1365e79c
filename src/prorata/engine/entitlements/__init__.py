"""Entitlements: what customers may use, kept true while their subscriptions change."""
