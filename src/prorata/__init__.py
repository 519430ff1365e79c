"""Prorata: subscription billing that anyone can run."""
