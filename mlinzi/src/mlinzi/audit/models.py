"""Tables that are only ever added to. The database roles of the sites hold INSERT on `Entry` and no more."""

from django.db import models

from mlinzi.kernel.ids import new_id


class Entry(models.Model):
    """One thing done. Written in the transaction of the act, so that both happen or neither."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    organisation = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    purpose = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "at"], name="audit_by_object"),
            models.Index(fields=["actor_id", "at"], name="audit_by_actor"),
        ]


class Waiting(models.Model):
    """An entry that has no number yet. A trigger adds the row, the sequencer takes it away."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT, db_constraint=False)
    arrival = models.BigIntegerField(unique=True)


class Numbered(models.Model):
    """The place of an entry in the log. Insert-only; written by the sequencer alone."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT)
    leaf = models.BinaryField(max_length=32)


class Checkpoint(models.Model):
    """A signed head of the log (C2SP checkpoint), with the frontier that lets the sequencer go on from it."""

    size = models.BigIntegerField(primary_key=True)
    note = models.TextField()
    frontier = models.BinaryField()
    at = models.DateTimeField()


class Verified(models.Model):
    """A checkpoint up to which the whole log was checked from the first entry. The newest one is
    published."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT)
    at = models.DateTimeField()
