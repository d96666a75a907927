"""The first people of an installation: nobody is there yet who could invite them."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from mlinzi.access import acts as access
from mlinzi.access import reads
from mlinzi.access.rules import GRANT_LIVES, Action, Newcomer, Scope
from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import Refused
from mlinzi.site.installing import OWNER


@transaction.atomic
def invite_first(*, name: str, email: str, organisation_id: str, role_id: str | None, now: datetime) -> str:
    """Invite an administrator on the word of the machine's owner.

    1. find the organisation and a role that may invite, 2. person, role for a year, invitation, 3. the token.
    No letter is written: its address goes to whoever sits at the machine.

    Args:
        organisation_id: the organisation's id in the pack.
        role_id: the role's id in the pack; None to take the one role that invites for the whole country.

    Returns the address that the person opens. Raises `Refused` with the reasons, also where two people can
    invite and approve already.
    """
    organisation = directory.organisations().filter(pack_id=organisation_id).first()
    if organisation is None:
        known = ", ".join(sorted(directory.organisations().values_list("pack_id", flat=True)))
        raise Refused([f"There is no organisation {organisation_id}. There are: {known or 'none'}."])
    newcomer = Newcomer(
        name, email, organisation=str(organisation.uuid), roles=((role_id or the_role(), ""),)
    )
    [invitation] = access.invite_first([newcomer], expires_at=now + GRANT_LIVES, by=OWNER, now=now)
    _, token = access.mint_invitation(invitation.id, by=OWNER, now=now)
    return settings.STAFF_ADDRESS + reverse("access:invitation", args=[token])


def the_role() -> str:
    """The one role that invites people in the whole country. Raises `Refused` for several and for none."""
    found = [
        role.pack_id
        for role in reads.roles()
        if any(
            right.action == Action.PERSON_INVITE and right.scope == Scope.NATIONAL
            for right in role.rights.all()
        )
    ]
    if len(found) != 1:
        known = ", ".join(found) or "none of the pack's invites in the whole country"
        raise Refused([f"Say with --role which role it is: {known}."])
    return found[0]
