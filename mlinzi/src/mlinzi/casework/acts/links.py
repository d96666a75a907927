"""Links by which an organisation without account answers: made by an officer, written by the sender."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import lock
from mlinzi.casework.models import GuestLink, Referral
from mlinzi.casework.rules import Action, ReferralState
from mlinzi.directory import reads as directory
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.messaging import acts as messaging
from mlinzi.messaging.rules import Channel, SafeContact
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText

LINK = "casework.link"


@transaction.atomic
def send_link(
    number: str, address: str, again: str, *, by: Officer, now: datetime, keys: KeyRing
) -> GuestLink:
    """Send a link, or another one, to whoever was asked. The one before opens nothing from now on.

    1. find the referral as its sender, 2. lock its case, then itself, 3. ask the rules, 4. write, record.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    referral = _locked(number, by)
    open_referral = ReferralState(referral.state) in rules.OPEN_REFERRALS
    if reasons := rules.why_not_link(open_referral=open_referral, address=address, again=again):
        raise Refused(reasons)
    id = new_id()
    return write_link(referral, id, seal_address(address, id, keys=keys), by=by, now=now)


@transaction.atomic
def end_link(number: str, *, by: Officer, now: datetime) -> None:
    """End the link of a referral: 1. find the referral as its sender, 2. lock, 3. end it, 4. record.

    Raises `NotFound`, also where there is no link to end.
    """
    referral = _locked(number, by)
    if not referral.links.filter(ended_at=None).update(ended_at=now):
        raise NotFound
    audit.record("casework.link.end", reads.REFERRAL, referral.id, by=by, now=now)


def _locked(number: str, by: Officer) -> Referral:
    found = reads.referral_for(number, Action.REFERRAL_REVOKE, by=by)
    lock(found.case_id)
    return Referral.objects.select_for_update(of=("self",)).select_related("to").get(pk=found.pk)


def seal_address(address: str, id: UUID, *, keys: KeyRing) -> bytes:
    """The address of a letter as it is kept, for the link that will have this id."""
    return vault.seal_text(address.strip(), LINK, id, "address", keys=keys)


def write_link(referral: Referral, id: UUID, sealed: bytes, *, by: Actor, now: datetime) -> GuestLink:
    """A link without a token: the row that waits for the sender, who makes one for the letter. Inside an act
    that holds the lock of the referral's case.

    Args:
        id, sealed: of the link, and the address, sealed under it.
    """
    referral.links.filter(ended_at=None).update(ended_at=now)
    link = GuestLink(
        id=id,
        referral=referral,
        address=sealed,
        made_by_id=by.id,
        made_at=now,
        expires_at=now + timedelta(hours=reads.hours_of("guest_link")),
    )
    link.save(force_insert=True)
    audit.record("casework.link.make", reads.REFERRAL, referral.id, by=by, now=now)
    return link


def write_link_letters(*, by: Actor, now: datetime, keys: KeyRing, limit: int = 50) -> int:
    """Write the letters of links that wait. The token is made here and lies only in the sealed letter.

    1. lock one, 2. keep only the token's digest, 3. queue the letter, 4. record; each in a transaction of
    its own. Returns how many were written.
    """
    written = 0
    for id in reads.links_to_send(now=now, limit=limit):
        with transaction.atomic():
            waiting = GuestLink.objects.select_for_update(of=("self",), skip_locked=True)
            link = waiting.filter(id=id, sent_at=None, ended_at=None).select_related("referral").first()
            if link is None:
                continue
            token = secrets.token_urlsafe(32)
            link.token_digest, link.sent_at = _digest(token), now
            link.save(update_fields=["token_digest", "sent_at"])
            _queue(link, token, by=by, now=now, keys=keys)
            audit.record("casework.link.send", reads.REFERRAL, link.referral_id, by=by, now=now)
            written += 1
    return written


def _queue(link: GuestLink, token: str, *, by: Actor, now: datetime, keys: KeyRing) -> None:
    sealed = SealedText(LINK, str(link.id), "address", bytes(link.address))
    address = vault.open_for_work(sealed, by=by, now=now, keys=keys)
    subject, text = _letter(link.referral.number, f"{settings.STAFF_ADDRESS}/a/{token}/")
    draft = messaging.Draft(f"link:{link.id}", "link", address, subject, text)
    messaging.queue(draft, SafeContact(Channel.MAIL), by=by, now=now, keys=keys)


def _letter(number: str, address: str) -> tuple[str, str]:
    """Subject and text, in each language that the country and this house share; nothing about a child."""
    shared = [code for code, _name in settings.LANGUAGES if code in directory.country().languages]
    subjects, texts = [], []
    for code in shared or [settings.LANGUAGE_CODE]:
        with translation.override(code):
            subjects.append(_("Your organisation is asked for help"))
            texts.append(
                _("Your organisation is asked for help. The number is %(number)s.") % {"number": number}
            )
            texts.append(_("Read and answer here. The address is for your organisation only:"))
            texts.append(address)
    return subjects[0], "\n\n".join([*texts, ""])


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def link_of_token(token: str, *, now: datetime) -> UUID:
    """The id of the link that a token opens; nothing is used up, since programs that look through mail open
    addresses too. Raises `NotFound` for a wrong, ended or expired one alike.
    """
    found = GuestLink.objects.filter(token_digest=_digest(token)).values_list("id", flat=True).first()
    if found is None:
        raise NotFound
    return reads.live_link(found, now=now).id
