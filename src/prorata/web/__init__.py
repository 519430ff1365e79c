"""The web: pages that customers open in a browser."""
