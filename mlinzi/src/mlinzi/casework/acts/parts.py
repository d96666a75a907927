"""Open some of what is sealed in a case, for one of its pages."""

from collections.abc import Sequence
from datetime import datetime

from mlinzi.access.rules import Officer
from mlinzi.casework import reads, rules
from mlinzi.casework.rules import Action, Purpose
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText


def open_parts(
    number: str,
    things: Sequence[SealedText],
    purpose: Purpose,
    *,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> list[str]:
    """Open texts of a case, in the order given.

    1. find the case through the officer's eyes, 2. is the purpose one for opening a case? 3. let the vault
    record, commit and open. Where there is nothing to open, nothing is recorded.

    Args:
        things: sealed texts of this case; the caller gathered them from it.

    Raises `NotFound`, or `Refused` for a purpose that is none. Call it outside a transaction.
    """
    case = reads.case_for(number, Action.CASE_OPEN, by=by)
    if purpose not in rules.purposes_for_case():
        raise Refused(["Say why you open this case."])
    if not things:
        return []
    return vault.open_all(
        things,
        action=Action.CASE_OPEN,
        relation=reads.relation_of(case),
        object_type=reads.CASE,
        object_id=case.id,
        purpose=purpose,
        by=by,
        now=now,
        keys=keys,
    )
