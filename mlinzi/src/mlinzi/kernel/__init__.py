"""Ids, the clock, errors, the Actor, and two small model helpers. No tables, no knowledge of any room."""
