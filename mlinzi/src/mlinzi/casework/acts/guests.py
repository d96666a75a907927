"""What somebody may do who came by a link: read the shared copy, and answer. The same acts as signed in."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from mlinzi.casework import reads, rules
from mlinzi.casework.acts.moves import move
from mlinzi.casework.acts.opening import SharedCopy, copy_in
from mlinzi.casework.models import GuestLink, Referral
from mlinzi.casework.rules import Purpose, ReferralState
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText


def open_by_link(link_id: UUID, *, now: datetime, keys: KeyRing) -> SharedCopy:
    """Open the copy that was shared, and nothing of the case.

    1. is the link live? count its use, 2. ask the rules: the copy ends with the referral, 3. let the vault
    record, commit and open. Raises `NotFound` or `Refused`. Call it outside a transaction.
    """
    link = _used(link_id, now=now, opened=True)
    referral = link.referral
    if reasons := rules.why_not_open_copy(ReferralState(referral.state)):
        raise Refused(reasons)
    text = vault.open_for_guest(
        SealedText(reads.REFERRAL, str(referral.id), "shared", bytes(referral.shared)),
        action="casework.referral.open",
        object_type=reads.REFERRAL,
        object_id=referral.id,
        purpose=Purpose.REFERRAL,
        by=guest_of(referral),
        now=now,
        keys=keys,
    )
    return copy_in(text)


def answer_by_link(
    link_id: UUID,
    to: ReferralState,
    words: str = "",
    *,
    outcome: str = "",
    now: datetime,
    keys: KeyRing,
) -> Referral:
    """Accept, decline or finish a referral by its link: see `moves.move`, which the signed-in go through too.

    Raises `NotFound`, or `Refused` with the reasons; nobody takes a referral back by a link.
    """
    link = _used(link_id, now=now)
    if to is ReferralState.REVOKED:
        raise Refused(["Only the organisation that asked can take this back."])
    referral = link.referral
    return move(referral, to, words, outcome=outcome, link=link.id, by=guest_of(referral), now=now, keys=keys)


@transaction.atomic
def _used(link_id: UUID, *, now: datetime, opened: bool = False) -> GuestLink:
    """The live link, one use more; committed at once, so that a refusal counts as well."""
    link = reads.live_link(link_id, now=now, locked=True)
    GuestLink.objects.filter(pk=link.pk).update(uses=F("uses") + 1)
    if opened and link.opened_at is None:
        GuestLink.objects.filter(pk=link.pk).update(opened_at=now)
    return link


def guest_of(referral: Referral) -> Actor:
    """Who acts by a link: nobody by name, somebody of that organisation, about that referral."""
    return Actor.guest(f"referral:{referral.id}", str(referral.to.uuid))
