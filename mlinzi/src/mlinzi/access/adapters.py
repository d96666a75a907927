"""How the sign-in library is bound to this house."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mlinzi.access import acts, limits
from mlinzi.access.models import Person
from mlinzi.access.rules import SessionEnd
from mlinzi.kernel.clock import now


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in and out: nobody signs up, failures are counted by browser, everything is recorded."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address and the password do not belong together."),
        "too_many_login_attempts": _(
            "Too many attempts failed. Wait five minutes, or use a browser in which you signed in before."
        ),
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False

    def is_ajax(self, _request: HttpRequest) -> bool:
        # The library would answer scripts in JSON; there is nobody to talk to in it, and so no second way in.
        return False

    def is_reauthentication_required(self, **_kwargs: Any) -> bool:
        # `guard.needs(fresh_factor=True)` asks, and for the second factor. The library would also put the
        # whole request with address and cookies into the session.
        return False

    def network_address(self, request: HttpRequest) -> str:
        """The address that a request comes from, as far as it can be known."""
        try:
            return str(super().get_client_ip(request))
        except PermissionDenied:
            return "unknown"

    def get_client_ip(self, request: HttpRequest) -> str:
        """A keyed digest in place of the network address: it is only ever counted by."""
        return limits.address_mark(request)

    def get_logout_redirect_url(self, _request: HttpRequest) -> str:
        return reverse("account_login")

    def add_message(self, *_args: Any, **_kwargs: Any) -> None:
        """The library's messages are not shown; our own pages say what happened."""

    def send_notification_mail(self, *_args: Any, **_kwargs: Any) -> None:
        """The library sends no letters; `messaging` is the only sender."""

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt. Raises a validation error when there were too many."""
        self._login_failed_rl_usage = limits.consume(request, "password", credentials.get("email", ""))
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The person whose password this is. An account that has ended is nobody's."""
        found: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if found is not None and not found.is_active:
            self.authentication_failed(request, **credentials)
            return None
        return found

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        email = credentials.get("email", "")
        acts.record_failed_sign_in(
            "password", email, known_browser=limits.is_known(request, email), now=now()
        )

    @transaction.atomic
    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Open the session under a new number, and record it."""
        assert isinstance(user, Person)  # noqa: S101 - the only kind of account there is
        acts.record_sign_in(user, factor=_factor_used(request), now=now())
        super().login(request, user)

    @transaction.atomic
    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, Person):
            acts.record_session_end(request.user, SessionEnd.SIGNED_OUT, now=now())
        super().logout(request)


def _factor_used(request: HttpRequest) -> str:
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    return next((r.get("type", "") for r in reversed(records) if r.get("method") == "mfa"), "")


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: app and passkey, no recovery codes. `access.sealing` seals what is stored of them."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This is not the code. Codes change every 30 seconds and work once."),
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Mlinzi"}
