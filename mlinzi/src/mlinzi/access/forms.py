"""The shape of what comes in: signing in, second factors, invitations, people and roles."""

import string
from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.forms import LoginForm
from allauth.core import context
from allauth.mfa.adapter import get_adapter as factor_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import validate_totp_code
from allauth.mfa.webauthn.internal import auth as passkeys
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mlinzi.access import acts, limits, reads
from mlinzi.access.models import Person, Role
from mlinzi.access.rules import Officer, needs_two_people
from mlinzi.directory import reads as directory
from mlinzi.kernel.clock import now
from mlinzi.kernel.packed import in_language

# A code is good for 30 seconds and one step of clock drift on each side. Once used it stays used for longer
# than that.
CODE_USED_FOR = 180


class SignInForm(LoginForm):  # type: ignore[misc]
    """E-mail address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label, password.label = _("E-mail address"), _("Password")
        password.help_text = ""
        login.error_messages["required"] = _("Type your e-mail address.")
        password.error_messages["required"] = _("Type your password.")
        for field in (login, password):
            field.widget.attrs.pop("placeholder", None)


class _FactorForm(forms.Form):
    """A second factor of one person, with a limit on failures that nobody else can use up."""

    reauthenticated = False

    def __init__(self, *args: Any, user: Person, **kwargs: Any) -> None:
        self.user = user
        self.authenticator: Authenticator | None = None
        super().__init__(*args, **kwargs)

    def attempt(self, check: Callable[[], Authenticator | None]) -> None:
        """Count, check, and take the count back after a success. `check` returns the factor or None."""
        request: HttpRequest = context.request
        usage = limits.consume(request, "factor", self.user.email)
        if usage is None:
            raise account_adapter(request).validation_error("too_many_login_attempts")
        self.authenticator = check()
        if self.authenticator is None:
            known = limits.is_known(request, self.user.email)
            acts.record_failed_sign_in("factor", self.user.email, known_browser=known, now=now())
            raise factor_adapter().validation_error("incorrect_code")
        usage.rollback()

    def save(self) -> None:
        """Note in the session that the factor was given."""
        post_authentication(context.request, self.authenticator, reauthenticated=self.reauthenticated)


def _digits_of(code: str) -> str:
    """A code without what people type between its digits.

    The library overlooks all punctuation. What is marked as used must be spelled one way only: else a code
    that somebody saw would open once more as 123-456.
    """
    return "".join(sign for sign in code if sign in string.digits)


def _code_field() -> forms.CharField:
    return forms.CharField(
        label=_("Code"),
        max_length=12,
        help_text=_("Six digits from your authenticator app."),
        error_messages={"required": _("Type the code that your app shows now.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "digits", "size": "8"}
        ),
    )


class CodeForm(_FactorForm):
    """A code from the authenticator app."""

    code = _code_field()

    def clean_code(self) -> str:
        code = _digits_of(self.cleaned_data["code"])
        self.attempt(lambda: self._app_with(code))
        return code

    def _app_with(self, code: str) -> Authenticator | None:
        for factor in reads.factors_of(self.user.pk):
            if factor.type != Authenticator.Type.TOTP or not validate_totp_code(factor.data["secret"], code):
                continue
            # `add` writes only where nothing was: whoever saw the code over a shoulder comes too late with
            # it.
            return factor if cache.add(f"access.code|{self.user.pk}|{code}", 1, CODE_USED_FOR) else None
        return None


class ConfirmCodeForm(CodeForm):
    """A code from somebody who is signed in already."""

    reauthenticated = True


class PasskeyForm(_FactorForm):
    """The answer of a passkey; the page's script fills it in."""

    credential = forms.JSONField(widget=forms.HiddenInput)

    def clean_credential(self) -> Authenticator | None:
        credential = self.cleaned_data["credential"]
        self.attempt(lambda: self._passkey_with(credential))
        return self.authenticator

    def _passkey_with(self, credential: dict[str, Any]) -> Authenticator | None:
        try:
            passkeys.parse_authentication_response(credential)
            return passkeys.complete_authentication(self.user, credential)
        except (forms.ValidationError, ValueError, TypeError, KeyError, AttributeError):
            return None


class ConfirmPasskeyForm(PasskeyForm):
    """A passkey of somebody who is signed in already."""

    reauthenticated = True


class NewAppForm(forms.Form):
    """The first code of a new authenticator app: it proves that the app has the secret."""

    code = _code_field()

    def __init__(self, *args: Any, user: Person, secret: str, **kwargs: Any) -> None:
        self.user, self.secret = user, secret
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        code = _digits_of(self.cleaned_data["code"])
        fits = validate_totp_code(self.secret, code)
        if not fits or not cache.add(f"access.code|{self.user.pk}|{code}", 1, CODE_USED_FOR):
            raise factor_adapter().validation_error("incorrect_code")
        return code


class NewPasskeyForm(forms.Form):
    """A new passkey with the name that its owner gives it."""

    name = forms.CharField(
        label=_("Name of the device"),
        max_length=60,
        required=False,
        help_text=_("So that you know it again, for example: phone, blue key."),
    )
    credential = forms.JSONField(widget=forms.HiddenInput)

    def clean_credential(self) -> dict[str, Any]:
        credential: dict[str, Any] = self.cleaned_data["credential"]
        try:
            passkeys.parse_registration_response(credential)
            passkeys.complete_registration(credential)
        except (forms.ValidationError, ValueError, TypeError, KeyError, AttributeError):
            raise forms.ValidationError(
                _("The device did not answer as it should. Load this page anew and try again.")
            ) from None
        return credential


class _NewPasswordForm(forms.Form):
    """A new password, twice. At least 15 characters and no rules about which."""

    new_password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=200,
        error_messages={"required": _("Choose a password.")},
        help_text=_(
            "At least 15 characters, and no other rules. Several words that only you put together are good."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again_password = forms.CharField(
        label=_("The same password again"),
        strip=False,
        max_length=200,
        error_messages={"required": _("Type the same password again.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: Person, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, second = cleaned.get("new_password"), cleaned.get("again_password")
        if first and second and first != second:
            self.add_error("again_password", _("This is not the same password."))
        return cleaned


class WelcomeForm(_NewPasswordForm):
    """The password of somebody who was invited."""


class PasswordForm(_NewPasswordForm):
    """A change of one's own password."""

    old_password = forms.CharField(
        label=_("Password until now"),
        strip=False,
        error_messages={"required": _("Type the password that you use now.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["old_password", "new_password", "again_password"]


def _languages() -> list[tuple[str, str]]:
    return [(code, str(name)) for code, name in settings.LANGUAGES]


class LanguageForm(forms.Form):
    """The language of one's own pages and letters."""

    language = forms.ChoiceField(label=_("Language"), choices=_languages)


class InviteForm(forms.Form):
    """A new colleague."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        error_messages={"required": _("Type the name of your colleague.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The invitation is sent there. Use an address that only this person reads."),
        error_messages={
            "required": _("Type the e-mail address of your colleague."),
            "invalid": _("This is not an e-mail address; it looks like name@example.org."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    organisation = forms.ChoiceField(label=_("Organisation"))
    language = forms.ChoiceField(label=_("Language"), choices=_languages)

    def __init__(self, *args: Any, by: Officer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = reads.organisations_to_invite_for(by=by)  # type: ignore[attr-defined]


class CredentialForm(forms.Form):
    """A way in for a provider's program."""

    organisation = forms.ChoiceField(label=_("For which organisation?"))
    kind = forms.ChoiceField(
        label=_("What for?"),
        widget=forms.RadioSelect,
        choices=[("test", _("Tests: nothing reaches an officer")), ("live", _("Real reports"))],
        error_messages={"required": _("Choose tests or real reports.")},
    )

    def __init__(self, *args: Any, by: Officer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = reads.organisations_with_programs(by=by)  # type: ignore[attr-defined]


class FindForm(forms.Form):
    """Look for people."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    standing = forms.ChoiceField(
        label=_("Account"),
        required=False,
        choices=[
            ("", _("In use or invited")),
            ("active", _("In use")),
            ("invited", _("Invited")),
            ("ended", _("Ended")),
        ],
    )


class RoleForm(forms.Form):
    """A role for somebody, with its area and its last day."""

    role = forms.ChoiceField(
        label=_("Role"), widget=forms.RadioSelect, error_messages={"required": _("Choose a role.")}
    )
    area = forms.ChoiceField(
        label=_("Area"), required=False, help_text=_("Only for roles that work in an area.")
    )
    last_day = forms.DateField(
        label=_("Last day"),
        help_text=_("The role ends by itself on this day; a year from today at most."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose the last day."), "invalid": _("Choose the last day.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_(
            "For the second person, where one is needed: roles that manage people or open all cases."
        ),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or ""
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.pack_id, _in_words(role, language)) for role in reads.roles_for(person)
        ]
        self.fields["area"].choices = [  # type: ignore[attr-defined]
            ("", _("No area")),
            *((area.pack_id, area.name) for area in directory.areas()),
        ]

    def expires_at(self) -> datetime:
        """The end of the last day, by the country's clock."""
        last_day = self.cleaned_data["last_day"]
        return datetime.combine(last_day, time(23, 59, 59), tzinfo=directory.time_zone())


def _in_words(role: Role, language: str) -> str:
    """A role as it is offered: what it is called, what it is for, and whether giving it takes two people."""
    words = f"{in_language(role.label, language)}: {in_language(role.description, language)}"
    return (
        f"{words} {_('A second person has to agree.')}" if needs_two_people(reads.rights_of(role)) else words
    )


class ReasonForm(forms.Form):
    """Why something that needs two people should be done."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        error_messages={"required": _("Give a reason; the second person decides by it.")},
        help_text=_(
            "The second person decides by it. Write how you know that it is really your colleague who asks."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DecisionForm(forms.Form):
    """The word of the second person."""

    decision = forms.ChoiceField(choices=[("approve", "approve"), ("refuse", "refuse")])
