"""Commands: what `prorata` does on the command line."""
