"""Pages of officers: lists, one case, what is done with it, one referral."""
