"""A report arrives, and whoever sent it can come back for an answer."""
