"""The outbox: letters wait here until they are sent. Address and text are sealed."""

from django.db import models

from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id


class State(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Letter(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    effect = models.CharField(max_length=200, unique=True)
    channel = models.CharField(max_length=8)
    about = models.CharField(max_length=64)
    sealed = SealedField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["not_before"], condition=models.Q(state="waiting"), name="messaging_waiting")
        ]
