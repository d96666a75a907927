"""Triage, cases, referrals, answers."""
