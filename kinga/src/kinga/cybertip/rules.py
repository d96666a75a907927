"""The rules between fields, and the check of a document that a program has made.

The rules follow NCMEC's public technical documentation of the reporting API and its schema.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kinga.cybertip.describe import Broken, Kind, Shape, Slot, rule_of, shape_of
from kinga.cybertip.errors import Finding, Rule
from kinga.cybertip.filedetails import Details, FileAnnotations, FileDetails
from kinga.cybertip.people import AssociatedAccount, EstimatedLocation, IpCaptureEvent
from kinga.cybertip.report import InternetDetails, PersonOrUserReported, Report, Reporter
from kinga.cybertip.values import FileRelevance

# What no XML 1.0 document can hold, not even escaped.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# A moment without a zone is surely still to come only where the day begins first.
_EARLIEST_ZONE = timedelta(hours=14)


def is_future(value: date, now: datetime) -> bool:
    """Say whether a moment or day is still to come at `now` (with zone); a doubt is none."""
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC) - _EARLIEST_ZONE
        return moment > now
    return value > (now + _EARLIEST_ZONE).astimezone(UTC).date()


def check(document: object, *, now: datetime | None = None) -> tuple[Finding, ...]:
    """Return what breaks a rule in a document that a program has made; nothing means: send it.

    `now` (with zone) is the moment that no reported act may be after, by default this one.
    """
    moment = now or datetime.now(UTC)
    shape = shape_of(type(document))
    return tuple(
        Finding(rule, path, None, message)
        for rule, path, message in _broken(shape, document, shape.name, moment)
    )


def _broken(shape: Shape, thing: Any, path: str, now: datetime) -> Iterator[Broken]:
    for slot in shape.slots:
        value = getattr(thing, slot.field)
        below = f"{path}/@{slot.xml}" if slot in shape.attributes.values() else f"{path}/{slot.xml}"
        if not slot.repeats:
            yield from _broken_value(slot, value, path if slot is shape.content else below, now)
            continue
        for number, each in enumerate(value, 1):
            yield from _broken_value(slot, each, below if number == 1 else f"{below}[{number}]", now)
    for rule in shape.rules:
        for broken, below, message in rule(thing):
            yield broken, f"{path}/{below}" if below else path, message


def _broken_value(slot: Slot, value: Any, path: str, now: datetime) -> Iterator[Broken]:
    if value is None:
        if slot.required or slot.repeats:
            yield Rule.MISSING, path, "must be there."
        return
    if not isinstance(value, slot.python) or (slot.kind is Kind.INTEGER and isinstance(value, bool)):
        yield Rule.VALUE, path, f"is not of the type {slot.python.__name__}."
        return
    if slot.nested is not None:
        yield from _broken(slot.nested, value, path, now)
        return
    complaint = slot.limits.complaint(value)
    if complaint is not None:
        yield Rule.LIMIT, path, f"{complaint}."
    if isinstance(value, str) and UNWRITABLE.search(value):
        yield Rule.CHARACTER, path, "holds a control character, which XML cannot carry. Take it out."
    if isinstance(value, datetime) and value.tzinfo is None:
        yield Rule.ZONE, path, "names no time zone."
    if slot.limits.past and is_future(value, now):
        yield Rule.FUTURE, path, "is still to come."
    if slot.kind is Kind.NUMBER and not -1e300 < value < 1e300:
        yield Rule.VALUE, path, "is not a number."


@rule_of(InternetDetails)
def _one_incident(details: InternetDetails) -> Iterator[Broken]:
    given = sum(getattr(details, slot.field) is not None for slot in shape_of(InternetDetails).slots)
    if given != 1:
        yield Rule.ONE_INCIDENT, "", f"holds {given} incidents; exactly one must stand here."


@rule_of(Reporter)
def _reporter_has_an_email(reporter: Reporter) -> Iterator[Broken]:
    if not reporter.reporting_person.email:
        yield Rule.REPORTER_EMAIL, "reportingPerson", "has no e-mail address."


@rule_of(EstimatedLocation)
def _location_names_a_country(location: EstimatedLocation) -> Iterator[Broken]:
    if not location.country_code:
        yield Rule.LOCATION_COUNTRY, "", "names no country."


@rule_of(AssociatedAccount)
def _one_age(account: AssociatedAccount) -> Iterator[Broken]:
    if account.approximate_age is not None and account.date_of_birth is not None:
        yield Rule.AGE_TWICE, "", "gives an approximate age and a day of birth; one of them only."


@rule_of(IpCaptureEvent)
def _a_real_address(event: IpCaptureEvent) -> Iterator[Broken]:
    try:
        ipaddress.ip_address(event.ip_address.strip())
    except ValueError:
        yield Rule.IP_ADDRESS, "ipAddress", "is neither an IPv4 nor an IPv6 address."


@rule_of(Details)
def _at_least_one_pair(details: Details) -> Iterator[Broken]:
    if not details.name_value_pair:
        yield Rule.MISSING, "nameValuePair", "must be there at least once."


@rule_of(Report)
def _addresses_are_listed(report: Report) -> Iterator[Broken]:
    asked = [
        (f"internetDetails[{number}]", email.value.strip().lower())
        for number, details in enumerate(report.internet_details, 1)
        for incident in (details.email_incident, details.newsgroup_incident)
        if incident is not None
        for email in incident.email_address
    ]
    if not asked:
        return
    listed = _listed_addresses(report)
    for path, address in asked:
        if address not in listed:
            yield (
                Rule.EMAIL_NOT_LISTED,
                path,
                "names an e-mail address that stands with no reported person, recipient or victim.",
            )


def _listed_addresses(report: Report) -> set[str]:
    persons = (
        *(one.person_or_user_reported_person for one in report.person_or_user_reported),
        *(one.intended_recipient_person for one in report.intended_recipient),
        *(one.victim_person for one in report.victim),
    )
    return {email.value.strip().lower() for person in persons if person for email in person.email}


@rule_of(Report)
def _batch_is_bare(report: Report) -> Iterator[Broken]:
    if report.batched_report is None:
        return
    barred = {
        "incidentSummary/escalateToHighPriority": report.incident_summary.escalate_to_high_priority,
        "internetDetails": report.internet_details,
        "lawEnforcement": report.law_enforcement,
        "intendedRecipient": report.intended_recipient,
        "victim": report.victim,
        "additionalInfo": report.additional_info,
    }
    for path, value in barred.items():
        if value:
            yield Rule.BATCH, path, "must not stand in a batched report."
    for number, person in enumerate(report.person_or_user_reported, 1):
        if person != PersonOrUserReported(esp_identifier=person.esp_identifier):
            yield (
                Rule.BATCH,
                f"personOrUserReported[{number}]",
                "may hold only espIdentifier in a batched report.",
            )


@rule_of(FileDetails)
def _seen_exif_was_seen(details: FileDetails) -> Iterator[Broken]:
    if details.exif_viewed_by_esp and not details.file_viewed_by_esp:
        yield Rule.EXIF_VIEWED, "exifViewedByEsp", "is true although fileViewedByEsp is not."


@rule_of(FileDetails)
def _supplements_are_not_classified(details: FileDetails) -> Iterator[Broken]:
    if details.file_relevance is not FileRelevance.SUPPLEMENTAL_REPORTED:
        return
    annotated = details.file_annotations is not None and details.file_annotations.potential_meme
    if details.industry_classification is not None:
        yield Rule.SUPPLEMENTAL, "industryClassification", "must not stand with a supplemental file."
    if details.potential_meme or annotated:
        yield Rule.SUPPLEMENTAL, "potentialMeme", "must not stand with a supplemental file."


@rule_of(FileDetails)
def _meme_said_once(details: FileDetails) -> Iterator[Broken]:
    if details.potential_meme is not None and details.file_annotations is not None:
        yield Rule.MEME_TWICE, "", "holds potentialMeme beside fileAnnotations; one of them only."


def check_batched_file(details: FileDetails) -> tuple[Finding, ...]:
    """Return what breaks the rules for the one file of a batched report.

    It is annotated as viral or as a potential meme and nothing else, relevant as reported, and bare of name,
    place, hashes, addresses, devices and details.
    """
    marks = details.file_annotations or FileAnnotations()
    bare = FileDetails(
        report_id=details.report_id,
        file_id=details.file_id,
        uploaded_to_esp_timestamp=details.uploaded_to_esp_timestamp,
        file_viewed_by_esp=details.file_viewed_by_esp,
        exif_viewed_by_esp=details.exif_viewed_by_esp,
        publicly_available=details.publicly_available,
        industry_classification=details.industry_classification,
        file_annotations=details.file_annotations,
        additional_info=details.additional_info,
    )
    broken = []
    if replace(marks, viral=False, potential_meme=False) != FileAnnotations() or marks == FileAnnotations():
        broken.append("fileAnnotations")
    if details.file_relevance not in (None, FileRelevance.REPORTED):
        broken.append("fileRelevance")
    if replace(details, file_relevance=None) != bare:
        broken.append("")
    message = "does not fit the file of a batched report: only viral, potentialMeme and Reported may be said."
    return tuple(
        Finding(Rule.BATCH, "/".join(["fileDetails", *([p] if p else [])]), None, message) for p in broken
    )
