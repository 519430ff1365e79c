"""The customer portal: what customers do there, by the same verbs as the API."""
