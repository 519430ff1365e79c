"""The HTTP application: routes, keys, idempotency, dispatch."""
