"""Automatic tax: where buyer and seller are, which taxes that means, calculations of them."""
