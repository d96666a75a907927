"""All settings. Everything that may differ between installations comes from the environment or the state
folder.

| variable | meaning | default |
|---|---|---|
| MLINZI_PROCESS | which process this is: owner, public, staff, worker, sequencer | owner |
| MLINZI_STATE | folder of keys, sealed files and the embedded database | .mlinzi in the checkout |
| DATABASE_URL | an owner's connection to a running PostgreSQL 15 or newer | the embedded one |
| MLINZI_DOOR | "provider": the public process as the door of providers' programs; set by `mlinzi run` | – |
| MLINZI_PROVIDER_HOSTS | host names of that door, by comma | 127.0.0.1 |
| MLINZI_PUBLIC_HOSTS | host names of the public site, by comma | 127.0.0.1 |
| MLINZI_STAFF_HOSTS | host names of the staff site, by comma | localhost |
| MLINZI_STAFF_ADDRESS | the staff site's address in letters | http://localhost:8001 |
| MLINZI_HTTPS | yes, when a proxy in front speaks https: cookies are then marked secure | no |
| MLINZI_EMAIL_URL | smtp://user:password@host:port, or file: for files in the state folder | file: |
| MLINZI_EMAIL_FROM | the sender in letters | mlinzi@localhost |
| MLINZI_CPIMS_URL | https address of the children's case system (CPIMS); none: nothing is sent there | none |
| MLINZI_CPIMS_TOKEN_FILE | file with the token that it gave us, readable by the worker alone | none |
| MLINZI_NUMBERS_AHEAD | how many numbers each process of the public site makes ahead in idle time | 1000 |
| MLINZI_DEBUG | yes shows tracebacks; `mlinzi check` refuses it | no |
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mlinzi.site.environment import (
    Process,
    database_of,
    safe_address,
    secret_of,
    state_folder,
    whole_number,
    yes_no,
)

PROCESS = Process(os.environ.get("MLINZI_PROCESS", "owner"))
# The public site has a second door, for providers' programs: a process of its own with the same rights and
# keys, so that no flood of uploads keeps a child waiting.
PROVIDERS_DOOR = PROCESS is Process.PUBLIC and os.environ.get("MLINZI_DOOR") == "provider"
STATE = state_folder()
KEYS = STATE / "keys"
VAULT = STATE / "vault"
DOOR = STATE / "door"
DEBUG = yes_no("MLINZI_DEBUG")
NUMBERS_AHEAD = whole_number("MLINZI_NUMBERS_AHEAD", 1_000)
HTTPS = yes_no("MLINZI_HTTPS")

SECRET_KEY = secret_of(KEYS, PROCESS)
PROVIDER_HOSTS = os.environ.get("MLINZI_PROVIDER_HOSTS", "127.0.0.1").split(",")
PUBLIC_HOSTS = os.environ.get("MLINZI_PUBLIC_HOSTS", "127.0.0.1").split(",")
STAFF_HOSTS = os.environ.get("MLINZI_STAFF_HOSTS", "localhost").split(",")
STAFF_ADDRESS = os.environ.get("MLINZI_STAFF_ADDRESS", "http://localhost:8001")
ALLOWED_HOSTS = {
    Process.PUBLIC: PROVIDER_HOSTS if PROVIDERS_DOOR else PUBLIC_HOSTS,
    Process.STAFF: STAFF_HOSTS,
}.get(PROCESS, ["testserver", *PUBLIC_HOSTS, *STAFF_HOSTS])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "mlinzi.audit",
    "mlinzi.directory",
    "mlinzi.law",
    "mlinzi.access",
    "mlinzi.deadlines",
    "mlinzi.messaging",
    "mlinzi.vault",
    "mlinzi.intake",
    "mlinzi.casework",
    "mlinzi.industry",
    "mlinzi.site",
    # After our rooms, so that our templates go before the library's. The public site has nobody to sign in.
    *([] if PROCESS is Process.PUBLIC else ["allauth", "allauth.account", "allauth.mfa", "django_htmx"]),
]

# The public site has no session and nobody to sign in: what is not there cannot leak.
PUBLIC_MIDDLEWARE = [
    # For slow lines. What a page repeats of a request never stands beside a secret that another site could
    # ask for: the cookies are not sent along for it (SameSite=Strict).
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "mlinzi.site.middleware.quiet_headers",
    "mlinzi.site.middleware.own_forms_only",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "mlinzi.site.middleware.plain_errors",
]
STAFF_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "mlinzi.site.middleware.quiet_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "mlinzi.site.middleware.plain_errors",
    "mlinzi.site.middleware.in_the_countrys_time",
    "mlinzi.access.middleware.idle_sessions_end",
    "mlinzi.access.middleware.second_factor_first",
]
# No pages, no cookies, no forms: programs alone.
PROVIDER_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "mlinzi.site.middleware.quiet_headers",
]
if PROVIDERS_DOOR:
    MIDDLEWARE, ROOT_URLCONF = PROVIDER_MIDDLEWARE, "mlinzi.site.urls_provider"
elif PROCESS is Process.PUBLIC:
    MIDDLEWARE, ROOT_URLCONF = PUBLIC_MIDDLEWARE, "mlinzi.site.urls_public"
else:
    MIDDLEWARE, ROOT_URLCONF = STAFF_MIDDLEWARE, "mlinzi.site.urls_staff"
WSGI_APPLICATION = "mlinzi.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mlinzi.site.context.every_page",
            ]
            if PROCESS is not Process.PUBLIC
            else ["django.template.context_processors.request", "mlinzi.site.context.every_page"],
        },
    }
]

DATABASES = {"default": database_of(KEYS, PROCESS)}
CACHES = {
    # On PostgreSQL, so that sign-in limits count over all workers and survive a restart.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "access_cache",
        # The default of 300 would let anybody push counters of failures out by making others.
        "OPTIONS": {"MAX_ENTRIES": 3_000_000},
    }
    if PROCESS is not Process.PUBLIC
    else {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("sw", "Kiswahili")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
FORMAT_MODULE_PATH = ["mlinzi.site.formats"]

STATIC_URL = "static/"
STATICFILES_DIRS = [Path(__file__).parent / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Our own files are only linked with a digest of their content ({% asset %}), so browsers may keep them for
# ever.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/(mlinzi|access|intake)/"

# ------------------------------------------------------------------ sign-in
AUTH_USER_MODEL = "access.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "mlinzi.access.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {"login": "mlinzi.access.forms.SignInForm"}
ACCOUNT_RATE_LIMITS = False  # counted in access.limits, so that a stranger cannot lock somebody else out
# Behind a proxy everybody comes from the proxy's address; the one it was told of is counted by.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if HTTPS else 0
MFA_ADAPTER = "mlinzi.access.adapters.FactorAdapter"
MFA_FORMS = {
    "authenticate": "mlinzi.access.forms.CodeForm",
    "authenticate_webauthn": "mlinzi.access.forms.PasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_ISSUER = "Mlinzi"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

SESSION_COOKIE_NAME = "mlinzi_staff"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "mlinzi_form"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "mlinzi.site.web.form_expired"

# ------------------------------------------------------------------ headers
_SELF = ["'self'"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "style-src": _SELF,
        "img-src": [*_SELF, "data:"],
        "form-action": _SELF,
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "script-src": _SELF,
        "connect-src": _SELF,
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "no-referrer" if PROCESS is Process.PUBLIC else "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# A page of the public site that takes a file says so itself, with a handler that seals it as it comes.
PUBLIC_UPLOADS, STAFF_UPLOADS = ["mlinzi.vault.uploads.NoFiles"], ["mlinzi.vault.uploads.InMemoryOnly"]
FILE_UPLOAD_HANDLERS = PUBLIC_UPLOADS if PROCESS is Process.PUBLIC else STAFF_UPLOADS

# ------------------------------------------------------------------ letters
_mail = urlsplit(os.environ.get("MLINZI_EMAIL_URL", "file:"))
if _mail.scheme == "smtp":
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 587
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_TLS = EMAIL_PORT != 25
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(STATE / "outbox")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("MLINZI_EMAIL_FROM", "mlinzi@localhost")

# ------------------------------------------------------------------ other case systems
CPIMS_URL = safe_address("MLINZI_CPIMS_URL")
# Read by the job that sends, and by no other process.
CPIMS_TOKEN_FILE = os.environ.get("MLINZI_CPIMS_TOKEN_FILE", "")

# ------------------------------------------------------------------ log
# No request is ever written down: no address, no user agent, no referrer, no path with a parameter.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_request": {"()": "mlinzi.site.quietlog.WithoutRequest"}},
    "formatters": {"line": {"()": "mlinzi.site.quietlog.Line"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_request"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
        "django.server": {"handlers": [], "level": "ERROR", "propagate": False},
        "procrastinate": {"level": "WARNING"},
    },
}
