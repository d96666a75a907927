"""Tell the child what came of a referral."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.answering import answer
from mlinzi.casework.acts.common import lock
from mlinzi.casework.models import Referral
from mlinzi.casework.rules import Action, ReferralState, ToldHow
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import KeyRing


@transaction.atomic
def tell_outcome(
    number: str,
    text: str,
    how: str,
    *,
    to: UUID | None = None,
    form_key: bytes,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> Referral:
    """Tell the child what came of a referral, or note that it was said aloud, or that it is not safe to say.

    1. find the referral, and its case as one that the officer answers in, 2. lock the case, then the
    referral; a form that was sent twice changes nothing, 3. ask the rules, 4. where it is written: answer as
    in any other case, 5. mark it told, 6. record.

    Args:
        text: the answer, as in `answer`; "" where nothing is written. how: a value of `ToldHow`. to: as in
            `answer`.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    found = reads.referral_for(number, Action.REFERRAL_SEE, by=by)
    case = lock(reads.case_for(found.case.number, Action.CASE_ANSWER, by=by).id)
    referral = Referral.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if referral.case_id != case.id:
        raise NotFound
    if referral.told_at is not None and reads.made_by_form(case.id, by.id, form_key):
        return referral
    if reasons := rules.why_not_tell_outcome(
        done=referral.state == ReferralState.DONE, told=referral.told_at is not None, how=how
    ):
        raise Refused(reasons)
    if how == ToldHow.ANSWERED:
        answer(case.number, text, to=to, form_key=form_key, by=by, now=now, keys=keys)
    referral.told_at, referral.told_by_id, referral.told_how = now, by.id, how
    referral.save(update_fields=["told_at", "told_by", "told_how"])
    details = {"referral": str(referral.id), "how": how}
    audit.record("casework.case.tell", reads.CASE, case.id, by=by, now=now, details=details)
    return referral
