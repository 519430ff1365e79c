"""Rules: the arithmetic of billing, numbers and dates in, numbers and dates out."""
