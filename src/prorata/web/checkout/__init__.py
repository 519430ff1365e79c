"""Checkout's pages: where visitors choose and pay; payment links, pricing tables, buy buttons."""
