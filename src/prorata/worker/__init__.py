"""The worker: due work, test clocks on their way, webhook deliveries, and keeping house."""
