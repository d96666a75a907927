"""Sealed fields and sealed files: the only place that decrypts."""
