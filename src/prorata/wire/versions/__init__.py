"""The chain of API versions: each breaking change is one small step, written down once."""
