"""Part of a pack that says what companies owe: within how many hours they report."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlinzi.site.packs.basics import Claim, Id, Label, Paragraph, Strict


class Duty(Claim):
    """A duty of companies. hours: from becoming aware; working: only working hours count, by the calendar.
    note: what has to be said beside it wherever it is shown, above all that it is no law.
    """

    id: Id
    label: Label
    note: Paragraph
    hours: Annotated[int, Field(ge=1, le=24 * 31)]
    working: bool


class Duties(Strict):
    """`duties.yaml`. report: the duty to report; none where a country judges nobody by it."""

    report: Duty | None

    def rows(self) -> list[tuple[str, dict[str, object]]]:
        """As they are stored."""
        row = self.report
        if row is None:
            return []
        said: dict[str, object] = {
            "label": row.label,
            "note": row.note,
            "hours": row.hours,
            "working": row.working,
            "proposal": row.kind == "proposal",
            "certainty": row.certainty or "",
            "source": row.source or "",
        }
        return [("report", said)]
