"""The pack's table of urgency, who is reading what waits, and the filters that officers keep."""

from django.db import models

from mlinzi.casework.models.case import Case
from mlinzi.casework.rules import Effect, Phase
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.packed import FromPack


class TriageRow(FromPack):
    """A row of the table of urgency; see `rules.Row`."""

    phase = models.CharField(max_length=8, choices=[(p, p) for p in Phase])
    order = models.PositiveSmallIntegerField()
    when = models.JSONField(default=dict)
    effect = models.CharField(max_length=8, choices=[(e, e) for e in Effect])
    final = models.BooleanField(default=False)
    sentence = models.JSONField()


class Claim(models.Model):
    """That somebody reads a waiting case now. Over at `until`, without anybody doing anything."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="claim")
    person = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField()


class SavedFilter(models.Model):
    """What an officer wants to see of the queue, by a name of their own. `chosen`: codes only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("access.Person", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    chosen = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="casework_filter_once")]
