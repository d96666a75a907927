"""What people decided about two cases: that they are one matter, or that they are not."""

from django.db import models
from django.db.models.functions import Greatest, Least

from mlinzi.casework.models.case import Case
from mlinzi.casework.rules import DifferentWhy, SameWhy, Verdict
from mlinzi.kernel.ids import new_id

WHY = [(code, code) for code in (*SameWhy, *DifferentWhy)]


class Likeness(models.Model):
    """A decision about two cases. One stands for a pair at a time; those that were undone stay to be read.

    `case` and `other`: of two that are one matter the first holds the reports since then, and `reports` are
    those that were the other's, `was` the state it was in. `undone_why`: "" where a question is only asked
    anew.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="likenesses")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="likenesses_of_others")
    verdict = models.CharField(max_length=16, choices=[(v, v) for v in Verdict])
    why = models.CharField(max_length=16, choices=WHY)
    reports = models.JSONField(default=list)
    was = models.CharField(max_length=16, blank=True)
    decided_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    undone_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_why = models.CharField(max_length=16, choices=WHY, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Least("case_id", "other_id"),
                Greatest("case_id", "other_id"),
                condition=models.Q(undone_at=None),
                name="casework_likeness_once",
            )
        ]
