"""Cases, their notes and their referrals."""

from django.db import models

from mlinzi.casework.rules import Basis, CaseState, GoesOnWhy, ReferralState, Urgency
from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id, spoken_number


class Case(models.Model):
    """One matter from the first report to the end. Clear here is only what queues and figures need."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=16, unique=True, default=spoken_number)
    state = models.CharField(max_length=16, choices=[(s, s) for s in CaseState], default=CaseState.NEW)
    urgency = models.CharField(max_length=8, choices=[(u, u) for u in Urgency])
    urgency_order = models.PositiveSmallIntegerField()
    urgency_sentence = models.CharField(max_length=400)
    # The row of the pack's table that gave the urgency, and the numbers that its sentence names; "" where an
    # officer gave it.
    urgency_row = models.CharField(max_length=64, blank=True)
    urgency_numbers = models.JSONField(default=dict)
    # Whether it was judged anew because it had waited for so long.
    stale = models.BooleanField(default=False)
    in_danger = models.CharField(max_length=8)
    category = models.ForeignKey("intake.Category", null=True, on_delete=models.PROTECT)
    area = models.ForeignKey("directory.Place", null=True, on_delete=models.PROTECT)
    organisation = models.ForeignKey("directory.Organisation", null=True, on_delete=models.PROTECT)
    unit = models.ForeignKey("directory.Unit", null=True, on_delete=models.PROTECT)
    assignee = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT)
    received_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    # When the newest answer to one of its referrals came: by this an officer's page finds the few cases with
    # answers among all.
    answered_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=32, blank=True)
    # The newest assessment's level, and how the prosecution stands by a code of the pack; "" for none yet.
    risk = models.CharField(max_length=8, blank=True)
    prosecution = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["urgency_order", "received_at", "id"],
                condition=models.Q(state="new"),
                name="casework_queue",
            ),
            models.Index(fields=["assignee", "state", "received_at"], name="casework_mine"),
            models.Index(fields=["area", "state", "received_at"], name="casework_area"),
            models.Index(fields=["organisation", "received_at"], name="casework_ours"),
            models.Index(fields=["area", "received_at"], name="casework_area_time"),
            models.Index(fields=["assignee", "received_at"], name="casework_mine_time"),
            models.Index(
                fields=["assignee", "urgency_order", "received_at"],
                condition=~models.Q(state="closed") & models.Q(assignee__isnull=False),
                name="casework_at_work",
            ),
            models.Index(
                fields=["assignee", "received_at"],
                condition=~models.Q(state="closed") & models.Q(assignee__isnull=False),
                name="casework_at_work_time",
            ),
            models.Index(
                fields=["assignee", "-answered_at"],
                condition=~models.Q(state="closed") & models.Q(answered_at__isnull=False),
                name="casework_answered",
            ),
            models.Index(
                fields=["assignee", "closed_at"],
                condition=models.Q(state="closed"),
                name="casework_ended",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CaseReport(models.Model):
    """Which reports belong to a case. A report belongs to one case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    report = models.OneToOneField("intake.Report", on_delete=models.PROTECT, related_name="+")


class Unsorted(models.Model):
    """A report that could not be made into a case. Shown on the queue, tried again; it holds up no other."""

    report = models.OneToOneField("intake.Report", on_delete=models.CASCADE, related_name="+")
    failed_at = models.DateTimeField()
    failure = models.CharField(max_length=64)
    tries = models.PositiveIntegerField(default=1)


class FormUsed(models.Model):
    """A form that was carried out, by the digest of its key, and the id of what it made."""

    digest = models.BinaryField(max_length=32, unique=True)
    made = models.CharField(max_length=64)
    at = models.DateTimeField()


class Note(models.Model):
    """What an officer wrote down about a case."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    sealed = SealedField()
    written_by = models.CharField(max_length=64)
    written_at = models.DateTimeField()


class Referral(models.Model):
    """A case handed to an organisation for a service, with a sealed copy of what is shared and nothing else.

    `answer` holds the words with which it ended: why it was declined or taken back, or what was done, with
    the code of the `outcome`. `provision`: of law, where that is the ground. `told_at`: when the child was
    told what came of it, and `told_how`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=16, unique=True, default=spoken_number)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="referrals")
    to = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="referrals")
    service = models.ForeignKey("directory.Service", on_delete=models.PROTECT)
    state = models.CharField(
        max_length=16, choices=[(s, s) for s in ReferralState], default=ReferralState.SENT
    )
    basis = models.CharField(max_length=16, choices=[(b, b) for b in Basis])
    provision = models.CharField(max_length=120, blank=True)
    look = models.UUIDField(null=True)
    shared = SealedField()
    answer = SealedField(default=b"")
    outcome = models.CharField(max_length=64, blank=True)
    told_at = models.DateTimeField(null=True)
    told_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    told_how = models.CharField(max_length=16, blank=True)
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    taken_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Until when the receiver said that the help goes on, and why; "" where nothing was said.
    goes_on_until = models.DateField(null=True)
    goes_on_why = models.CharField(max_length=16, choices=[(w, w) for w in GoesOnWhy], blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "to", "service"],
                condition=models.Q(state__in=["sent", "accepted"]),
                name="casework_referral_once",
            )
        ]
        indexes = [
            models.Index(fields=["to", "state", "due_at"], name="casework_referrals_of"),
            models.Index(fields=["to", "-made_at"], name="casework_referrals_new"),
            models.Index(fields=["-made_at", "id"], name="casework_referrals_time"),
        ]
