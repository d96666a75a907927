"""What was done, by whom, unalterably."""
