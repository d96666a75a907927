"""What goes in and what comes out: digests, entries of lists, hits."""

from dataclasses import dataclass, field
from enum import StrEnum

from kinga.hashmatch.errors import NotADigest


class Algorithm(StrEnum):
    """The kinds of fingerprint that lists of the field carry and that we can compare."""

    PDQ = "pdq"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"

    @property
    def size(self) -> int:
        """Bytes of a digest."""
        return {"pdq": 32, "md5": 16, "sha1": 20, "sha256": 32}[self.value]


@dataclass(frozen=True)
class Digest:
    """One fingerprint. ``value`` holds its bytes in the order in which it is published."""

    algorithm: Algorithm
    value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.value) != self.algorithm.size:
            raise NotADigest(f"A {self.algorithm} digest has {self.algorithm.size} bytes.")

    @classmethod
    def from_hex(cls, algorithm: Algorithm, text: str) -> "Digest":
        """Read a digest in upper or lower case. Raises NotADigest, which does not repeat the text."""
        try:
            value = bytes.fromhex(text)
        except ValueError:
            raise NotADigest(f"A {algorithm} digest is {algorithm.size * 2} hexadecimal digits.") from None
        return cls(algorithm, value)

    def hex(self) -> str:
        """As published, in lower case."""
        return self.value.hex()


class Purpose(StrEnum):
    """What a hit in a list says."""

    KNOWN = "known"
    BENIGN = "benign"


@dataclass(frozen=True)
class ListInfo:
    """A list: its name, who answers for it, what a hit in it says, and the greatest PDQ distance (0 to 63
    bits) at which its entries count as found."""

    name: str
    owner: str
    purpose: Purpose = Purpose.KNOWN
    radius: int = 31


@dataclass(frozen=True)
class Entry:
    """One fingerprint of a list. ``id`` is the list's own (1 to 64 bytes of UTF-8); ``provenance`` says where
    it came from, for a person to read."""

    list: str
    id: str
    digest: Digest
    provenance: str = ""


@dataclass(frozen=True)
class Hit:
    """An entry that was found. ``rotation`` is the number of the digest asked that found it (0: as it lies);
    ``benign_too`` is true where a benign list knows the same digest at the same distance or nearer."""

    list: str
    entry: str
    algorithm: Algorithm
    distance: int
    rotation: int
    provenance: str
    purpose: Purpose
    benign_too: bool = False

    @property
    def reason(self) -> str:
        """One sentence for the person who decides."""
        same = "is equal to" if self.distance == 0 else f"differs in {self.distance} of 256 bits from"
        turned = " after turning or mirroring" if self.rotation else ""
        benign = " A list of harmless files holds it too." if self.benign_too else ""
        return f"The {self.algorithm} digest{turned} {same} entry {self.entry} of {self.list}.{benign}"
