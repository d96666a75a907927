"""What stands in a list of hashes, whatever its format: entries, their digests, what is said of them."""

import base64
import binascii
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from kinga.hashlists.errors import BadEntry


class Kind(StrEnum):
    """The kinds of digest that lists of the field carry."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    PDQ = "pdq"
    PHOTODNA = "photodna"

    @property
    def size(self) -> int:
        """Bytes of a digest."""
        return {"md5": 16, "sha1": 20, "sha256": 32, "pdq": 32, "photodna": 144}[self.value]


@dataclass(frozen=True, slots=True)
class Mark:
    """One digest. Not shown when printed."""

    kind: Kind
    value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.value) != self.kind.size:
            raise BadEntry(f"a {self.kind} digest has {self.kind.size} bytes")

    @classmethod
    def from_hex(cls, kind: Kind, text: str) -> "Mark":
        """Read hexadecimal digits in upper or lower case. Raises BadEntry, which does not repeat the text."""
        try:
            return cls(kind, bytes.fromhex(text.strip()))
        except ValueError:
            raise BadEntry(f"a {kind} digest is {kind.size * 2} hexadecimal digits") from None

    @classmethod
    def from_base64(cls, kind: Kind, text: str) -> "Mark":
        """Read base64. Raises BadEntry."""
        try:
            return cls(kind, base64.b64decode(text.strip(), validate=True))
        except binascii.Error:
            raise BadEntry(f"a {kind} digest is base64 of {kind.size} bytes") from None

    def hex(self) -> str:
        """In lower case."""
        return self.value.hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One entry of a list.

    Args:
        id: the list's own; "" where the format has none. marks: its digests.
        classification: the list's own label, in the words of `scheme` (such as "ncmec" or "vics:US"); it is
            never translated: what a number means depends on the country's profile.
        source: who put it there. changed: when, with its zone. gone: it was taken out of the list.
        video: it is a video's. size: of the file in bytes. mime: its kind. tags: words of the list.
    """

    id: str = ""
    marks: tuple[Mark, ...] = ()
    classification: str = ""
    scheme: str = ""
    source: str = ""
    changed: datetime | None = None
    gone: bool = False
    video: bool = False
    size: int | None = None
    mime: str = ""
    tags: tuple[str, ...] = ()

    def only(self, fields: frozenset[str], kinds: frozenset[Kind]) -> "Listed":
        """The same with what a format can carry, everything else at its default."""
        plain = Listed()
        kept = {name: getattr(self, name) for name in fields}
        marks = tuple(mark for mark in self.marks if mark.kind in kinds)
        return replace(plain, **{**kept, "marks": marks})
