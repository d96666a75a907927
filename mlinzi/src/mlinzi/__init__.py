"""Mlinzi, the platform: one room per kind of work (see docs/map.md)."""
