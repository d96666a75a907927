"""What happens in court, and which offences the case is about."""

from django.db import models

from mlinzi.casework.models.care import CareItem
from mlinzi.casework.models.case import Case
from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id


class CourtEvent(models.Model):
    """A session of a court: which kind, when, how it ended, when it goes on. Number and notes are sealed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="court_events")
    session = models.ForeignKey(CareItem, on_delete=models.PROTECT, related_name="+")
    outcome = models.ForeignKey(CareItem, null=True, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(CareItem, null=True, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    next_on = models.DateField(null=True)
    sealed = SealedField()
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()


class OffenceInCase(models.Model):
    """An offence that a case is about, by provision of the law, on the day of the act."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="offences")
    provision = models.ForeignKey("law.Provision", on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    sealed = SealedField()
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "provision", "on"],
                condition=models.Q(removed_at=None),
                name="casework_offence_once",
            )
        ]
