"""Whole stories, and checks of the house itself."""
