"""How the sign-in library is bound to this house."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up."""


class FactorAdapter(DefaultMFAAdapter):
    """Second factors."""
