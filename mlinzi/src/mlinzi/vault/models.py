"""Sealed files and blind indexes."""

from django.db import models

from mlinzi.kernel.fields import SealedField
from mlinzi.kernel.ids import new_id


class StoredFile(models.Model):
    """A sealed file. The body lies in the vault folder under the id; the header with the wrapped key lies
    here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    header = SealedField()
    name = SealedField()
    hashes = SealedField()
    size = models.BigIntegerField()
    cipher_sha256 = models.BinaryField(max_length=32)
    stored_by = models.CharField(max_length=64)
    stored_at = models.DateTimeField()
    # No column: the keyed digest of the content, on its way from the sealing into the blind index.
    content_digest: bytes = b""

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="vault_file_subject")]


class BlindTerm(models.Model):
    """A keyed digest of a look-up term and the record it stands in."""

    digest = models.BinaryField(max_length=16)
    kind = models.CharField(max_length=8)
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "subject_type", "subject_id"], name="vault_term_once")
        ]
        indexes = [models.Index(fields=["subject_id", "subject_type"], name="vault_terms_of")]
