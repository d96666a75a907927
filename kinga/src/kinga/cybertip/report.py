"""The `report` element and what stands in it, in the order in which it stands there."""

# ruff: noqa: RUF009 - the calls make dataclass fields; they only have names of our own

from dataclasses import dataclass
from datetime import datetime

from kinga.cybertip.describe import LONG, attribute, content, flag, many, maybe, one
from kinga.cybertip.people import (
    LONGEST_URL,
    AccountPermanentlyDisabled,
    AccountTemporarilyDisabled,
    Address,
    AssociatedAccount,
    ContactPerson,
    DeviceId,
    Email,
    EstimatedLocation,
    IpCaptureEvent,
    Person,
    Phone,
)
from kinga.cybertip.values import COUNTRIES, BatchedReportReason, IncidentType

LONGEST_TEXT = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchedReport:
    """Says that the report gathers many accounts which shared the same thing."""

    reason: BatchedReportReason = attribute(required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAnnotations:
    """What else the report is about."""

    sextortion: bool = flag()
    csam_solicitation: bool = flag()
    minor_to_minor_interaction: bool = flag()
    spam: bool = flag()
    sadistic_online_exploitation: bool = flag()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSummary:
    """What happened and when; a text in `escalate_to_high_priority` asks for haste and says why."""

    incident_type: IncidentType = one()
    platform: str | None = maybe(length=256)
    escalate_to_high_priority: str | None = maybe(length=LONGEST_TEXT, blank=False)
    report_annotations: ReportAnnotations | None = maybe()
    incident_date_time: datetime = one(past=True)
    incident_date_time_description: str | None = maybe(length=LONGEST_TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPageIncident:
    """On a web page."""

    url: tuple[str, ...] = many()
    additional_info: str | None = maybe()
    third_party_hosted_content: bool | None = attribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailIncident:
    """By e-mail. Each address also stands with a reported person, a recipient or a victim."""

    email_address: tuple[Email, ...] = many()
    content: str | None = maybe()
    additional_info: str | None = maybe()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsgroupIncident:
    """In a newsgroup."""

    name: str | None = maybe()
    email_address: tuple[Email, ...] = many()
    content: str | None = maybe()
    additional_info: str | None = maybe()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatImIncident:
    """In a chat or by instant message."""

    chat_client: str | None = maybe()
    chat_room_name: str | None = maybe()
    content: str | None = maybe()
    additional_info: str | None = maybe()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineGamingIncident:
    """In a game."""

    game_name: str | None = maybe()
    console: str | None = maybe()
    content: str | None = maybe()
    additional_info: str | None = maybe()


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPhoneIncident:
    """By telephone. Latitude and longitude in degrees."""

    phone_number: Phone | None = maybe()
    latitude: float | None = maybe()
    longitude: float | None = maybe()
    additional_info: str | None = maybe()


@dataclass(frozen=True, slots=True, kw_only=True)
class NonInternetIncident:
    """Outside the internet."""

    location_name: str | None = maybe()
    incident_address: tuple[Address, ...] = many()
    additional_info: str | None = maybe()


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer2PeerIncident:
    """In a file-sharing network."""

    client: str | None = maybe()
    ip_capture_event: tuple[IpCaptureEvent, ...] = many()
    file_names: str | None = maybe()
    additional_info: str | None = maybe()


@dataclass(frozen=True, slots=True, kw_only=True)
class InternetDetails:
    """Where on the internet it happened: exactly one of these."""

    web_page_incident: WebPageIncident | None = maybe(either="incident")
    email_incident: EmailIncident | None = maybe(either="incident")
    newsgroup_incident: NewsgroupIncident | None = maybe(either="incident")
    chat_im_incident: ChatImIncident | None = maybe(either="incident")
    online_gaming_incident: OnlineGamingIncident | None = maybe(either="incident")
    cell_phone_incident: CellPhoneIncident | None = maybe(either="incident")
    non_internet_incident: NonInternetIncident | None = maybe(either="incident")
    peer2peer_incident: Peer2PeerIncident | None = maybe(either="incident")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedLegalProcessInternational:
    """Whether an authority abroad has served process, and of which country."""

    value: bool = content()
    flea_country: str | None = attribute(choices=COUNTRIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class LawEnforcement:
    """Which authority knows already."""

    agency_name: str = one()
    case_number: str | None = maybe()
    officer_contact: ContactPerson | None = maybe()
    reported_to_le: bool | None = maybe()
    served_legal_process_domestic: bool | None = maybe()
    served_legal_process_international: ServedLegalProcessInternational | None = maybe()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Who reports. The reporting person has at least one e-mail address."""

    reporting_person: Person = one()
    contact_person: ContactPerson | None = maybe()
    company_template: str | None = maybe()
    terms_of_service: str | None = maybe()
    legal_url: str | None = maybe("legalURL")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOrUserReported:
    """The person or account that is reported."""

    person_or_user_reported_person: Person | None = maybe()
    vehicle_description: str | None = maybe()
    esp_identifier: str | None = maybe()
    esp_service: str | None = maybe()
    compromised_account: bool | None = maybe()
    screen_name: str | None = maybe()
    display_name: tuple[str, ...] = many()
    profile_url: tuple[str, ...] = many(length=LONGEST_URL)
    profile_bio: str | None = maybe()
    ip_capture_event: tuple[IpCaptureEvent, ...] = many()
    device_id: tuple[DeviceId, ...] = many()
    third_party_user_reported: bool | None = maybe()
    prior_ct_reports: tuple[int, ...] = many("priorCTReports", low=-LONG - 1, high=LONG)
    group_identifier: str | None = maybe()
    account_temporarily_disabled: AccountTemporarilyDisabled | None = maybe()
    account_permanently_disabled: AccountPermanentlyDisabled | None = maybe()
    estimated_location: EstimatedLocation | None = maybe()
    all_emails_reported: bool | None = maybe()
    associated_account: tuple[AssociatedAccount, ...] = many()
    additional_info: str | None = maybe()


@dataclass(frozen=True, slots=True, kw_only=True)
class IntendedRecipient:
    """For whom it was meant."""

    intended_recipient_person: Person | None = maybe()
    esp_identifier: str | None = maybe()
    esp_service: str | None = maybe()
    compromised_account: bool | None = maybe()
    screen_name: str | None = maybe()
    display_name: tuple[str, ...] = many()
    profile_url: tuple[str, ...] = many(length=LONGEST_URL)
    profile_bio: str | None = maybe()
    ip_capture_event: tuple[IpCaptureEvent, ...] = many()
    device_id: tuple[DeviceId, ...] = many()
    prior_ct_reports: tuple[int, ...] = many("priorCTReports", low=-LONG - 1, high=LONG)
    group_identifier: str | None = maybe()
    account_temporarily_disabled: AccountTemporarilyDisabled | None = maybe()
    account_permanently_disabled: AccountPermanentlyDisabled | None = maybe()
    estimated_location: EstimatedLocation | None = maybe()
    all_emails_reported: bool | None = maybe()
    additional_info: tuple[str, ...] = many()


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """The child."""

    victim_person: Person = one()
    esp_identifier: str | None = maybe()
    esp_service: str | None = maybe()
    compromised_account: bool | None = maybe()
    screen_name: str | None = maybe()
    display_name: tuple[str, ...] = many()
    profile_url: tuple[str, ...] = many(length=LONGEST_URL)
    profile_bio: str | None = maybe()
    ip_capture_event: tuple[IpCaptureEvent, ...] = many()
    device_id: tuple[DeviceId, ...] = many()
    school_name: str | None = maybe()
    prior_ct_reports: tuple[int, ...] = many("priorCTReports", low=-LONG - 1, high=LONG)
    account_temporarily_disabled: AccountTemporarilyDisabled | None = maybe()
    account_permanently_disabled: AccountPermanentlyDisabled | None = maybe()
    estimated_location: EstimatedLocation | None = maybe()
    all_emails_reported: bool | None = maybe()
    associated_account: tuple[AssociatedAccount, ...] = many()
    additional_info: str | None = maybe()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A provider's report."""

    batched_report: BatchedReport | None = maybe()
    incident_summary: IncidentSummary = one()
    internet_details: tuple[InternetDetails, ...] = many()
    law_enforcement: LawEnforcement | None = maybe()
    reporter: Reporter = one()
    person_or_user_reported: tuple[PersonOrUserReported, ...] = many()
    intended_recipient: tuple[IntendedRecipient, ...] = many()
    victim: tuple[Victim, ...] = many()
    additional_info: str | None = maybe()
