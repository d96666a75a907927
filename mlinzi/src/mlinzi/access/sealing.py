"""Second factors lie sealed in the sign-in library's table.

The library offers a hook that encrypts a text, but the hook does not learn whose text it is, and passkeys
pass it by. So the whole content of a row is sealed as it is written and opened as it is read, bound to the
person and the kind of factor: what is moved to another person's row does not open.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from json import dumps, loads
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models.signals import post_init, post_save, pre_save

from kinga import envelope
from mlinzi.kernel.errors import OurTurn
from mlinzi.kernel.keyring import KeyRing, keyring

SEALED = "sealed"


class CannotSealFactor(OurTurn):
    """This process does not hold the key of the second factors; only the staff site does (see
    docs/keys.md).
    """


def seal(data: Mapping[str, Any], person_id: object, kind: str, *, keys: KeyRing) -> str:
    """Seal the content of a second factor. Returns text for a JSON column. Raises `CannotSealFactor`."""
    if keys.factor is None:
        raise CannotSealFactor
    return b64encode(
        envelope.seal(dumps(data).encode(), to=[keys.factor], context=_context(person_id, kind))
    ).decode()


def unseal(sealed: str, person_id: object, kind: str, *, keys: KeyRing) -> dict[str, Any]:
    """Open what `seal` sealed. Raises an `EnvelopeError` for what was changed or belongs to somebody else."""
    opened = envelope.open_sealed(b64decode(sealed), keys=keys.holder, context=_context(person_id, kind))
    found = loads(opened)
    assert isinstance(found, dict)  # noqa: S101 - sealed by us, so it is what `seal` was given
    return found


def _context(person_id: object, kind: str) -> bytes:
    return f"access.factor|{person_id}|{kind}".encode()


def _seal_before_writing(instance: Authenticator, update_fields: frozenset[str] | None, **_: object) -> None:
    if (update_fields is None or "data" in update_fields) and SEALED not in instance.data:
        instance.data = {SEALED: seal(instance.data, instance.user_id, instance.type, keys=keyring())}


def _open(instance: Authenticator, **_: object) -> None:
    # A row that is read without its content, or by a process without the key, stays as it is.
    data = instance.__dict__.get("data") or {}
    keys = keyring() if SEALED in data else None
    if keys and keys.factor is not None:
        instance.data = unseal(data[SEALED], instance.user_id, instance.type, keys=keys)


def connect() -> None:
    """Bind sealing to the library's table. Called once, when the application starts."""
    pre_save.connect(_seal_before_writing, sender=Authenticator, dispatch_uid="access.seal")
    post_save.connect(_open, sender=Authenticator, dispatch_uid="access.open_written")
    post_init.connect(_open, sender=Authenticator, dispatch_uid="access.open_read")
