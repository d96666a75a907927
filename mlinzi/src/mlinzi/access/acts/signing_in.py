"""Record who came and went. No address of any kind stands in the log."""

from datetime import datetime

from mlinzi.access import reads
from mlinzi.access.models import Person
from mlinzi.access.rules import SessionEnd
from mlinzi.audit import acts as audit
from mlinzi.kernel.actors import Actor

STAFF_SITE = Actor.process("staff")


def record_sign_in(person: Person, *, factor: str, now: datetime) -> None:
    """Somebody signed in. `factor` is the kind of second factor, "" before there is one."""
    audit.record(
        "access.session.begin",
        "access.person",
        person.id,
        by=reads.officer(person, now=now),
        now=now,
        details={"factor": factor},
    )


def record_failed_sign_in(step: str, email: str, *, known_browser: bool, now: datetime) -> None:
    """Somebody did not get in. The account that was tried is noted by its id, an unknown address not at all.

    Args:
        step: ``"password"`` or ``"factor"``.
    """
    tried = Person.objects.filter(email__iexact=email).only("id").first()
    audit.record(
        "access.session.fail",
        "access.person",
        tried.id if tried else "-",
        by=STAFF_SITE,
        now=now,
        details={"step": step, "known_browser": known_browser},
    )


def record_session_end(person: Person, why: SessionEnd, *, now: datetime) -> None:
    """A session ended: by its person, because it was idle, or because it was old."""
    audit.record(
        "access.session.end",
        "access.person",
        person.id,
        by=reads.officer(person, now=now),
        now=now,
        details={"why": why.value},
    )
