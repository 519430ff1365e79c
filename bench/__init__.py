"""Bench: commands that print figures beside what they compare with."""
