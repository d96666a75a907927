"""Law and facts, each with where it was read and how sure we are."""

from django.db import models

from mlinzi.kernel.packed import FromPack
from mlinzi.law.rules import Certainty, ProvisionState


class Sourced(models.Model):
    """What stands behind a statement."""

    certainty = models.CharField(max_length=16, choices=[(c, c) for c in Certainty])
    source = models.CharField(max_length=300)
    as_of = models.DateField(null=True)
    reviewer = models.CharField(max_length=120, blank=True)
    # A caution that has to stand beside the statement wherever it is shown.
    note = models.TextField(blank=True)

    class Meta:
        abstract = True


class Instrument(FromPack, Sourced):
    """A law, a treaty, a rule: its `pack_id` follows Akoma Ntoso's naming of works."""

    title = models.CharField(max_length=300)
    year = models.PositiveSmallIntegerField(null=True)
    number = models.CharField(max_length=60, blank=True)
    commenced = models.DateField(null=True)


class Provision(FromPack, Sourced):
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="provisions")
    number = models.CharField(max_length=60)
    heading = models.CharField(max_length=300)
    summary = models.TextField(blank=True)


class StateOfProvision(FromPack, Sourced):
    """From which day to which day a provision was in force, suspended or repealed, and on whose word."""

    provision = models.ForeignKey(Provision, on_delete=models.PROTECT, related_name="states")
    state = models.CharField(max_length=16, choices=[(s, s) for s in ProvisionState])
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    basis = models.CharField(max_length=300, blank=True)


class Fact(FromPack, Sourced):
    """A statement about the country, with or without a figure."""

    statement = models.JSONField()
    value = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=60, blank=True)
