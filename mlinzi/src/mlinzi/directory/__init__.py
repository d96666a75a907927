"""Organisations, services and places; the country and its emergency numbers."""
