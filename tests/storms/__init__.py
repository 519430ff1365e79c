"""Storms: long random runs against a server, each found failure with the seed that repeats it."""
