"""Find known fingerprints, missing none.

Invariants

- Every entry within the radius is told, at any radius from 0 to 63 bits (the proof stands in ``layout``); MD5
  and SHA digests are found when they are equal.
- An entry added or removed counts at the next look-up, in every process; a kill leaves the old state or the
  new.
- A benign list takes no hit away: a hit says that the list knows the digest too, and a person decides.
- No message and no ``repr`` shows a digest.

Example

    >>> import hashlib, pathlib, tempfile
    >>> index = MatchIndex(pathlib.Path(tempfile.mkdtemp()))
    >>> index.declare(ListInfo("demo", owner="records office"))
    >>> mark = Digest(Algorithm.PDQ, hashlib.sha256(b"an invented picture").digest())
    >>> index.add([Entry("demo", "17", mark, provenance="invented, 2026")])
    1
    >>> near = Digest(Algorithm.PDQ, bytes([mark.value[0] ^ 3]) + mark.value[1:])
    >>> [hit.reason for hit in index.look_up([near])]
    ['The pdq digest differs in 2 of 256 bits from entry 17 of demo.']
    >>> index.remove("demo", ["17"])
    1
    >>> index.look_up([near])
    ()
"""

from kinga.hashmatch.entries import Algorithm, Digest, Entry, Hit, ListInfo, Purpose
from kinga.hashmatch.errors import (
    BadEntry,
    BadRadius,
    HashMatchError,
    MalformedIndex,
    NotADigest,
    UnknownList,
)
from kinga.hashmatch.store import MatchIndex

__all__ = [
    "Algorithm",
    "BadEntry",
    "BadRadius",
    "Digest",
    "Entry",
    "HashMatchError",
    "Hit",
    "ListInfo",
    "MalformedIndex",
    "MatchIndex",
    "NotADigest",
    "Purpose",
    "UnknownList",
]
