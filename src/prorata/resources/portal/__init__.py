"""The customer portal: how it is configured, and the sessions in which customers see it."""
