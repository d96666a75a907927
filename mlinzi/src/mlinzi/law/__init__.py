"""Instruments, provisions and their state by date; facts with source and certainty."""
