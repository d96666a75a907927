"""The format is what ``docs/envelope-format.md`` says, and stays so.

``read_by_the_book`` is a second reader, written from that page alone; it uses nothing of ``kinga``.
"""

import hashlib
import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kinga import envelope
from kinga.envelope.header import parse, subkeys, unlock
from kinga.envelope.objects import _seal


def read_by_the_book(sealed: bytes, key_id: str, kind: int, key: bytes, context: bytes) -> bytes:
    """Open ``sealed`` as the page describes it; refuses by AssertionError or by the library's exceptions."""
    assert sealed[:4] == b"kge\x01"
    size = 2 ** sealed[4]
    at, wrapped = 6, b""
    for _ in range(sealed[5]):
        found_kind, length = sealed[at], sealed[at + 1]
        name = sealed[at + 2 : at + 2 + length]
        at += 2 + length
        long = int.from_bytes(sealed[at : at + 2], "big")
        if (found_kind, name) == (kind, key_id.encode()):
            wrapped = sealed[at + 2 : at + 2 + long]
        at += 2 + long
    bound = b"kinga.envelope v1 wrap" + bytes([kind, len(key_id)]) + key_id.encode() + context
    data_key = _unwrap(wrapped, kind, key, bound)
    assert len(data_key) == 32
    made = HKDF(hashes.SHA256(), 71, salt=None, info=b"kinga.envelope v1 subkeys").derive(data_key)
    body_key, header_key, prefix = made[:32], made[32:64], made[64:]
    assert hmac.digest(header_key, sealed[:at] + context, hashlib.sha256) == sealed[at : at + 32]
    body, number, plain = sealed[at + 32 :], 0, b""
    while True:
        segment, body = body[: size + 16], body[size + 16 :]
        nonce = prefix + number.to_bytes(4, "big") + (b"\x00" if body else b"\x01")
        plain += AESGCM(body_key).decrypt(nonce, segment, b"kinga.envelope v1 body" + context)
        if not body:
            return plain
        number += 1


def _unwrap(wrapped: bytes, kind: int, key: bytes, bound: bytes) -> bytes:
    if kind == 1:
        suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
        return suite.decrypt(wrapped, X25519PrivateKey.from_private_bytes(key), bound)
    return AESGCM(key).decrypt(wrapped[:12], wrapped[12:], bound)


def _keys(vectors: dict[str, Any]) -> dict[str, envelope.HeldKey]:
    kinds: dict[str, type[envelope.HeldKey]] = {
        "x25519": envelope.PrivateKey,
        "symmetric": envelope.SymmetricKey,
    }
    return {
        entry["key_id"]: kinds[entry["kind"]](entry["key_id"], bytes.fromhex(entry["key"]))
        for entry in vectors["keys"]
    }


def test_golden_objects_open_for_ever(envelope_vectors: dict[str, Any]) -> None:
    keys = _keys(envelope_vectors)
    assert len(envelope_vectors["objects"]) >= 6
    for vector in envelope_vectors["objects"]:
        sealed, plain, context = (bytes.fromhex(vector[part]) for part in ("sealed", "plain", "context"))
        assert envelope.recipients_of(sealed) == tuple(vector["recipients"])
        for key_id in vector["recipients"]:
            holder = envelope.MemoryKeys(keys[key_id])
            assert envelope.open_sealed(sealed, keys=holder, context=context) == plain
            kind = 1 if isinstance(keys[key_id], envelope.PrivateKey) else 2
            assert read_by_the_book(sealed, key_id, kind, keys[key_id].raw, context) == plain


def test_golden_objects_have_the_golden_keys_inside(envelope_vectors: dict[str, Any]) -> None:
    holder = envelope.MemoryKeys(*_keys(envelope_vectors).values())
    for vector in envelope_vectors["objects"]:
        header = parse(bytes.fromhex(vector["sealed"]))
        data_key = unlock(header, holder, bytes.fromhex(vector["context"]))
        derived = subkeys(data_key)
        assert header.size == vector["header_size"]
        assert data_key.hex() == vector["data_key"]
        assert derived.body.hex() == vector["body_key"]
        assert derived.header.hex() == vector["header_key"]
        assert derived.prefix.hex() == vector["nonce_prefix"]


def test_what_must_not_open_does_not(envelope_vectors: dict[str, Any]) -> None:
    keys = _keys(envelope_vectors)
    assert len(envelope_vectors["refused"]) >= 10
    for vector in envelope_vectors["refused"]:
        holder = envelope.MemoryKeys(*(keys[key_id] for key_id in vector["keys"]))
        with pytest.raises(getattr(envelope, vector["error"])) as caught:
            envelope.open_sealed(
                bytes.fromhex(vector["sealed"]), keys=holder, context=bytes.fromhex(vector["context"])
            )
        if "damage" in vector:
            assert isinstance(caught.value, envelope.Tampered), vector["name"]
            assert caught.value.damage.name == vector["damage"], vector["name"]


def test_golden_keys_have_their_public_keys_and_seeds(envelope_vectors: dict[str, Any]) -> None:
    for entry in envelope_vectors["keys"]:
        if entry["kind"] == "x25519":
            key = envelope.PrivateKey(entry["key_id"], bytes.fromhex(entry["key"]))
            assert key.public.raw.hex() == entry["public"]
    seeded = envelope_vectors["from_seed"]
    made = envelope.PrivateKey.from_seed(seeded["key_id"], bytes.fromhex(seeded["seed"]))
    assert made.raw.hex() == seeded["key"]


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 128, 200])
def test_what_we_write_today_is_read_by_the_book(
    desk: envelope.PrivateKey, records: envelope.SymmetricKey, size: int
) -> None:
    plain = bytes(range(size))
    sealed = _seal(plain, [desk.public, records], b"context", 6)
    assert read_by_the_book(sealed, desk.key_id, 1, desk.raw, b"context") == plain
    assert read_by_the_book(sealed, records.key_id, 2, records.raw, b"context") == plain


def test_a_stanza_of_a_later_kind_is_passed_over(records: envelope.SymmetricKey) -> None:
    """A later version may add a kind of recipient; today's readers still open what is for them."""
    sealed = _seal(b"Habari", [records], b"c", 6)
    header = parse(sealed)
    later = bytes([9, 4]) + b"pq:1" + (1200).to_bytes(2, "big") + bytes(1200)
    text = header.text[:5] + b"\x02" + later + header.text[6:]
    derived = subkeys(unlock(header, envelope.MemoryKeys(records), b"c"))
    tag = hmac.digest(derived.header, text + b"c", hashlib.sha256)
    holder = envelope.MemoryKeys(records, envelope.SymmetricKey.generate("pq:1"))
    changed = text + tag + sealed[header.size :]
    assert envelope.recipients_of(changed) == ("pq:1", "records:3")
    assert envelope.open_sealed(changed, keys=holder, context=b"c") == b"Habari"


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (0, 0x4B, "begin"),
        (3, 2, "begin"),
        (4, 5, "bounds"),
        (4, 25, "bounds"),
        (5, 0, "nobody"),
        (8, 7, "printable"),
    ],
)
def test_malformed_headers_are_refused(
    records: envelope.SymmetricKey, place: int, value: int, message: str
) -> None:
    sealed = bytearray(_seal(b"Habari", [records], b"c", 6))
    assert parse(bytes(sealed)).stanzas[0].key_id == "records:3"
    sealed[place] = value
    with pytest.raises(envelope.Malformed, match=message):
        parse(bytes(sealed))


def test_a_header_that_names_somebody_twice_is_refused(records: envelope.SymmetricKey) -> None:
    header = parse(_seal(b"Habari", [records], b"c", 6))
    twice = header.text[:5] + b"\x02" + header.text[6:] + header.text[6:] + header.tag
    with pytest.raises(envelope.Malformed, match="twice"):
        parse(twice)
