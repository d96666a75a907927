"""Look-up by blind index."""

from dataclasses import dataclass
from uuid import UUID

from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault.models import BlindTerm, StoredFile
from mlinzi.vault.rules import FILE, SealedText, Term, blind


@dataclass(frozen=True)
class Shared:
    """Another record that shares look-up terms with this one: its id and by which kinds (link, phone,
    account, near).
    """

    subject_id: str
    kinds: frozenset[str]


def sharing(subject_type: str, subject_id: object, *, limit: int = 50) -> list[Shared]:
    """Records of the same type that share a term, those with most kinds first."""
    mine = BlindTerm.objects.filter(subject_type=subject_type, subject_id=str(subject_id)).values("digest")
    others = (
        BlindTerm.objects.filter(subject_type=subject_type, digest__in=mine)
        .exclude(subject_id=str(subject_id))
        .order_by("subject_id", "kind")
        .values_list("subject_id", "kind")[: limit * 20]
    )
    kinds: dict[str, set[str]] = {}
    for other, kind in others:
        kinds.setdefault(other, set()).add(kind)
    found = [Shared(other, frozenset(k)) for other, k in kinds.items()]
    return sorted(found, key=lambda s: (-len(s.kinds), s.subject_id))[:limit]


def look_up(term: Term, subject_type: str, *, keys: KeyRing, limit: int = 50) -> list[str]:
    """Ids of the records in which a term stands exactly. There is no other way to search what is sealed."""
    if keys.blind is None:
        return []
    rows = BlindTerm.objects.filter(digest=blind(term, keys.blind), subject_type=subject_type)
    return list(rows.order_by("subject_id").values_list("subject_id", flat=True)[:limit])


def files_of(subject_type: str, subject_id: object) -> list[StoredFile]:
    """The sealed files of a record, newest first. The caller has asked whether the officer may see the
    record.
    """
    return list(
        StoredFile.objects.filter(subject_type=subject_type, subject_id=str(subject_id)).order_by(
            "-stored_at"
        )
    )


def file_of(subject_type: str, subject_id: object, file_id: UUID) -> StoredFile:
    """One sealed file of a record. Raises `NotFound`. The caller has asked whether the officer may see the
    record.
    """
    found = StoredFile.objects.filter(
        id=file_id, subject_type=subject_type, subject_id=str(subject_id)
    ).first()
    if found is None:
        raise NotFound
    return found


def sealed_name(file: StoredFile) -> SealedText:
    """The name of a file, for the vault to open."""
    return SealedText(FILE, str(file.id), "name", bytes(file.name))
