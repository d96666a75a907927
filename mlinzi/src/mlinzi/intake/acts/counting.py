"""What is counted and not filed: contacts without a report, wrong numbers at the door."""

from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import F

from mlinzi.audit import acts as audit
from mlinzi.intake.models import DayCount
from mlinzi.intake.rules import Contact
from mlinzi.kernel.actors import Actor


def count_up(what: str, *, day: date, organisation: str = "") -> None:
    """One more of something on a day. Two at once are both counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {DayCount._meta.db_table} (day, what, organisation, count) VALUES (%s, %s, %s, 1)
                ON CONFLICT (day, what, organisation)
                DO UPDATE SET count = {DayCount._meta.db_table}.count + 1""",  # noqa: S608 - our own table
            [day, what, organisation],
        )


@transaction.atomic
def count_contact(contact: Contact, *, day: date, by: Actor, now: datetime) -> None:
    """Count a contact that makes no report: 1. count, 2. record who counted. Nothing of it is kept.

    Args:
        day: the day in the country's time.
    """
    count_up(f"contact.{contact.value}", day=day, organisation=by.organisation)
    audit.record(
        "intake.contact.count",
        "intake.count",
        day.isoformat(),
        by=by,
        now=now,
        details={"contact": contact.value},
    )


@transaction.atomic
def uncount_contact(contact: Contact, *, day: date, by: Actor, now: datetime) -> bool:
    """Take back a contact that was counted by a slip: 1. one less, never below none, 2. record who did it.

    Args:
        day: the day in the country's time.

    Returns whether there was one to take back; where there was none, nothing is recorded.
    """
    counted = DayCount.objects.filter(
        day=day, what=f"contact.{contact.value}", organisation=by.organisation, count__gt=0
    )
    if not counted.update(count=F("count") - 1):
        return False
    audit.record(
        "intake.contact.uncount",
        "intake.count",
        day.isoformat(),
        by=by,
        now=now,
        details={"contact": contact.value},
    )
    return True
