"""Tables of all rooms, for tests that look at what an act has left behind in a neighbour's.

Rooms themselves never see each other's tables; a test asks what became of them.
"""

from mlinzi.access.models import Credential, Grant, Invitation, Person
from mlinzi.audit.models import Checkpoint, Entry, Verified
from mlinzi.casework.models import Case, Fence
from mlinzi.deadlines.models import Deadline, Escalation, Term
from mlinzi.directory.models import AgencyKind, Deployment, Organisation
from mlinzi.intake.models import Attachment, Draft, Mailbox, Message, ProviderReport, Report, Submission, Word
from mlinzi.law.models import Provision, StateOfProvision
from mlinzi.messaging.models import Letter
from mlinzi.vault.models import BlindTerm, StoredFile

__all__ = [
    "AgencyKind",
    "Attachment",
    "BlindTerm",
    "Case",
    "Checkpoint",
    "Credential",
    "Deadline",
    "Deployment",
    "Draft",
    "Entry",
    "Escalation",
    "Fence",
    "Grant",
    "Invitation",
    "Letter",
    "Mailbox",
    "Message",
    "Organisation",
    "Person",
    "ProviderReport",
    "Provision",
    "Report",
    "StateOfProvision",
    "StoredFile",
    "Submission",
    "Term",
    "Verified",
    "Word",
]
