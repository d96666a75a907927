"""The people of the tests, one sentence each. Every access test reads as a story about them."""
