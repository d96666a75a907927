"""Documents that people's words become, and whether a report came in time."""

from datetime import UTC, datetime, timedelta

import pytest

from kinga import cybertip
from mlinzi.industry.rules import INCIDENTS, Came, Step, Told, document_of, missing_steps, standing

MOMENT = datetime(2026, 5, 17, 20, tzinfo=UTC)


@pytest.mark.parametrize("incident", [cybertip.IncidentType[name].value for name in INCIDENTS.values()])
@pytest.mark.parametrize("full", [True, False])
def test_what_people_write_breaks_no_rule_of_the_format(incident: str, full: bool) -> None:
    told = Told(incident, MOMENT, words="Seen by our abuse desk.")
    if full:
        told = Told(
            incident, MOMENT, MOMENT, ("https://kijani.invalid/a", "https://kijani.invalid/b"), "Kijani Chat",
            "invented_coach", "coach@kijani.invalid", "+254700000000", "203.0.113.7", MOMENT, "Today.",
            "Seen.",
        )  # fmt: skip
    parsed = cybertip.from_json(
        document_of(told, person="Zuhura", email="z@demo.invalid"), cybertip.Report, now=MOMENT
    )
    assert parsed.findings == ()
    if full:
        reported = cybertip.to_json(parsed.document)["personOrUserReported"][0]
        assert reported["screenName"] == "invented_coach"
        assert reported["ipCaptureEvent"][0]["ipAddress"] == "203.0.113.7"


def test_every_type_of_the_format_can_be_chosen() -> None:
    assert set(INCIDENTS.values()) == {one.name for one in cybertip.IncidentType}


def test_only_what_says_when_it_was_known_is_judged() -> None:
    hour = timedelta(hours=1)
    due = MOMENT + 24 * hour
    found = standing(
        [
            Came(MOMENT + 2 * hour, MOMENT, due),
            Came(MOMENT + 30 * hour, MOMENT, due),
            Came(due, MOMENT, due),
            Came(MOMENT),
            Came(MOMENT, MOMENT + hour, MOMENT),
        ]
    )
    assert (found.reports, found.told, found.late, found.hours) == (5, 3, 1, 24.0)
    assert standing([]).hours is None


def test_steps_are_left_until_each_is_passed() -> None:
    assert missing_steps([]) == tuple(Step)
    assert missing_steps([Step.WHOLE, Step.CONTACTS]) == (Step.FILE, Step.RETRACTED)
    assert missing_steps(Step) == ()
