"""The people of a case, what belongs to nobody yet, and who must not see it."""

from django.db import models

from mlinzi.casework.models.care import CareItem
from mlinzi.casework.models.case import Case
from mlinzi.casework.rules import FenceWhy, GlassReason, GlassVerdict, Part, Sex, TraceKind
from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id


class PersonInCase(models.Model):
    """Somebody who has a part in a case. `sealed` holds what is known, as JSON by `rules.PersonField`.

    Args:
        suspected: of having done harm, whatever else the part is. relation: to the child.
        staff: where the person works in the house. report: which report of the case is theirs.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="people")
    part = models.CharField(max_length=12, choices=[(p, p) for p in Part])
    suspected = models.BooleanField(default=False)
    sex = models.CharField(max_length=8, choices=[(s, s) for s in Sex], default=Sex.UNKNOWN)
    relation = models.ForeignKey(CareItem, null=True, on_delete=models.PROTECT, related_name="+")
    staff = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey("intake.Report", null=True, on_delete=models.PROTECT, related_name="+")
    sealed = SealedField()
    # Look-up terms are bound to the version that they stand in, so that what was corrected finds nobody.
    version = models.PositiveSmallIntegerField(default=1)
    added_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["report"], condition=models.Q(removed_at=None), name="casework_whose")
        ]


class TraceInCase(models.Model):
    """A link, an account or a phone number that belongs to a case and to nobody known yet."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="traces")
    kind = models.CharField(max_length=8, choices=[(k, k) for k in TraceKind])
    sealed = SealedField()
    added_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)


class Fence(models.Model):
    """That a case does not exist for somebody of the house. Lifted by somebody else, with a reason."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="fences")
    person = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=12, choices=[(w, w) for w in FenceWhy])
    since = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    reason = SealedField(default=b"")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "case"], condition=models.Q(lifted_at=None), name="casework_fence_once"
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_by=None) | ~models.Q(lifted_by=models.F("person")),
                name="casework_fence_not_by_oneself",
            ),
        ]


class Glass(models.Model):
    """That somebody without access opened a case in need, for an hour, and what a supervisor says to it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="glasses")
    person = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=16, choices=[(r, r) for r in GlassReason])
    words = SealedField()
    broken_at = models.DateTimeField()
    until = models.DateTimeField()
    reviewed_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=16, choices=[(v, v) for v in GlassVerdict], blank=True)
    answer = SealedField(default=b"")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("person")),
                name="casework_glass_not_by_oneself",
            )
        ]
        indexes = [
            models.Index(
                fields=["broken_at"], condition=models.Q(reviewed_at=None), name="casework_glass_waits"
            )
        ]
