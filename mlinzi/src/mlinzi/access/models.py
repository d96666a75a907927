"""People, roles as data, grants that end, proposals of two, invitations."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from mlinzi.access.rules import Scope, Standing
from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.packed import FromPack


class People(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """A person who works in the house. Nobody signs up: an administrator of the organisation invites."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey(
        "directory.Organisation", on_delete=models.PROTECT, related_name="people"
    )
    unit = models.ForeignKey("directory.Unit", null=True, blank=True, on_delete=models.PROTECT)
    language = models.CharField(max_length=8, blank=True)
    is_active = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[People] = People()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def standing(self) -> Standing:
        if self.ended_at is not None:
            return Standing.ENDED
        return Standing.ACTIVE if self.is_active else Standing.INVITED


class Role(FromPack):
    label = models.JSONField()
    description = models.JSONField()
    agency_kinds = models.JSONField(default=list)
    rights_digest = models.CharField(max_length=64)


class RoleRight(models.Model):
    """One action within one scope that a role carries, with the reason the pack gives for it."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="rights")
    action = models.CharField(max_length=64)
    scope = models.CharField(max_length=16, choices=[(s, s) for s in Scope])
    why = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "action", "scope"], name="access_right_once")]


class Grant(models.Model):
    """A role given to a person, in an area where the role works in areas, until a day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="grants")
    role = models.ForeignKey(Role, on_delete=models.PROTECT)
    area = models.ForeignKey("directory.Place", null=True, blank=True, on_delete=models.PROTECT)
    granted_by = models.CharField(max_length=64)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "area"],
                condition=models.Q(ended_at=None),
                nulls_distinct=False,
                name="access_grant_once",
            )
        ]


class Invitation(models.Model):
    """A way in for one person, once. The token itself is only in the letter; here is its digest."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="invitations")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    token_digest = models.BinaryField(max_length=32, null=True)
    sent_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)


class Proposal(models.Model):
    """Something that needs two people. The second one approves; the act that was proposed spends it once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    subject_person = models.CharField(max_length=64, blank=True)
    organisation = models.CharField(max_length=64)
    reason = models.CharField(max_length=300)
    details = models.JSONField(default=dict)
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    approved = models.BooleanField(null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    spent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "proposed_at"], name="access_proposal_open")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(approved=True) | ~models.Q(decided_by=models.F("proposed_by")),
                name="access_proposal_two_people",
            )
        ]


class TypedText(models.Model):
    """What somebody had typed when the session ended, sealed, to be given back to the same person once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    path_digest = models.BinaryField(max_length=32)
    sealed = SealedField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "path_digest"], name="access_typed_once")]


class Credential(models.Model):
    """By which a provider's program signs in. Of the secret only its digest is kept.

    `live`: whether reports made with it reach officers; one for tests never becomes one for real reports.
    `page`: it stands for the provider's people who fill in our own form; nobody knows a secret of it, and no
    program signs in with it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    login = models.CharField(max_length=32, unique=True)
    secret_digest = models.BinaryField(max_length=32)
    organisation = models.ForeignKey(
        "directory.Organisation", on_delete=models.PROTECT, related_name="credentials"
    )
    live = models.BooleanField()
    page = models.BooleanField(default=False)
    given_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    ended_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["organisation__name", "-given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "live"], condition=models.Q(page=True), name="access_credential_page"
            )
        ]

    def __str__(self) -> str:
        return self.login
