"""V2: the way of writing below /v2, where it differs from that below /v1."""
