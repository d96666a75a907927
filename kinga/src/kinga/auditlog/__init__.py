"""A log whose every change can be found.

Invariants

- An entry has one canonical spelling, a log of entries has one root: change, delete, insert, exchange or
  cut anything, and the root differs (RFC 6962, SHA-256).
- ``verify`` names the first broken entry, or the range between two checkpoints when only they can tell; it
  reads a log of any length in the memory of one entry.
- A signed checkpoint (C2SP) fixes what was there at its size, for everybody who keeps a copy of it.
- What no checkpoint covers yet is only as safe as the place where it is kept: ``Verified.signed_size``.

Example

    >>> signer = Ed25519Signer.generate("log.example")
    >>> tree = Frontier()
    >>> log = [canonical({"act": "opened", "case": n}) for n in range(3)]
    >>> tree.extend(leaf_hash(data) for data in log)
    >>> head = sign_checkpoint(Checkpoint("log.example", tree.size, tree.root()), signer)
    >>> entries = [Entry(n, data, leaf_hash(data)) for n, data in enumerate(log)]
    >>> verify(entries, [head], signer.verifier).signed_size
    3
    >>> verify([entries[0], entries[2]], [head], signer.verifier)
    Break(index=1, reason='entry 1 is missing here; the number 2 stands in its place')
"""

from kinga.auditlog.canonical import Value, canonical
from kinga.auditlog.errors import AuditLogError, BadSignature, MalformedKey, MalformedNote, NotCanonical
from kinga.auditlog.notes import (
    Checkpoint,
    Ed25519Signer,
    Signer,
    Verifier,
    open_note,
    read_checkpoint,
    sign_checkpoint,
    sign_note,
)
from kinga.auditlog.proofs import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from kinga.auditlog.tree import EMPTY_ROOT, Frontier, leaf_hash, node_hash, root_of
from kinga.auditlog.verify import Break, Entry, Verified, verify
from kinga.files import ExposedFile

__all__ = [
    "EMPTY_ROOT",
    "AuditLogError",
    "BadSignature",
    "Break",
    "Checkpoint",
    "Ed25519Signer",
    "Entry",
    "ExposedFile",
    "Frontier",
    "MalformedKey",
    "MalformedNote",
    "NotCanonical",
    "Signer",
    "Value",
    "Verified",
    "Verifier",
    "canonical",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "open_note",
    "read_checkpoint",
    "root_of",
    "sign_checkpoint",
    "sign_note",
    "verify",
    "verify_consistency",
    "verify_inclusion",
]
