"""What the pack offers to choose from, and what is planned for a child: needs, goals, reviews, tasks,
safety.
"""

from django.db import models

from mlinzi.casework.models.case import Case
from mlinzi.casework.rules import GoalState, NeedState, Urgency
from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.packed import FromPack


class CareItem(FromPack):
    """A line of one of the pack's lists. `term`: of a need, whether it is immediate or long_term."""

    group = models.CharField(max_length=24)
    code = models.CharField(max_length=64)
    label = models.JSONField()
    codes = models.JSONField(default=list)
    term = models.CharField(max_length=16, blank=True)
    order = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["group", "order"], name="casework_care_list")]


class RiskForm(FromPack):
    """The questions by which risk is assessed, as they are now."""

    version = models.PositiveSmallIntegerField()
    medium_from = models.PositiveSmallIntegerField()
    high_from = models.PositiveSmallIntegerField()
    questions = models.JSONField()


class RiskAssessment(models.Model):
    """One assessment. Old ones stay; the newest counts.

    `answers`: sealed, with the questions as they were then. `by_rule`: the level that the answers gave;
    `level`: that of the officer, with the reason where it is another one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="risks")
    form_version = models.PositiveSmallIntegerField()
    answers = SealedField()
    by_rule = models.CharField(max_length=8, choices=[(u, u) for u in Urgency])
    level = models.CharField(max_length=8, choices=[(u, u) for u in Urgency])
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()


class Need(models.Model):
    """What the child needs, by a code of the pack, and whether it was given."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="needs")
    item = models.ForeignKey(CareItem, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=[(s, s) for s in NeedState], default=NeedState.NEEDED)
    changed_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "item"], name="casework_need_one")]


class Goal(models.Model):
    """What shall be reached for the child, who sees to it and by when."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="goals")
    sealed = SealedField()
    by_when = models.DateField(null=True)
    state = models.CharField(max_length=12, choices=[(s, s) for s in GoalState], default=GoalState.OPEN)
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class PlanReview(models.Model):
    """A look at the plan: how it stands, and when it is looked at again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reviews")
    sealed = SealedField()
    next_on = models.DateField(null=True)
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()


class SafetyPlan(models.Model):
    """A version of the child's safety plan: texts by the pack's headings, sealed as JSON."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="safety_plans")
    version = models.PositiveSmallIntegerField()
    sealed = SealedField()
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "version"], name="casework_safety_version")]


class Task(models.Model):
    """Something that somebody of the house has to do for a case."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tasks")
    sealed = SealedField()
    to = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["to", "due_on"], condition=models.Q(done_at=None), name="casework_tasks_of")
        ]
