"""What each `mlinzi` command does."""
