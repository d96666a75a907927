"""What a provider has to show before it reports for real, and whether a report came in time. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import median
from typing import Any


class Action(StrEnum):
    """Everything that needs a right in this room."""

    REPORT_FILE = "industry.report.file"
    REPORT_SEE = "industry.report.see"
    PROVIDER_EDIT = "industry.provider.edit"
    STANDING_SEE = "industry.standing.see"
    ORDER_SEE = "industry.order.see"
    ORDER_DRAFT = "industry.order.draft"
    ORDER_DECIDE = "industry.order.decide"
    ORDER_ANSWER = "industry.order.answer"


class Step(StrEnum):
    """What a provider shows before a program of it may send real reports, in this order."""

    CONTACTS = "contacts"
    WHOLE = "whole"
    FILE = "file"
    RETRACTED = "retracted"


def missing_steps(passed: Iterable[Step]) -> tuple[Step, ...]:
    """What is left to show, in order."""
    have = set(passed)
    return tuple(step for step in Step if step not in have)


INCIDENTS: Mapping[str, str] = {
    "csam": "CHILD_PORNOGRAPHY",
    "enticement": "ONLINE_ENTICEMENT",
    "trafficking": "CHILD_SEX_TRAFFICKING",
    "sexual_abuse": "CHILD_SEXUAL_MOLESTATION",
    "unsolicited_material": "UNSOLICITED_OBSCENE_MATERIAL",
    "travel": "CHILD_SEX_TOURISM",
    "misleading_words": "MISLEADING_WORDS_OR_IMAGES",
    "misleading_domain": "MISLEADING_DOMAIN_NAME",
}
"""Our words for types of incident, in the order in which people are asked, and the format's names, some of
which nobody should have to read.
"""


@dataclass(frozen=True)
class Told:
    """What somebody at a provider writes down about one incident.

    Args:
        incident: the format's words for the type. happened, aware: with a time zone. links: addresses of
            pages. ip, ip_at: an internet address and when it was used. urgent: why it is, "" for not.
    """

    incident: str
    happened: datetime
    aware: datetime | None = None
    links: tuple[str, ...] = ()
    service: str = ""
    account: str = ""
    email: str = ""
    phone: str = ""
    ip: str = ""
    ip_at: datetime | None = None
    urgent: str = ""
    words: str = ""

    @property
    def says_something(self) -> bool:
        """Whether anything is told by which somebody could begin."""
        return bool(self.links or self.account or self.email or self.phone or self.ip or self.words)


def document_of(told: Told, *, person: str, email: str) -> dict[str, Any]:
    """The report in the form that programs send as JSON.

    Args:
        told: what happened. person, email: of whoever writes it down for the provider.
    """
    summary = {"incidentType": told.incident, "incidentDateTime": told.happened.isoformat()}
    if told.urgent:
        summary["escalateToHighPriority"] = told.urgent
    reporting = {"firstName": person} | ({"email": [email]} if email else {})
    found: dict[str, Any] = {"incidentSummary": summary, "reporter": {"reportingPerson": reporting}}
    if told.links:
        found["internetDetails"] = [{"webPageIncident": {"url": list(told.links)}}]
    if reported := _reported(told):
        found["personOrUserReported"] = [reported]
    if told.words:
        found["additionalInfo"] = told.words
    return found


def _reported(told: Told) -> dict[str, Any]:
    ways = {"phone": [told.phone] if told.phone else [], "email": [told.email] if told.email else []}
    person = {name: found for name, found in ways.items() if found}
    found: dict[str, Any] = {"personOrUserReportedPerson": person} if person else {}
    if told.service and (told.account or told.email or told.ip):
        found["espService"] = told.service
    if told.account:
        found["screenName"] = told.account
    if told.ip:
        moment = told.ip_at or told.happened
        found["ipCaptureEvent"] = [
            {"ipAddress": told.ip, "eventName": "Unknown", "dateTime": moment.isoformat()}
        ]
    return found


@dataclass(frozen=True)
class Came:
    """One real report: when it came, when the provider became aware (None: it did not say), when it was
    due.
    """

    finished_at: datetime
    aware_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """How a provider met the duty in a span of time.

    Args:
        reports: how many real ones came. told: of these, how many say when the provider became aware; only
            they can be judged. late: of `told`, how many came after they were due. hours: between becoming
            aware and the report, the middle one of `told`; None where there is none.
    """

    reports: int
    told: int
    late: int
    hours: float | None


def standing(came: Iterable[Came]) -> Standing:
    """Count; a report whose moment of awareness lies after it came says nothing and is not judged."""
    reports, waits, late = 0, [], 0
    for one in came:
        reports += 1
        if one.aware_at is None or one.aware_at > one.finished_at:
            continue
        waits.append((one.finished_at - one.aware_at).total_seconds() / 3600)
        late += one.due_at is not None and one.finished_at > one.due_at
    return Standing(reports, len(waits), late, round(median(waits), 1) if waits else None)


COLUMNS: Mapping[str, str] = {
    "incident": "type of incident: " + ", ".join(INCIDENTS),
    "happened": "when it happened, as 2026-05-17T20:00 in the country's time or with +03:00",
    "aware": "when you became aware of it; may be empty",
    "links": "addresses of pages, with spaces between them",
    "service": "the service it happened on",
    "account": "name of the reported account",
    "email": "its e-mail address",
    "phone": "its phone number, with country code",
    "ip": "its internet address",
    "ip_at": "when that address was used",
    "urgent": "why it cannot wait; empty if it can",
    "words": "what happened, in your words",
}
"""The columns of a table of reports, and what stands in each."""
MOST_ROWS = 1_000
MOST_BYTES = 4 * 1024 * 1024
