"""Automatic tax: worked tables, through the front door, and sums that always add up."""
