"""Keys as values, contexts that bind a sealed text to its place, and how look-up terms are made equal."""

import hashlib
import hmac
import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from mlinzi.kernel.errors import OurTurn

FILE = "vault.file"
FILE_LIMIT = 25 * 1024 * 1024
"""How large a file may be, in clear."""


def sealed_limit(limit: int) -> int:
    """How large a body may be with so many bytes in clear: 16 more for each MiB, and room to spare."""
    return limit + limit // 2**15 + 64 * 1024


SEALED_LIMIT = sealed_limit(FILE_LIMIT)


class NoKey(OurTurn):
    """This process does not hold the key that this needs; see docs/keys.md for which one does."""


@dataclass(frozen=True)
class SealedText:
    """A sealed text and the place it belongs to: a text moved to another row or column does not open."""

    record: str
    id: str
    name: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class DoorFile:
    """A file that came in at the door: sealed for the worker, its body in the door folder under `id`.

    Args:
        size: of the content in clear. md5, sha1, sha256: of the content in clear, hexadecimal.
        header: who can open the body. cipher_sha256: of the body as it lies there.
    """

    id: UUID
    name: str = field(repr=False)
    size: int
    md5: str = field(repr=False)
    sha256: str = field(repr=False)
    header: bytes = field(repr=False)
    cipher_sha256: bytes = field(repr=False)
    sha1: str = field(default="", repr=False)


LONGEST_NAME = 200
_LONGEST_ENDING = 16


def file_name(given: str) -> str:
    """A file's name as it may be kept and shown: no folders, nothing that is not seen (an invisible turn of
    direction makes one kind of file look like another), at most 200 characters with the ending kept.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    seen = "".join(char for char in last if char.isprintable()).strip(" .")
    stem, dot, ending = seen.rpartition(".")
    if len(seen) > LONGEST_NAME and dot and len(ending) <= _LONGEST_ENDING:
        seen = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return seen[:LONGEST_NAME] or "file"


def context_of(record: str, id: object, name: str) -> bytes:
    """What a sealed text is bound to, e.g. ``intake.report|<uuid>|narrative``."""
    return f"{record}|{id}|{name}".encode()


class Term(str):
    """A look-up term with its kind: ``phone:+2547…``, ``link:…``, ``account:…``, ``file:…``."""


def phone_term(text: str, country_prefix: str = "") -> Term | None:
    """A phone number in international form, digits only; None for what is no number.

    A leading 0 is replaced by the country's prefix, so that 0712… and +254712… meet.
    """
    digits = re.sub(r"[^\d+]", "", unicodedata.normalize("NFKC", text))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("0") and country_prefix:
        digits = country_prefix + digits[1:]
    digits = digits.lstrip("+")
    return Term(f"phone:{digits}") if 7 <= len(digits) <= 15 else None


def link_term(text: str) -> Term | None:
    """An address on the web without what does not change its meaning: scheme, www, case of the host,
    fragment, last slash; None for what is no address.
    """
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:  # people write https://[link]; a report must not stay shut for that
        return None
    host = (parts.hostname or "").removeprefix("www.")
    if "." not in host or " " in host:
        return None
    return Term("link:" + urlunsplit(("", host, parts.path.rstrip("/"), parts.query, "")).lstrip("/"))


def address_term(text: str) -> Term | None:
    """An internet address (IPv4 or IPv6) in its one spelling; None for what is none."""
    try:
        return Term(f"ip:{ipaddress.ip_address(text.strip())}")
    except ValueError:
        return None


def account_term(service: str, name: str) -> Term | None:
    """An account name within a service, without @, case and spaces."""
    flat = "".join(unicodedata.normalize("NFKC", name).casefold().split()).lstrip("@")
    return Term(f"account:{service.casefold().strip()}:{flat}") if flat else None


# A label of a host name has 63 characters at most. The bounds keep a text of nothing but dots and dashes from
# being tried from each of its places to its end, which kept the worker busy for many seconds a report.
LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']+|(?<![\w-])[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}/[^\s<>\"']+", re.IGNORECASE
)
PHONE = re.compile(r"(?<!\w)\+?\d[\d ()-]{7,17}\d(?!\w)")
ACCOUNT = re.compile(r"(?<![\w@])@([\w.]{3,40})")


def code_term(code: str, day: date) -> Term:
    """A code by which somebody lets their report be found, on the day from which it holds."""
    return Term(f"code:{day.isoformat()}:{code}")


def file_term(sha256: str) -> Term:
    """A file by the SHA-256 of its content, in hexadecimal digits."""
    return Term(f"file:{sha256.lower()}")


def terms_in(text: str, *, country_prefix: str = "") -> frozenset[Term]:
    """The links, phone numbers and @accounts that stand in a text."""
    links = {link_term(m.group().rstrip(".,;)")) for m in LINK.finditer(text)}
    rest = LINK.sub(" ", text)
    phones = {phone_term(m.group(), country_prefix) for m in PHONE.finditer(rest)}
    accounts = {account_term("", m.group(1).rstrip(".")) for m in ACCOUNT.finditer(rest)}
    return frozenset(t for t in links | phones | accounts if t)


def blind(term: Term, key: bytes) -> bytes:
    """The keyed digest of a look-up term (HMAC-SHA-256, 16 bytes): equal terms meet, nothing else is told."""
    return hmac.new(key, b"term|" + term.encode(), hashlib.sha256).digest()[:16]


BANDS, ROWS = 16, 4
MOST_WORDS = 400
"""How many words of a text are compared with others: enough to know it again, and bounded work."""


def near_text_digests(text: str, key: bytes) -> frozenset[bytes]:
    """Keyed min-hash bands of a text (16 bands of 4 rows over word pairs): near-identical texts share a band.

    Two texts whose pairs of words agree to 85 % share at least one band with probability above 0.999; at 30 %
    below 0.13. Texts under six words give none: too short to be told apart.
    """
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())[:MOST_WORDS]
    if len(words) < 6:
        return frozenset()
    shingles = {f"{a} {b}".encode() for a, b in pairwise(words)}
    rows = [min(_row_hash(s, key, at) for s in shingles) for at in range(BANDS * ROWS)]
    return frozenset(_band(rows[at * ROWS : (at + 1) * ROWS], key, at) for at in range(BANDS))


def _row_hash(shingle: bytes, key: bytes, row: int) -> bytes:
    return hashlib.blake2b(shingle, key=key[:32], salt=row.to_bytes(16, "big"), digest_size=8).digest()


def _band(rows: Sequence[bytes], key: bytes, band: int) -> bytes:
    return hmac.new(key, b"near|%d|" % band + b"".join(rows), hashlib.sha256).digest()[:16]
