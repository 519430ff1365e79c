"""Tax: registrations, settings, calculations and transactions."""
