"""What one officer wants to do with a case and a second one has to agree to."""

from django.db import models

from mlinzi.casework.models.case import Case
from mlinzi.casework.rules import SecondKind, SecondState
from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id


class SecondLook(models.Model):
    """A question to a second person, and the answer.

    What was agreed is used once, by the act that it allows (`spent_at`), and not after `expires_at`.
    `subject_id`: what of the case it is about, where that is not the case itself.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="second_looks")
    kind = models.CharField(max_length=24, choices=[(k, k) for k in SecondKind])
    subject_id = models.CharField(max_length=64, blank=True)
    state = models.CharField(
        max_length=12, choices=[(s, s) for s in SecondState], default=SecondState.WAITING
    )
    asked_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    words = SealedField()
    decided_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = SealedField(default=b"")
    spent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind", "subject_id"],
                condition=models.Q(state="waiting"),
                name="casework_second_once",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
                name="casework_second_is_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=models.Q(state="waiting"), name="casework_second_waiting"
            )
        ]
