"""Write blind indexes."""

from collections.abc import Iterable

from django.db import transaction

from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault.models import BlindTerm
from mlinzi.vault.rules import NoKey, Term, blind, near_text_digests


@transaction.atomic
def index_terms(
    subject_type: str, subject_id: object, *, terms: Iterable[Term], text: str = "", keys: KeyRing
) -> int:
    """Write the blind indexes of a record: keyed digests of its look-up terms and of its text.

    Returns how many digests there are. A second call adds nothing.
    """
    if keys.blind is None:
        raise NoKey
    rows = {(blind(term, keys.blind), term.partition(":")[0]) for term in terms}
    rows |= {(digest, "near") for digest in near_text_digests(text, keys.blind)}
    index_digests(subject_type, subject_id, rows)
    return len(rows)


def index_digests(subject_type: str, subject_id: object, rows: Iterable[tuple[bytes, str]]) -> None:
    """Write keyed digests of a record with their kinds. Those that are there already stay."""
    BlindTerm.objects.bulk_create(
        [BlindTerm(digest=d, kind=k, subject_type=subject_type, subject_id=str(subject_id)) for d, k in rows],
        ignore_conflicts=True,
    )
