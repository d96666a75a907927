"""Work of the worker: send what waits, and write the letters of invitations."""

from django.conf import settings
from django.db import transaction

from mlinzi.access import acts as access
from mlinzi.access import reads as access_reads
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.messaging import acts
from mlinzi.messaging.acts import Draft
from mlinzi.messaging.rules import Channel, SafeContact

WORKER = Actor.process("worker")


def send() -> int:
    """Send the letters whose time has come."""
    return acts.send_waiting(by=WORKER, now=now(), keys=keyring())


def invite() -> int:
    """Write the letters of invitations that wait. The token is made here and lies nowhere but in the sealed
    letter.
    """
    written = 0
    for waiting in access_reads.invitations_to_send(now=now())[:50]:
        with transaction.atomic():
            invitation, token = access.mint_invitation(waiting.id, by=WORKER, now=now())
            text = (
                "You have been invited to work in Mlinzi.\n\n"
                "Open this address within seven days and choose a password:\n"
                f"{settings.STAFF_ADDRESS}/welcome/{token}/\n\n"
                "If you did not expect this letter, delete it. The address works once."
            )
            draft = Draft(
                f"invitation:{invitation.id}", "invitation", invitation.person.email, "Your invitation", text
            )
            acts.queue(draft, SafeContact(Channel.MAIL), by=WORKER, now=now(), keys=keyring())
            written += 1
    return written
