"""Reporting: report types, their runs, and the reports of our own."""
