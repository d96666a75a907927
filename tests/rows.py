"""Rows of all rooms, for tests whose stories run through several: what a room's tests may not take from
another room's models they find here, outside the packages.
"""

from mlinzi.access.models import Credential, Person
from mlinzi.audit.models import Entry
from mlinzi.casework.models import Case, Fence
from mlinzi.deadlines.models import Deadline
from mlinzi.directory.models import AgencyKind, Organisation
from mlinzi.intake.models import ProviderReport, Report
from mlinzi.messaging.models import Letter

__all__ = [
    "AgencyKind",
    "Case",
    "Credential",
    "Deadline",
    "Entry",
    "Fence",
    "Letter",
    "Organisation",
    "Person",
    "ProviderReport",
    "Report",
]
