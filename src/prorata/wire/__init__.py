"""The wire: bytes to values and back, lists, expansion, search, and the chain of API versions."""
