"""A pack in a folder of its own that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

from mlinzi.site.packs.checks import check_pack
from mlinzi.site.packs.reading import Problem

PACKS = next(parent for parent in Path(__file__).parents if (parent / "packs" / "xx").is_dir()) / "packs"
KENYA, INVENTED = PACKS / "ke", PACKS / "xx"

_ACTIONS = """
casework.queue.see casework.case.see casework.case.open casework.case.triage casework.case.assign
casework.case.note casework.case.file casework.case.answer casework.case.refer casework.case.close
casework.case.history casework.referral.see casework.referral.open casework.referral.answer
casework.referral.revoke casework.deadline.see access.person.list access.person.invite access.person.grant
access.credential.see access.credential.give
access.person.end access.factor.restore access.proposal.approve access.self.use
directory.organisation.see directory.organisation.edit
casework.case.agree
casework.case.consent casework.case.override_consent casework.case.transfer casework.transfer.see
casework.transfer.answer audit.log.see intake.source.see intake.report.enter intake.contact.count
casework.case.export casework.case.summarise casework.outgoing.see casework.outgoing.mend
casework.summary.check
casework.case.people casework.case.fence casework.case.glass casework.case.review casework.case.plan
industry.report.file industry.report.see industry.provider.edit industry.standing.see
industry.order.see industry.order.draft industry.order.decide industry.order.answer
casework.case.court casework.duty.see casework.duty.plan casework.team.see casework.look.up
"""
ACTIONS = frozenset(_ACTIONS.split())


class Copy:
    """A copy of a pack, clean to begin with."""

    def __init__(self, original: Path, folder: Path) -> None:
        """original: the pack; folder: an empty one for the copy."""
        self.folder = folder / original.name
        shutil.copytree(original, self.folder)
        assert self.problems() == []

    def edit(self, file: str, old: str, new: str) -> None:
        """Write `new` where `old` stands, which must be in one place only."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"'{old}' must stand exactly once in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def problems(self) -> list[Problem]:
        """What the check finds in the copy as it is now."""
        return check_pack(self.folder, actions=ACTIONS)
