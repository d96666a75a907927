"""Look-up by blind index."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from django.db import connection

from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault.models import BlindTerm, StoredFile
from mlinzi.vault.rules import BANDS, FILE, NoKey, SealedText, Term, blind

File: TypeAlias = StoredFile


@dataclass(frozen=True)
class Shared:
    """Another record that shares look-up terms with this one: its id and by which kinds (link, phone,
    account, near).
    """

    subject_id: str
    kinds: frozenset[str]


_SHARING = 50
"""How many records that share something are told of one."""


def sharing(subject_type: str, subject_id: object, *, among: str = "", limit: int = _SHARING) -> list[Shared]:
    """Records that share a term, those with most kinds first.

    Args:
        among: the type of the records that are looked among; "" for the same type.
    """
    kinds: dict[str, set[str]] = {}
    for _, other, kind, _count in _meeting(subject_type, [str(subject_id)], among=among):
        kinds.setdefault(other, set()).add(kind)
    found = [Shared(other, frozenset(k)) for other, k in kinds.items()]
    return sorted(found, key=lambda s: (-len(s.kinds), s.subject_id))[:limit]


def has_terms(subject_type: str, subject_id: object) -> bool:
    """Whether a record names a link, a phone number or an account."""
    rows = BlindTerm.objects.filter(subject_type=subject_type, subject_id=str(subject_id))
    return rows.exclude(kind="near").exists()


def terms_beyond(subject_type: str, subject_id: object, others: Collection[object]) -> bool:
    """Whether a record names a link, a phone number or an account that none of the others names."""
    rows = BlindTerm.objects.filter(subject_type=subject_type).exclude(kind="near")
    known = rows.filter(subject_id__in=[str(other) for other in others]).values("digest")
    return rows.filter(subject_id=str(subject_id)).exclude(digest__in=known).exists()


def near_copies(subject_type: str, subject_id: object, *, at_least: int = BANDS // 2) -> list[str]:
    """Ids of records of the same type whose text is nearly the same.

    Args:
        at_least: how many of the 16 bands meet. 8 do where some 84 in 100 pairs of words agree, 12 where some
            93 do.
    """
    met = _meeting(subject_type, [str(subject_id)])
    return sorted(other for _, other, kind, count in met if kind == "near" and count >= at_least)


@dataclass(frozen=True)
class Met:
    """What meets a record in its terms.

    Args:
        sharing: how many others share a link, phone or account and do not say nearly the same. near: the ids
            of those that say nearly the same. says_more: it names a link, a phone number or an account.
    """

    sharing: int = 0
    near: frozenset[str] = frozenset()
    says_more: bool = False


def met_by_many(subject_type: str, subject_ids: Collection[object]) -> dict[str, Met]:
    """The same as `sharing`, `near_copies` and `has_terms` for many records at once, by their id as text."""
    ids = [str(id) for id in subject_ids]
    rows = BlindTerm.objects.filter(subject_type=subject_type, subject_id__in=ids).exclude(kind="near")
    named = set(rows.values_list("subject_id", flat=True))
    near: dict[str, set[str]] = defaultdict(set)
    kinds: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for mine, other, kind, count in _meeting(subject_type, ids):
        kinds[mine][other].add(kind)
        if kind == "near" and count >= BANDS // 2:
            near[mine].add(other)
    return {
        id: Met(
            sum(1 for found in list(kinds[id].values())[:_SHARING] if "near" not in found),
            frozenset(near[id]),
            id in named,
        )
        for id in ids
    }


_PER_TERM = 300
"""How many records are looked at for one term. A flood of copies must not make each further one slower."""


def _meeting(
    subject_type: str, subject_ids: Collection[str], *, among: str = ""
) -> list[tuple[str, str, str, int]]:
    """Other records, of the same type or of the type `among`, that meet these in their terms: id of one of
    these, id of the other, kind of term, in how many terms of that kind.
    """
    table = BlindTerm._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT mine.subject_id, met.subject_id, mine.kind, count(*) FROM {table} mine
                CROSS JOIN LATERAL (
                    SELECT subject_id FROM {table} other
                    WHERE other.digest = mine.digest AND other.subject_type = %s
                    ORDER BY subject_id LIMIT %s) met
                WHERE mine.subject_type = %s AND mine.subject_id = ANY(%s)
                    AND met.subject_id <> mine.subject_id
                GROUP BY mine.subject_id, met.subject_id, mine.kind""",  # noqa: S608 - our own table
            [among or subject_type, _PER_TERM, subject_type, list(subject_ids)],
        )
        return list(cursor.fetchall())


def digest_of(term: Term, *, keys: KeyRing) -> bytes:
    """The keyed digest of a term, by which equal questions meet and nobody reads them. Raises `NoKey`."""
    if keys.blind is None:
        raise NoKey
    return blind(term, keys.blind)


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


def files_among(subject_type: str, subject_ids: Collection[object]) -> list[StoredFile]:
    """The sealed files of several records, newest first. The caller has asked as for one."""
    ids = [str(subject_id) for subject_id in subject_ids]
    rows = StoredFile.objects.filter(subject_type=subject_type, subject_id__in=ids)
    return list(rows.order_by("-stored_at", "id"))


def sealed_name(file: StoredFile) -> SealedText:
    """The name of a file, for the vault to open."""
    return SealedText(FILE, str(file.id), "name", bytes(file.name))
