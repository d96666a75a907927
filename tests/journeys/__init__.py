"""Whole stories: the real command, real processes with their own roles and keys, a real browser."""
