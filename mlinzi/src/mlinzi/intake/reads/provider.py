"""What a provider may see of its own reports, and what its tests have shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from mlinzi.intake.models import ProviderReport


def _of(organisation: str) -> QuerySet[ProviderReport]:
    return ProviderReport.objects.filter(credential__organisation__uuid=organisation)


@dataclass(frozen=True)
class Sent:
    """A provider's report, without what stands in it; `files`: how many it has."""

    row: ProviderReport
    files: int


def provider_reports(organisation: str, *, after: str = "", limit: int = 50) -> tuple[list[Sent], str]:
    """A provider's reports and tests, the newest first; and the cursor of the next page, "" for none. The
    caller asked for the right.

    Args:
        organisation: uuid. after: the cursor of the page before; one that cannot be read begins at the top.
    """
    rows = _of(organisation).select_related("credential").annotate(file_count=Count("files"))
    last = _of(organisation).filter(pk=int(after)).first() if after.isdigit() and len(after) < 19 else None
    if last:
        older = Q(opened_at__lt=last.opened_at) | Q(opened_at=last.opened_at, id__gt=last.pk)
        rows = rows.filter(opened_at__lte=last.opened_at).filter(older)
    rows = rows.defer("document").order_by("-opened_at", "id")
    found = [Sent(row, row.file_count) for row in rows[: limit + 1]]
    return found[:limit], str(found[limit - 1].row.pk) if len(found) > limit else ""


@dataclass(frozen=True)
class Tried:
    """What the tests of a provider have shown; each the number of a report that shows it, None for none yet.

    Args:
        whole: finished without a warning. file: finished with a file and its details. retracted: taken back.
    """

    whole: int | None
    file: int | None
    retracted: int | None


def tried_by(organisation: str) -> Tried:
    """What the tests of a provider's programs have shown, of those that are still kept (a day)."""
    tests = _of(organisation).filter(live=False, credential__page=False).order_by("opened_at")

    def first(**wanted: object) -> int | None:
        return tests.filter(**wanted).values_list("pk", flat=True).first()

    return Tried(
        whole=first(finished_at__isnull=False, findings=0),
        file=first(finished_at__isnull=False, files__details_at__isnull=False),
        retracted=first(retracted_at__isnull=False),
    )


@dataclass(frozen=True)
class Arrival:
    """When a real report of a provider came, and when the provider became aware, if it said so."""

    organisation: str
    finished_at: datetime
    aware_at: datetime | None


def arrivals(organisations: Iterable[str], *, since: datetime, until: datetime) -> Iterable[Arrival]:
    """The real reports of some providers that came from `since` on and before `until`, in no order."""
    rows = ProviderReport.objects.filter(
        credential__organisation__uuid__in=list(organisations),
        live=True,
        finished_at__gte=since,
        finished_at__lt=until,
    )
    columns = ("credential__organisation__uuid", "finished_at", "aware_at")
    for house, finished, aware in rows.values_list(*columns).iterator(chunk_size=5_000):
        yield Arrival(str(house), finished, aware)
