"""Reports of providers on their way in: opened, filled, finished, then made into a report by the worker."""

import secrets

from django.db import models

from mlinzi.intake.models.times import sound_times
from mlinzi.intake.rules.provider import Call
from mlinzi.kernel.fields import SealedField


def report_number() -> int:
    """A random number: positive, and small enough for every client's idea of a number (53 bits)."""
    return secrets.randbelow(2**52) + 2**48


class ProviderReport(models.Model):
    """What a provider's program opened with `submit`. It is unfinished until `finish`.

    `document`: the bytes as they came, sealed for the worker; `digest`: keyed, of the same bytes, by which
    the same document sent twice is known. `findings`: how many rules of the format it breaks. `batched`: it
    gathers many accounts, and its files keep rules of their own. `changed_at`: when a file or a file's
    details came last. `aware_at`: when the provider became aware of what it reports, where it says so.
    `taken_at`: the worker has made `report` of it, or has put away a test.
    """

    id = models.BigIntegerField(primary_key=True, default=report_number, editable=False)
    credential = models.ForeignKey("access.Credential", on_delete=models.PROTECT, related_name="+")
    live = models.BooleanField()
    document = SealedField()
    digest = models.BinaryField(max_length=32)
    findings = models.PositiveIntegerField()
    batched = models.BooleanField(default=False)
    aware_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    retracted_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=64, blank=True)
    report = models.OneToOneField(
        "intake.Report", null=True, on_delete=models.PROTECT, related_name="from_provider"
    )

    class Meta:
        indexes = [
            models.Index(fields=["credential", "digest"], name="intake_provider_same"),
            models.Index(fields=["credential", "-opened_at", "id"], name="intake_provider_of"),
            models.Index(
                fields=["finished_at"],
                condition=models.Q(taken_at=None, finished_at__isnull=False),
                name="intake_provider_waits",
            ),
            models.Index(
                fields=["opened_at"], condition=models.Q(finished_at=None), name="intake_provider_open"
            ),
        ]
        constraints = [
            sound_times(
                "intake_provider_times",
                "aware_at",
                "opened_at",
                "changed_at",
                "finished_at",
                "retracted_at",
                "taken_at",
                "failed_at",
            ),
            models.CheckConstraint(condition=models.Q(id__gt=0), name="intake_provider_number"),
        ]


class ProviderFile(models.Model):
    """A file of a provider's report: sealed for the worker, its body at the door under `id`.

    `file_id`: what the provider calls it by. `details`: the bytes of its `fileDetails`, sealed for the
    worker.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    file_id = models.CharField(max_length=40, unique=True)
    of = models.ForeignKey(ProviderReport, on_delete=models.CASCADE, related_name="files")
    header = SealedField()
    meta = SealedField()
    details = SealedField(default=b"")
    size = models.BigIntegerField()
    cipher_sha256 = models.BinaryField(max_length=32)
    sent_at = models.DateTimeField()
    details_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [sound_times("intake_provider_file_times", "sent_at", "details_at")]


class ProviderKey(models.Model):
    """A key that a program gave a request, so that the same request sent again does its work once.

    `digest`: of the key and its credential. `about`: of what it was used for; with something else the key is
    refused, since an answer would lose the other. It lives as long as the report.
    """

    digest = models.BinaryField(primary_key=True, max_length=32)
    call = models.CharField(max_length=8, choices=[(c, c) for c in Call])
    about = models.BinaryField(max_length=32)
    of = models.ForeignKey(ProviderReport, on_delete=models.CASCADE, related_name="keys")
    file = models.ForeignKey(ProviderFile, null=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
