"""What providers have shown, and the duties that a country's pack names."""

from django.db import models

from mlinzi.industry.rules import Certainty, Step
from mlinzi.kernel.packed import FromPack


class Passed(models.Model):
    """A step that a provider has passed: by which test, and when that was seen."""

    organisation = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=16, choices=[(s, s) for s in Step])
    number = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "step"], name="industry_passed_once")]


class Duty(FromPack):
    """Within how many hours of becoming aware a provider reports, and how sure we are that this is law.

    `proposal`: it is no law, and every page that shows it says so. `working`: only working hours count.
    """

    label = models.JSONField()
    note = models.JSONField(default=dict)
    hours = models.PositiveSmallIntegerField()
    working = models.BooleanField()
    proposal = models.BooleanField()
    certainty = models.CharField(max_length=16, choices=[(c, c) for c in Certainty], blank=True)
    source = models.CharField(max_length=300, blank=True)
