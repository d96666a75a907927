"""Who is on duty, what was late and why, and what one shift leaves to the next."""

from django.db import models

from mlinzi.casework.models.case import Case
from mlinzi.casework.rules import LateWhy, Rank
from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id


class DutyShift(models.Model):
    """Somebody on duty for an organisation from one moment to another."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    rank = models.CharField(max_length=8, choices=[(r, r) for r in Rank])
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="casework_shift_times"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "ends_at"], name="casework_on_duty"),
            models.Index(fields=["person", "ends_at"], name="casework_serving"),
        ]


class Late(models.Model):
    """Something that was done late, with the reason of whoever did it, "" until it is given.

    `seen_at`: a supervisor has taken note of it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="lates")
    kind = models.CharField(max_length=32)
    organisation = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=24, choices=[(w, w) for w in LateWhy], blank=True)
    words = SealedField(default=b"")
    due_at = models.DateTimeField()
    done_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation", "done_at"], condition=models.Q(seen_at=None), name="casework_lates"
            ),
            models.Index(fields=["person"], condition=models.Q(why=""), name="casework_unexplained"),
        ]


class Handover(models.Model):
    """What one officer leaves to the next: words, and cases that were given over with them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    cases = models.ManyToManyField(Case, related_name="+")
    words = SealedField()
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["to", "made_at"], condition=models.Q(read_at=None), name="casework_to_read")
        ]
