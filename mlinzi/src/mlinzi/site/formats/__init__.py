"""Formats for languages that Django has none for."""
