"""A report of what a scan found, for a person to confirm and send. Needs `kinga[report]`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kinga.cybertip import (
    Email,
    FileDetails,
    IncidentSummary,
    IncidentType,
    OriginalFileHash,
    Person,
    Report,
    Reporter,
    build,
)
from kinga.cybertip.sending import Attachment

_WORDS = 3_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report and the files that belong to it."""

    document: bytes
    attachments: tuple[Attachment, ...]


def prepared(
    lines: Iterable[Mapping[str, Any]], *, email: str, incident: IncidentType, now: datetime
) -> Prepared:
    """What would be sent about the files that are in a list.

    Args:
        lines: of a journal. email: of whoever answers for the report. incident: its type, which a person
            chose. now: the moment that the files were found, with its zone.
    """
    matched = [line for line in lines if line.get("hits")]
    report = Report(
        incident_summary=IncidentSummary(incident_type=incident, incident_date_time=now),
        reporter=Reporter(reporting_person=Person(email=(Email(value=email),))),
        additional_info=f"{len(matched)} files were found by their fingerprints; no person looked at them.",
    )
    return Prepared(build(report), tuple(_attachment(line) for line in matched))


def _attachment(line: Mapping[str, Any]) -> Attachment:
    path = Path(line["path"])
    hashes = tuple(
        OriginalFileHash(value=line[name], hash_type=name.upper())
        for name in ("md5", "sha1", "sha256", "pdq")
        if line.get(name)
    )
    details = FileDetails(
        report_id=1,
        file_id="x",
        original_file_name=path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        file_viewed_by_esp=False,
        original_file_hash=hashes,
        additional_info=tuple(hit["reason"][:_WORDS] for hit in line["hits"]),
    )
    return Attachment(path, details)
