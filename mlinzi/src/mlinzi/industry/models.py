"""What providers have shown, and the duties that a country's pack names."""

from django.db import models

from mlinzi.industry.rules import Step
from mlinzi.industry.rules.orders import OrderKind, OrderState
from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id, spoken_number
from mlinzi.kernel.packed import FromPack
from mlinzi.law.rules import Certainty


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


class Order(models.Model):
    """An order to a provider to keep or to hand over data. What it asks for and what was answered is sealed.

    `basis`: pack id of a provision of law; `reference`: the number under which a court or an office keeps it.
    `until`: the last day on which it holds; `asked_until`: a later one that waits for a second person.
    `organisation`: whose order it is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=16, unique=True, default=spoken_number)
    kind = models.CharField(max_length=16, choices=[(k, k) for k in OrderKind])
    state = models.CharField(max_length=16, choices=[(s, s) for s in OrderState], default=OrderState.DRAFT)
    case = models.ForeignKey("casework.Case", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    urgent = models.BooleanField(default=False)
    basis = models.CharField(max_length=120)
    reference = models.CharField(max_length=200)
    scope = SealedField()
    answer = SealedField(default=b"")
    until = models.DateField()
    asked_until = models.DateField(null=True)
    asked_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    drafted_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    decided_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    form_key = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["drafted_by", "form_key"], name="industry_order_once"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("drafted_by")),
                name="industry_order_two_people",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-drafted_at", "id"], name="industry_orders_of"),
            models.Index(fields=["provider", "-drafted_at", "id"], name="industry_orders_to"),
            models.Index(fields=["until"], name="industry_orders_end"),
        ]
