"""Add a file to a case."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import lock, remember_form
from mlinzi.casework.rules import Action, CaseState
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault


def add_file(
    number: str,
    chunks: Iterable[bytes],
    name: str,
    size: int,
    *,
    form_key: bytes,
    folder: Path,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> None:
    """Add a file to a case.

    1. find the case through the officer's eyes, carried out already? 2. ask the rules, 3. hash and seal it
    into the vault folder, before the transaction: large things are not written under a lock, 4. lock, ask
    once more, name the file, 5. record. A stream that breaks leaves nothing.

    Args:
        size: in bytes, as announced; what arrives is counted.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    case = reads.case_for(number, Action.CASE_FILE, by=by)
    if reads.made_by_form(case.id, by.id, form_key):
        return
    if reasons := rules.why_not_file(CaseState(case.state), size):
        raise Refused(reasons)
    shown = clean_text(name)[:200] or "file"
    file = vault.seal_file(chunks, shown, reads.CASE, case.id, folder=folder, by=by, now=now, keys=keys)
    with transaction.atomic():
        case = lock(case.id)
        if reads.made_by_form(case.id, by.id, form_key):
            return
        if reasons := rules.why_not_file(CaseState(case.state), file.size):
            raise Refused(reasons)
        vault.store_file(file, by=by, now=now)
        remember_form(case, form_key, file.id, by=by, now=now)
        audit.record("casework.case.file", reads.CASE, case.id, by=by, now=now, details={"size": file.size})
