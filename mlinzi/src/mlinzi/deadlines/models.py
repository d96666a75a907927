"""Deadlines, the table they are made from, and the steps they have taken."""

from django.db import models

from mlinzi.kernel.ids import new_id
from mlinzi.kernel.packed import FromPack


class Calendar(FromPack):
    """When offices of the country work."""

    weekdays = models.JSONField()
    opens = models.TimeField()
    closes = models.TimeField()
    holidays = models.JSONField()
    time_zone = models.CharField(max_length=64)


class Term(FromPack):
    """One row of the deadline table: for a kind, a risk and a service, so many hours and this ladder.

    An empty risk or service stands for any.
    """

    kind = models.CharField(max_length=32)
    risk = models.CharField(max_length=16, blank=True)
    service = models.CharField(max_length=120, blank=True)
    hours = models.FloatField()
    clock = models.CharField(max_length=16)
    reminder_before = models.FloatField(default=0)
    ladder = models.JSONField()
    basis = models.CharField(max_length=300, blank=True)


class Deadline(models.Model):
    """Something that has to be done by a moment, about one subject."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=32)
    organisation = models.CharField(max_length=64, blank=True)
    area = models.CharField(max_length=120, blank=True)
    assignee = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    remind_before_hours = models.FloatField()
    ladder = models.JSONField()
    reminded = models.BooleanField(default=False)
    climbed = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "kind"],
                condition=models.Q(closed_at=None),
                name="deadlines_one_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(closed_at=None, next_at__isnull=False),
                name="deadlines_next",
            ),
            models.Index(
                fields=["organisation", "due_at"], condition=models.Q(closed_at=None), name="deadlines_board"
            ),
            models.Index(
                fields=["due_at", "id"], condition=models.Q(closed_at=None), name="deadlines_board_of_all"
            ),
        ]


class Escalation(models.Model):
    """A step a deadline took. The room above that owns the subject writes to the people; this row waits for
    it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="escalations")
    rung = models.SmallIntegerField()
    role = models.CharField(max_length=120, blank=True)
    where = models.CharField(max_length=32)
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    people_told = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deadline", "rung"], name="deadlines_rung_once")]
        indexes = [models.Index(fields=["at"], condition=models.Q(told_at=None), name="deadlines_untold")]
