"""The CyberTipline document: read it, check it, write it, as XML and as JSON.

Invariants

- What is written reads back as an equal document. A rule is said once, in the classes of the document;
  reading, checking, writing and the published schema (`schema`) follow it.
- Reading is safe: no document type, no entities, no network, bounded in bytes, elements and depth.
- The tolerant profile loses nothing: known variants are understood with a finding, and what has no place is
  kept as a `Leftover`. The receiver keeps the bytes as they came besides. No finding quotes a value.
- A moment without a zone stays without one, with a finding: nobody guesses where a provider's clock was.

Example

    >>> parsed = parse(
    ...     b'''<report><incidentSummary><incidentType>Child Sex Tourism</incidentType>
    ... <incidentDateTime>2026-01-31T23:59:59+03:00</incidentDateTime></incidentSummary>
    ... <reporter><reportingPerson><email type="work">desk@isp.example</email></reportingPerson></reporter>
    ... </report>''', Report)
    >>> parsed.document.incident_summary.incident_type.name
    'CHILD_SEX_TOURISM'
    >>> [(one.rule.value, one.path, one.line) for one in parsed.findings]  # the word is "Work"
    [('variant', 'report/reporter/reportingPerson/email/@type', 3)]
    >>> parse(build(parsed.document), Report).findings
    ()
    >>> from_json(to_json(parsed.document), Report).document == parsed.document
    True
"""

from kinga.cybertip.assemble import Bounds, Leftover
from kinga.cybertip.errors import CyberTipError, Finding, Malformed, Rejected, Rule, Unsafe
from kinga.cybertip.filedetails import (
    Details,
    FileAnnotations,
    FileDetails,
    Files,
    NameValuePair,
    OriginalFileHash,
    ReportDoneResponse,
    ReportResponse,
)
from kinga.cybertip.jsonform import from_json, to_json
from kinga.cybertip.people import (
    AccountPermanentlyDisabled,
    AccountPlatform,
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
from kinga.cybertip.read import Document, Parsed, Profile, parse, parse_any
from kinga.cybertip.report import (
    BatchedReport,
    CellPhoneIncident,
    ChatImIncident,
    EmailIncident,
    IncidentSummary,
    IntendedRecipient,
    InternetDetails,
    LawEnforcement,
    NewsgroupIncident,
    NonInternetIncident,
    OnlineGamingIncident,
    Peer2PeerIncident,
    PersonOrUserReported,
    Report,
    ReportAnnotations,
    Reporter,
    ServedLegalProcessInternational,
    Victim,
    WebPageIncident,
)
from kinga.cybertip.rules import check, check_batched_file
from kinga.cybertip.schema import schema
from kinga.cybertip.values import (
    COUNTRIES,
    STATES,
    AddressType,
    AssociatedAccountType,
    BatchedReportReason,
    DetailsType,
    EmailType,
    EventName,
    FileRelevance,
    IncidentType,
    IndustryClassification,
    PhoneType,
)
from kinga.cybertip.write import build

__all__ = [
    "COUNTRIES",
    "STATES",
    "AccountPermanentlyDisabled",
    "AccountPlatform",
    "AccountTemporarilyDisabled",
    "Address",
    "AddressType",
    "AssociatedAccount",
    "AssociatedAccountType",
    "BatchedReport",
    "BatchedReportReason",
    "Bounds",
    "CellPhoneIncident",
    "ChatImIncident",
    "ContactPerson",
    "CyberTipError",
    "Details",
    "DetailsType",
    "DeviceId",
    "Document",
    "Email",
    "EmailIncident",
    "EmailType",
    "EstimatedLocation",
    "EventName",
    "FileAnnotations",
    "FileDetails",
    "FileRelevance",
    "Files",
    "Finding",
    "IncidentSummary",
    "IncidentType",
    "IndustryClassification",
    "IntendedRecipient",
    "InternetDetails",
    "IpCaptureEvent",
    "LawEnforcement",
    "Leftover",
    "Malformed",
    "NameValuePair",
    "NewsgroupIncident",
    "NonInternetIncident",
    "OnlineGamingIncident",
    "OriginalFileHash",
    "Parsed",
    "Peer2PeerIncident",
    "Person",
    "PersonOrUserReported",
    "Phone",
    "PhoneType",
    "Profile",
    "Rejected",
    "Report",
    "ReportAnnotations",
    "ReportDoneResponse",
    "ReportResponse",
    "Reporter",
    "Rule",
    "ServedLegalProcessInternational",
    "Unsafe",
    "Victim",
    "WebPageIncident",
    "build",
    "check",
    "check_batched_file",
    "from_json",
    "parse",
    "parse_any",
    "schema",
    "to_json",
]
