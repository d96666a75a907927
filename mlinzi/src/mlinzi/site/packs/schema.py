"""The whole shape of a country pack: the one door to its types."""

from __future__ import annotations

from mlinzi.site.packs.basics import RISKS, Certainty, Claim, Many, Risk, Sourced, Strict, Text
from mlinzi.site.packs.care import Care, CareItem, RiskForm
from mlinzi.site.packs.country import (
    Agencies,
    Agency,
    AgencyKind,
    Category,
    Classification,
    Codes,
    Destination,
    EmergencyNumber,
    Language,
    Manifest,
    Place,
    PlaceLevel,
    PublicTexts,
    ReadyAnswer,
    Service,
    Source,
    Statuses,
    Wording,
)
from mlinzi.site.packs.demo import Demo, DemoOrganisation, DemoPerson, Names, Narrative
from mlinzi.site.packs.duties import Duties, Duty
from mlinzi.site.packs.form import PublicForm
from mlinzi.site.packs.law import Fact, Instrument, Law, Provision, ProvisionState
from mlinzi.site.packs.sharing import GuestLink, ReferralOutcome, Sharing
from mlinzi.site.packs.triage import Triage
from mlinzi.site.packs.work import (
    Calendar,
    Deadline,
    Deadlines,
    FixedHoliday,
    Grant,
    Hours,
    Ladder,
    ListedHoliday,
    Role,
    Rung,
    Scope,
    ServiceDeadline,
    Weekday,
)

__all__ = [
    "RISKS",
    "Agencies",
    "Agency",
    "AgencyKind",
    "Calendar",
    "Care",
    "CareItem",
    "Category",
    "Certainty",
    "Claim",
    "Classification",
    "Codes",
    "Deadline",
    "Deadlines",
    "Demo",
    "DemoOrganisation",
    "DemoPerson",
    "Destination",
    "Duties",
    "Duty",
    "EmergencyNumber",
    "Fact",
    "FixedHoliday",
    "Grant",
    "GuestLink",
    "Hours",
    "Instrument",
    "Ladder",
    "Language",
    "Law",
    "ListedHoliday",
    "Manifest",
    "Names",
    "Narrative",
    "Pack",
    "Place",
    "PlaceLevel",
    "Provision",
    "ProvisionState",
    "PublicForm",
    "PublicTexts",
    "ReadyAnswer",
    "ReferralOutcome",
    "Risk",
    "RiskForm",
    "Role",
    "Rung",
    "Scope",
    "Service",
    "ServiceDeadline",
    "Sharing",
    "Source",
    "Sourced",
    "Statuses",
    "Text",
    "Triage",
    "Weekday",
    "Wording",
]


class Pack(Strict):
    """All files of a pack, in the order in which they build on each other. `manifest` is `pack.yaml`."""

    manifest: Manifest
    sources: Many[Source]
    places: Many[Place]
    agencies: Agencies
    services: Many[Service]
    categories: Many[Category]
    destinations: Many[Destination]
    roles: Many[Role]
    calendar: Calendar
    deadlines: Deadlines
    law: Law
    public: PublicTexts
    form: PublicForm
    sharing: Sharing
    care: Care
    triage: Triage
    duties: Duties
    demo: Demo

    @property
    def languages(self) -> tuple[str, ...]:
        """Language codes, the default first."""
        return self.manifest.language_ids

    @property
    def areas(self) -> tuple[Place, ...]:
        """Places of the level for which officers are responsible, in the country's own order."""
        return tuple(place for place in self.places if place.level == self.manifest.area_level)

    @property
    def public_categories(self) -> tuple[Category, ...]:
        """Categories offered to the person who reports, in their order."""
        return tuple(sorted((c for c in self.categories if c.public), key=lambda category: category.order))
