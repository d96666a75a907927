"""Checks at start-up."""
