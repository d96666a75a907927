"""What was looked up, by whom and for what; never the question itself."""

from django.db import models

from mlinzi.casework.rules import LookKind, LookPurpose
from mlinzi.kernel.ids import new_id


class LookUp(models.Model):
    """One question. `digest`: keyed, so that equal questions meet and nobody can read them. `unusual`: why a
    supervisor is shown it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=[(k, k) for k in LookKind])
    purpose = models.CharField(max_length=16, choices=[(p, p) for p in LookPurpose])
    digest = models.BinaryField(max_length=16)
    at = models.DateTimeField()
    found = models.PositiveSmallIntegerField(null=True)
    unusual = models.JSONField(default=list)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["person", "-at"], name="casework_looks_of"),
            models.Index(fields=["digest", "at"], name="casework_looks_alike"),
            models.Index(
                fields=["organisation", "-at"],
                condition=models.Q(seen_at=None) & ~models.Q(unusual=[]),
                name="casework_looks_unusual",
            ),
        ]
