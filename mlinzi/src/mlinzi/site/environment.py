"""Reading the environment and the state folder, with a clear word when something is wrong."""

import os
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from mlinzi.kernel.errors import OurTurn


class Process(StrEnum):
    OWNER = "owner"
    PUBLIC = "public"
    STAFF = "staff"
    WORKER = "worker"
    SEQUENCER = "sequencer"


class BadSetting(OurTurn):
    """A setting has a value that cannot be used."""


def yes_no(name: str) -> bool:
    """A setting that is yes or no. Raises `BadSetting` for anything else, so that a typing error is not a
    no."""
    value = os.environ.get(name, "no").lower()
    if value not in {"yes", "no"}:
        raise BadSetting(f"{name} must be yes or no, not {value!r}.")
    return value == "yes"


def whole_number(name: str, usual: int) -> int:
    """A setting that is a whole number from 0 on. Raises `BadSetting` for anything else."""
    value = os.environ.get(name, str(usual))
    if not (value.isascii() and value.isdigit()):
        raise BadSetting(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def safe_address(name: str) -> str:
    """A setting that is the address of another system, "" for none.

    Raises `BadSetting` for one that would send children's names in clear, or holds a password.
    """
    value = os.environ.get(name, "")
    parts = urlsplit(value)
    own = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    if value and (not parts.hostname or parts.username or not (own or parts.scheme == "https")):
        raise BadSetting(f"{name} must begin with https:// and hold no password.")
    return value


def state_folder() -> Path:
    """The folder of keys, sealed files and the embedded database."""
    given = os.environ.get("MLINZI_STATE")
    return Path(given).absolute() if given else Path(__file__).parents[4] / ".mlinzi"


def secret_of(keys: Path, process: Process) -> str:
    """The secret for signing: each site has its own, so that nothing signed by one is believed by the other.

    Before keys exist (during `mlinzi migrate` of a new installation) a random one is used, which signs
    nothing that lasts.
    """
    path = keys / process / "django-secret"
    return path.read_text().strip() if path.exists() else secrets.token_urlsafe(48)


def database_url_of(keys: Path, process: Process) -> str:
    """The connection of a process's own role; for the owner, DATABASE_URL goes first."""
    if process is Process.OWNER and os.environ.get("DATABASE_URL"):
        return os.environ["DATABASE_URL"]
    path = keys / process / "database-url"
    return path.read_text().strip() if path.exists() else os.environ.get("DATABASE_URL", "")


def database_of(keys: Path, process: Process) -> dict[str, Any]:
    """Django's description of the database of a process."""
    url = database_url_of(keys, process)
    parts = urlsplit(url)
    if url and parts.scheme not in {"postgres", "postgresql"}:
        raise BadSetting(
            "DATABASE_URL must begin with postgresql:// (PostgreSQL 15 or newer is the only database)."
        )
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "mlinzi",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or unquote(parts.hostname or ""),
        "PORT": query.get("port") or str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        # After the database was killed and is back, a broken connection in the pool is noticed before it is
        # used.
        "CONN_HEALTH_CHECKS": True,
        # An attempt to reach the database is given up after a few seconds; the next request begins another:
        # the library's own pauses grow until somebody would wait for them after the database is back.
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 10, "reconnect_timeout": 3}}
        if process in {Process.PUBLIC, Process.STAFF}
        else {},
        "TEST": {"NAME": f"test_{unquote(parts.path.lstrip('/')) or 'mlinzi'}"},
    }
