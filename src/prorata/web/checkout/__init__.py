"""Checkout's pages: where visitors choose and pay; links, pricing tables and buy buttons to them."""
