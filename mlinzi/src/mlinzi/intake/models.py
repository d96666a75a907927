"""What comes through the door, what is read at the desk, and the mailbox in between."""

from datetime import UTC, datetime

from django.db import models

from mlinzi.intake.rules import Door, Status
from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.packed import FromPack

SOUND_TIMES = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


class Category(FromPack):
    """What a report can be about: plain words for the public, a term for officers, other systems' codes."""

    public = models.BooleanField()
    order = models.PositiveSmallIntegerField()
    label = models.JSONField()
    hint = models.JSONField(default=dict)
    officer_label = models.JSONField()
    base_urgency = models.CharField(max_length=8)
    online = models.BooleanField()
    codes = models.JSONField(default=dict)


class Submission(models.Model):
    """What came in, sealed for the worker. The public process writes it and can never read it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key_digest = models.BinaryField(max_length=32, unique=True)
    door = models.CharField(max_length=16, choices=[(d, d) for d in Door])
    sealed = SealedField()
    received_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], condition=models.Q(opened_at=None), name="intake_unopened")
        ]
        constraints = [
            # The database knows times that Python does not, such as "infinity". One of them, written by
            # whoever has taken over the door, would stop the worker at every batch.
            models.CheckConstraint(
                condition=models.Q(
                    received_at__range=SOUND_TIMES, opened_at__range=SOUND_TIMES, failed_at__range=SOUND_TIMES
                ),
                name="intake_submission_times",
            )
        ]


class Mailbox(models.Model):
    """Where the reporter finds the answer. Only the receipt, stored nowhere, leads to it and opens it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    look_up = models.BinaryField(max_length=32, unique=True)
    public_key = models.BinaryField(max_length=32)
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="mailbox")
    status = models.CharField(max_length=16, choices=[(s, s) for s in Status], default=Status.RECEIVED)
    status_at = models.DateTimeField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)


class Message(models.Model):
    """An answer to the reporter, sealed to the mailbox and to the desk that wrote it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="messages")
    sealed = SealedField()
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["mailbox", "sent_at"], name="intake_message_box")]


class Report(models.Model):
    """A submission, opened by the worker: clear for queues and figures, sealed where it is about a person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="report")
    door = models.CharField(max_length=16)
    language = models.CharField(max_length=8)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT)
    area = models.ForeignKey("directory.Place", null=True, on_delete=models.PROTECT)
    in_danger = models.CharField(max_length=8)
    narrative = SealedField()
    where_online = SealedField()
    received_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    has_case = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["received_at"], condition=models.Q(has_case=False), name="intake_without_case"
            ),
            models.Index(fields=["area", "received_at"], name="intake_by_area"),
        ]
