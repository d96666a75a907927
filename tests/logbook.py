"""What stands in the audit log, for tests of rooms, which do not see its tables."""

from django.db.models import QuerySet

from mlinzi.audit.models import Entry


def entries(**conditions: object) -> QuerySet[Entry]:
    """The entries that fulfil the conditions, oldest first."""
    return Entry.objects.filter(**conditions).order_by("at")
