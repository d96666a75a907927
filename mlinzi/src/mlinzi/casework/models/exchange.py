"""What leaves the house: messages to another case system, and summaries on paper."""

from django.db import models

from mlinzi.casework.models.case import Case, Referral
from mlinzi.casework.rules import Basis, OutgoingState, PaperFor
from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id, spoken_number


class Outgoing(models.Model):
    """One child of a referral on the way to another case system. The row is what waits.

    `id` is our number, by which the other side knows the case too. `payload` is sealed for the worker alone;
    `answer`, which came back, for the desk. `place`: of the child, from 1. `asked`: how often the serial was
    asked for.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="outgoing")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="outgoing")
    child = models.UUIDField(null=True)
    place = models.PositiveSmallIntegerField()
    target = models.CharField(max_length=16)
    payload = SealedField()
    state = models.CharField(
        max_length=16, choices=[(s, s) for s in OutgoingState], default=OutgoingState.WAITING
    )
    tries = models.PositiveSmallIntegerField(default=0)
    asked = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    failure = models.CharField(max_length=32, blank=True)
    failed_at = models.DateTimeField(null=True)
    answer = SealedField(default=b"")
    serial = models.CharField(max_length=64, blank=True)
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["referral", "target", "place"], name="casework_outgoing_once")
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(state__in=["waiting", "failed"]),
                name="casework_outgoing_due",
            ),
            models.Index(
                fields=["next_at"],
                condition=models.Q(state="sent", serial=""),
                name="casework_outgoing_serial",
            ),
            models.Index(
                fields=["-made_at", "id"],
                condition=models.Q(state__in=["failed", "dead"]),
                name="casework_outgoing_stuck",
            ),
        ]


class Summary(models.Model):
    """A copy of a case on paper that left it: for whom, what for, what stood in it. The file lies in the
    case.

    `copy_id` stands on every page, so that a sheet that is found somewhere tells whose it was.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    copy_id = models.CharField(max_length=16, unique=True, default=spoken_number)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="summaries")
    to = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    paper_for = models.CharField(max_length=16, choices=[(p, p) for p in PaperFor])
    basis = models.CharField(max_length=16, choices=[(b, b) for b in Basis])
    provision = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=16)
    items = models.JSONField(default=list)
    file = models.UUIDField()
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "-made_at"], name="casework_summaries_of")]
