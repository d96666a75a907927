"""On what ground a case is shared: consents, drafts that wait, links for guests, transfers."""

from django.db import models

from mlinzi.casework.models.case import Case, Referral
from mlinzi.casework.rules import Basis, GivenBy, HowObtained, ReferralState
from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id, spoken_number
from mlinzi.kernel.packed import FromPack


class Consent(models.Model):
    """One version of somebody's word that something may be shared. A change makes the next version; the old
    ones stay. `line` is the same for all of them.

    Args:
        report: whose reporter agreed; person: who agreed, of the people in the case. Neither: the child.
        organisation or kind: for whom it is; kind means any organisation of that kind.
        services: pack ids, none means any. items: what may be shared, see `rules.scope_of`.
        evidence: how we know it, in words; file: a file of the case that shows it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.UUIDField(default=new_id)
    version = models.PositiveSmallIntegerField(default=1)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="consents")
    report = models.ForeignKey("intake.Report", null=True, on_delete=models.PROTECT, related_name="+")
    person = models.UUIDField(null=True)
    given_by = models.CharField(max_length=16, choices=[(g, g) for g in GivenBy])
    how = models.CharField(max_length=16, choices=[(h, h) for h in HowObtained])
    organisation = models.ForeignKey(
        "directory.Organisation", null=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.ForeignKey("directory.AgencyKind", null=True, on_delete=models.PROTECT, related_name="+")
    services = models.JSONField(default=list)
    items = models.JSONField(default=list)
    evidence = SealedField(default=b"")
    file = models.UUIDField(null=True)
    language = models.CharField(max_length=16)
    given_at = models.DateTimeField()
    recorded_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "version"], name="casework_consent_version"),
            models.UniqueConstraint(
                fields=["line"], condition=models.Q(replaced_at=None), name="casework_consent_newest"
            ),
        ]
        indexes = [models.Index(fields=["case", "given_at"], name="casework_consents_of")]


class ReferralDraft(models.Model):
    """A referral that waits for a second person. The copy is sealed under the id that the referral will have,
    so that exactly this is sent. No receiver can reach it: it is no referral yet.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="drafts")
    to = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey("directory.Service", on_delete=models.PROTECT, related_name="+")
    shared = SealedField()
    codes = models.JSONField(default=list)
    address = SealedField(default=b"")
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    look = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)
    sent = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "to", "service"],
                condition=models.Q(ended_at=None),
                name="casework_draft_once",
            )
        ]


class Transfer(models.Model):
    """The ownership of a case, offered to another organisation. It moves on acceptance and not before.

    `came_from` is kept, since the case itself will not say any more whose it was.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=16, unique=True, default=spoken_number)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="transfers")
    came_from = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=16, choices=[(s, s) for s in ReferralState], default=ReferralState.SENT
    )
    basis = models.CharField(max_length=16, choices=[(b, b) for b in Basis])
    provision = models.CharField(max_length=120, blank=True)
    shared = SealedField()
    answer = SealedField(default=b"")
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    taken_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state="sent"), name="casework_transfer_once"
            )
        ]
        indexes = [models.Index(fields=["to", "state", "due_at"], name="casework_transfers_to")]


class RestsOn(models.Model):
    """That a referral or a transfer rests on a consent."""

    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="carries")
    referral = models.ForeignKey(Referral, null=True, on_delete=models.PROTECT, related_name="rests_on")
    transfer = models.ForeignKey(Transfer, null=True, on_delete=models.PROTECT, related_name="rests_on")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(referral=None) ^ models.Q(transfer=None), name="casework_rests_one"
            )
        ]


class GuestLink(models.Model):
    """A link by which an organisation without account answers one referral. Only the token's digest is kept,
    and the token itself is made by the sender, while the letter is written.

    `opened_at`: when somebody first opened the shared copy; `uses`: how many forms were sent with it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="links")
    address = SealedField()
    token_digest = models.BinaryField(max_length=32, unique=True, null=True)
    made_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    uses = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral"], condition=models.Q(ended_at=None), name="casework_link_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["made_at"],
                condition=models.Q(sent_at=None, ended_at=None),
                name="casework_links_to_send",
            )
        ]


class ReferralOutcome(FromPack):
    """How a referral can end when help was given, and which ready-made sentences fit it."""

    label = models.JSONField()
    answers = models.JSONField(default=list)
    order = models.PositiveSmallIntegerField()


class SharingTerm(FromPack):
    """How many hours something lasts: a guest's link."""

    hours = models.PositiveSmallIntegerField()
