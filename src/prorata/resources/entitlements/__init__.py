"""Entitlements: features, the products that they come with, and the customers who may use them."""
