"""Providers in the house: what they report by hand, how their programs get in, how they meet the duty."""
