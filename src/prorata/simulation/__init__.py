"""The simulation: a company that lives for years in virtual time, with all that goes wrong."""
