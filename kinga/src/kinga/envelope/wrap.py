"""Wrapping a data key for one recipient, and unwrapping it.

Kind 1 is HPKE base mode (RFC 9180: DHKEM X25519 HKDF-SHA256, HKDF-SHA256, AES-256-GCM), kind 2 AES-256-GCM
under a numbered key. Both bind the kind, the key id and the context: a stanza moved to another object,
or renamed to another key, does not open.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from kinga.envelope.errors import Damage, Malformed, Tampered
from kinga.envelope.keys import HeldKey, Kind, PrivateKey, PublicKey, Recipient, Stanza, SymmetricKey

NONCE_BYTES = 12
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_LABEL = b"kinga.envelope v1 wrap"


def wrap(data_key: bytes, recipient: Recipient, context: bytes) -> Stanza:
    """Return ``data_key`` wrapped for ``recipient``. Raises Malformed for a public key that is none."""
    if isinstance(recipient, PublicKey):
        return _wrap_hpke(data_key, recipient, context)
    bound = _bound(Kind.AES_256_GCM, recipient.key_id, context)
    nonce = secrets.token_bytes(NONCE_BYTES)
    wrapped = nonce + AESGCM(recipient.raw).encrypt(nonce, data_key, bound)
    return Stanza(Kind.AES_256_GCM, recipient.key_id, wrapped)


def unwrap_with(key: HeldKey | None, stanza: Stanza, context: bytes) -> bytes | None:
    """Return the data key in ``stanza``, or None when ``key`` is not of the kind that it was wrapped for.

    Raises Tampered when the key is the right one by id and kind, but the stanza does not open.
    """
    bound = _bound(stanza.kind, stanza.key_id, context)
    try:
        if isinstance(key, PrivateKey) and stanza.kind == Kind.HPKE_X25519:
            return _SUITE.decrypt(stanza.wrapped, X25519PrivateKey.from_private_bytes(key.raw), bound)
        if isinstance(key, SymmetricKey) and stanza.kind == Kind.AES_256_GCM:
            nonce, wrapped = stanza.wrapped[:NONCE_BYTES], stanza.wrapped[NONCE_BYTES:]
            return AESGCM(key.raw).decrypt(nonce, wrapped, bound)
    except (InvalidTag, ValueError):  # ValueError: a nonce or a point cut short
        raise Tampered(Damage.WRAP) from None
    return None


def _wrap_hpke(data_key: bytes, recipient: PublicKey, context: bytes) -> Stanza:
    bound = _bound(Kind.HPKE_X25519, recipient.key_id, context)
    try:
        wrapped = _SUITE.encrypt(data_key, X25519PublicKey.from_public_bytes(recipient.raw), bound)
    except ValueError:
        # A point of low order gives a secret that everybody knows: sealing for it would seal nothing.
        raise Malformed(f"The public key {recipient.key_id} is not a usable X25519 key.") from None
    return Stanza(Kind.HPKE_X25519, recipient.key_id, wrapped)


def _bound(kind: int, key_id: str, context: bytes) -> bytes:
    name = key_id.encode("ascii")
    return _LABEL + bytes([kind, len(name)]) + name + context
