"""What comes through the door, what is read at the desk, and the mailbox in between."""

from django.db import models

from mlinzi.intake.models.provider import ProviderFile, ProviderKey, ProviderReport
from mlinzi.intake.models.times import sound_times
from mlinzi.intake.rules import Door, Status, WordKind
from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.packed import FromPack

__all__ = [
    "Attachment",
    "Category",
    "DayCount",
    "Draft",
    "FormPage",
    "FormSetting",
    "Greeting",
    "Mailbox",
    "Message",
    "ProviderFile",
    "ProviderKey",
    "ProviderReport",
    "Report",
    "Submission",
    "Word",
]


class Category(FromPack):
    """What a report can be about: plain words for the public, a term for officers, other systems' codes."""

    public = models.BooleanField()
    order = models.PositiveSmallIntegerField()
    label = models.JSONField()
    hint = models.JSONField(default=dict)
    officer_label = models.JSONField()
    base_urgency = models.CharField(max_length=8)
    online = models.BooleanField()
    codes = models.JSONField(default=dict)
    drawing = models.CharField(max_length=32, blank=True)


class FormPage(FromPack):
    """A page of the public form, from the pack: its question, its fields, and when it is asked.

    `fields`: a list of ``{id, label, hint, choices: [{id, label, hint, drawing}]}``; `when`: a list of
    alternatives, each a set of answers by field that all hold, e.g. ``[{"about": ["me", "child"]}]``; an
    empty list means always. `shows`: what else the page shows, see `rules.Shows`.
    """

    order = models.PositiveSmallIntegerField()
    ask = models.JSONField()
    lead = models.JSONField(default=dict)
    fields = models.JSONField(default=list)
    when = models.JSONField(default=list)
    shows = models.JSONField(default=list)


class FormSetting(FromPack):
    """A setting of the door from the pack.

    ``flood`` and ``copies`` (from when on there are too many), ``near`` (places where help is near),
    ``support`` (a line for own worries), ``acknowledgement`` (the words of the signed paper).
    """

    value = models.JSONField()


class Draft(models.Model):
    """What somebody is writing, or a visit to a mailbox: sealed under a key that only their cookie holds.

    The row alone tells nothing but that somebody was at the door. It is deleted at the end, by the quick
    exit, or when it runs out.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    look_up = models.BinaryField(max_length=32, unique=True)
    sealed = SealedField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="intake_draft_ends")]
        constraints = [sound_times("intake_draft_times", "expires_at")]


class DayCount(models.Model):
    """How often something happened on a day that is counted and not filed: a silent call, a wrong number."""

    day = models.DateField()
    what = models.CharField(max_length=32)
    organisation = models.CharField(max_length=64, blank=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "what", "organisation"], name="intake_count_once")
        ]


class Submission(models.Model):
    """What came in, sealed for the worker. The public process writes it and can never read it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key_digest = models.BinaryField(max_length=32, unique=True)
    door = models.CharField(max_length=16, choices=[(d, d) for d in Door])
    sealed = SealedField()
    received_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], condition=models.Q(opened_at=None), name="intake_unopened")
        ]
        constraints = [sound_times("intake_submission_times", "received_at", "opened_at", "failed_at")]


class Mailbox(models.Model):
    """Where the reporter finds the answer. Only the receipt, stored nowhere, leads to it and opens it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    look_up = models.BinaryField(max_length=32, unique=True)
    public_key = models.BinaryField(max_length=32)
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="mailbox")
    status = models.CharField(max_length=16, choices=[(s, s) for s in Status], default=Status.RECEIVED)
    status_at = models.DateTimeField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    # What only the number's holder can sign with; empty for mailboxes from before there was one.
    verify_key = models.BinaryField(max_length=32, default=b"")
    # The safe contact that came with the report, for its owner to see; sealed to the mailbox alone.
    contact = SealedField(default=b"")
    # A signed paper that a report was made on this day, sealed to the mailbox: whoever finds the paper
    # cannot find the report with it, and the database does not know which paper is whose.
    acknowledgement = SealedField(default=b"")

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="intake_mailbox_day")]
        constraints = [sound_times("intake_mailbox_times", "created_at", "status_at", "expires_at")]


class Greeting(models.Model):
    """That somebody has been back at a mailbox, so that the number is shown once more only once. No time."""

    mailbox = models.OneToOneField(Mailbox, primary_key=True, on_delete=models.CASCADE, related_name="+")


class Message(models.Model):
    """An answer to the reporter, sealed to the mailbox and to the desk that wrote it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="messages")
    sealed = SealedField()
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["mailbox", "sent_at"], name="intake_message_box")]


class Word(models.Model):
    """What the reporter wrote later: words, another safe contact, the wish to stop, that a file came.

    A table of its own, so that the door, which writes here, can never write an answer in the desk's name.
    Sealed at the door to the mailbox and the worker, who wraps it anew for the desk without opening what need
    not be opened (`taken_at`). `told_at`: the officer of the case was told; `read_at`: an officer opened it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="words")
    kind = models.CharField(max_length=8, choices=[(k, k) for k in WordKind])
    # Of the form that it was sent with, so that a double click writes once.
    form_digest = models.BinaryField(max_length=32, unique=True)
    sealed = SealedField()
    signature = models.BinaryField(max_length=64)
    sent_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["mailbox", "sent_at"], name="intake_word_box"),
            models.Index(fields=["sent_at"], condition=models.Q(taken_at=None), name="intake_word_untaken"),
            models.Index(fields=["taken_at"], condition=models.Q(told_at=None), name="intake_word_untold"),
            models.Index(fields=["mailbox"], condition=models.Q(read_at=None), name="intake_word_unread"),
        ]
        constraints = [
            sound_times("intake_word_times", "sent_at", "taken_at", "told_at", "read_at", "failed_at"),
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in WordKind]), name="intake_word_kind"
            ),
        ]


class Attachment(models.Model):
    """A file that came with a submission or a later message: sealed for the worker, its body at the door.

    `meta` holds name and hashes (JSON with ``name, md5, sha256``). `named_at`: the worker found it named in
    the sealed submission, or in a word that the number's holder signed; nothing else is taken in. It moves
    body and row into the vault (`adopted_at`); the vault's file has the same id.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="attachments")
    header = SealedField()
    meta = SealedField()
    size = models.BigIntegerField()
    cipher_sha256 = models.BinaryField(max_length=32)
    sent_at = models.DateTimeField()
    named_at = models.DateTimeField(null=True)
    adopted_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["sent_at"],
                condition=models.Q(adopted_at=None, named_at__isnull=False),
                name="intake_not_adopted",
            )
        ]
        constraints = [
            sound_times("intake_attachment_times", "sent_at", "named_at", "adopted_at", "failed_at")
        ]


class Report(models.Model):
    """A submission, opened by the worker: clear for queues and figures, sealed where it is about a person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="report")
    door = models.CharField(max_length=16)
    language = models.CharField(max_length=8)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT)
    area = models.ForeignKey("directory.Place", null=True, on_delete=models.PROTECT)
    in_danger = models.CharField(max_length=8)
    about = models.CharField(max_length=16, blank=True)
    age = models.CharField(max_length=16, blank=True)
    since = models.CharField(max_length=16, blank=True)
    # How the reporter may be reached: a code of `rules.SafeChannel`; the address itself is in `details`.
    channel = models.CharField(max_length=16, blank=True)
    stopped_at = models.DateTimeField(null=True)
    # Whether it came while the door was flooded, and whether the sender's machine had worked for it.
    in_flood = models.BooleanField(default=False)
    worked = models.BooleanField(default=False)
    narrative = SealedField()
    where_online = SealedField()
    # Of a provider's report: it asks for haste; it names a child.
    haste = models.BooleanField(default=False)
    names_child = models.BooleanField(default=False)
    # Everything else that was told, as JSON: see `rules.Details`.
    details = SealedField(default=b"")
    received_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    has_case = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["received_at"], condition=models.Q(has_case=False), name="intake_without_case"
            ),
            models.Index(fields=["area", "received_at"], name="intake_by_area"),
        ]
