"""The table of urgency, who reads what, what waited too long, and the filters an officer keeps."""

from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from mlinzi.casework import acts, reads
from mlinzi.casework.models import Case, Claim, SavedFilter
from mlinzi.casework.reads import Wanted
from mlinzi.casework.rules import (
    FILTERS_LIMIT,
    Effect,
    Phase,
    Reason,
    ReportFacts,
    Row,
    Urgency,
    urgency,
    why_not_table,
)
from mlinzi.casework.tests.conftest import TABLE, Desk
from mlinzi.casework.tests.test_races import at_once
from mlinzi.casework.tests.test_web import browser, open_it, page, send, text_of
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import MlinziError, NotFound, Refused
from tests.people import ACHIENG, AMINA, CHAO, OTIENO, WANJIKU
from tests.tables import Deadline, Entry
from tests.world import WORKER, pack_of, sign_in

FACTS = st.builds(
    ReportFacts,
    in_danger=st.sampled_from(["yes", "no", "unknown"]),
    base_urgency=st.sampled_from(["high", "medium", "low", ""]),
    category=st.sampled_from(["", "Bullying"]),
    category_id=st.sampled_from(["", "video_call", "bullied_online"]),
    shares_term=st.integers(0, 9),
    copies=st.integers(0, 9),
    many=st.booleans(),
    in_flood=st.booleans(),
    worked=st.booleans(),
    says_more=st.booleans(),
    age=st.sampled_from(["", "under_10", "from_13"]),
    since=st.sampled_from(["", "still", "today"]),
    hours=st.integers(0, 99),
)


@pytest.mark.parametrize("name", ["ke", "xx"])
def test_every_row_of_a_pack_decides_its_own_examples(name: str) -> None:
    pack = pack_of(name)
    table = pack.triage.table()
    assert why_not_table(table, pack.triage.examples()) == []
    assert all(set(row.sentence) == set(pack.languages) for row in table)


@given(facts=FACTS)
def test_every_report_has_one_urgency_with_a_whole_sentence(facts: ReportFacts) -> None:
    judged = urgency(facts, TABLE)
    row = next(row for row in TABLE if row.id == judged.row)
    assert judged.sentence.endswith(".")
    assert "{" not in judged.sentence
    assert row.phase in Phase
    assert urgency(facts, TABLE) == judged
    if facts.in_danger == "yes":
        assert (judged.urgency, judged.row) == (Urgency.HIGH, "danger_now")


def test_a_row_that_others_shadow_or_that_has_no_example_is_refused() -> None:
    base = Row("all", Phase.FIRST, {}, Effect.LOW, {"en": "Low."})
    late = Row("late", Phase.FIRST, {"in_danger": frozenset({"yes"})}, Effect.HIGH, {"en": "High."})
    danger = ReportFacts("yes", "low", "Bullying")
    calm = ReportFacts("no", "low", "Bullying")
    shadowed = why_not_table([base, late], {"all": [(calm, Urgency.LOW)], "late": [(danger, Urgency.HIGH)]})
    assert any("late: in one of its examples all decides" in reason for reason in shadowed)
    right = [late, base]
    assert why_not_table(right, {"all": [(calm, Urgency.LOW)], "late": [(danger, Urgency.HIGH)]}) == []
    assert any(
        "wants low" in r
        for r in why_not_table(right, {"all": [(calm, Urgency.LOW)], "late": [(danger, Urgency.LOW)]})
    )
    assert any("at least one example" in r for r in why_not_table(right, {"all": [(calm, Urgency.LOW)]}))
    assert any("fit everything" in r for r in why_not_table([late], {"late": [(danger, Urgency.HIGH)]}))


def test_the_sentence_is_said_in_the_officers_language(desk: Desk) -> None:
    case = desk.case(category="video_call")
    assert case.urgency_row == "live_streaming"
    assert reads.urgency_said([case], "sw")[case.id].startswith("Huenda inatokea sasa hivi")
    assert reads.urgency_said([case], "en")[case.id] == case.urgency_sentence
    swahili = Client(headers={"accept-language": "sw"})
    sign_in(swahili, desk.world.people[AMINA])
    assert "Huenda inatokea sasa hivi" in page(swahili, "queue").content.decode()


def test_what_waited_too_long_rises_once_and_never_over_an_officers_word(desk: Desk) -> None:
    old = now() - timedelta(hours=30)
    waited = desk.case("Somebody writes strange things to me.", category="bullied_online", at=old)
    judged = desk.case("Somebody took my bag on the way.", category="hit_or_hurt", at=old)
    acts.judge(
        judged.number,
        urgency=Urgency.LOW,
        category="bullied_online",
        reason=Reason.MISJUDGED,
        by=desk.officer(AMINA),
        now=now(),
    )
    before = {case.id: case.urgency for case in Case.objects.all()}
    assert acts.raise_stale(by=WORKER, now=now()) == 1
    assert acts.raise_stale(by=WORKER, now=now()) == 0
    waited.refresh_from_db()
    judged.refresh_from_db()
    assert (before[waited.id], waited.urgency, waited.urgency_row) == ("medium", "high", "stale")
    assert "waited for 30 hours" in waited.urgency_sentence
    assert (judged.urgency, judged.urgency_row) == ("low", "")
    assert Deadline.objects.filter(subject_id=str(waited.id), closed_at=None).count() == 1
    assert Entry.objects.filter(action="casework.case.raise").count() == 1


def test_two_cannot_read_the_same_and_a_claim_is_over_by_itself(desk: Desk) -> None:
    case, amina, otieno = desk.case(), desk.officer(AMINA), desk.officer(OTIENO)
    acts.claim(case.number, by=amina, now=now())
    acts.claim(case.number, by=amina, now=now())
    for act in (acts.claim, acts.take):
        with pytest.raises(Refused, match="is reading this case"):
            act(case.number, by=otieno, now=now())
    with pytest.raises(Refused, match="supervisor"):
        acts.release(case.number, by=otieno, now=now())
    later = now() + timedelta(minutes=16)
    acts.claim(case.number, by=otieno, now=later)
    acts.release(case.number, by=desk.officer(WANJIKU), now=later)
    assert acts.take(case.number, by=amina, now=later).assignee_id
    assert Entry.objects.filter(action="casework.case.claim").count() == 2


def test_of_two_who_ask_for_the_next_one_each_gets_another(live_desk: Desk) -> None:
    for story in ("Somebody writes to me at night.", "A man waits at the gate each day."):
        live_desk.case(story)
    for _ in range(3):
        Claim.objects.all().delete()
        found = at_once(
            *(partial(acts.claim_next, by=live_desk.officer(who), now=now()) for who in (AMINA, OTIENO))
        )
        assert sorted(map(str, found)) == sorted(Case.objects.values_list("number", flat=True))
    assert acts.claim_next(by=live_desk.officer(AMINA), now=now()) == ""


def test_of_two_who_claim_at_once_one_is_told_who_reads(live_desk: Desk) -> None:
    case = live_desk.case()
    found = at_once(
        *(partial(acts.claim, case.number, by=live_desk.officer(w), now=now()) for w in (AMINA, OTIENO))
    )
    losers = [error for error in found if isinstance(error, MlinziError)]
    assert len(losers) == 1
    assert "is reading this case" in str(losers[0])


def test_the_queue_is_narrowed(desk: Desk) -> None:
    urgent = desk.case("He waits at the gate each day.", category="wants_to_meet", language="sw")
    calm = desk.case("They call me names.", category="bullied_online", area="mombasa", language="en")
    old = desk.case("My aunt does not feed me.", category="not_cared_for", at=now() - timedelta(hours=8))
    amina = desk.officer(AMINA)

    def seen(**wanted: str) -> set[str]:
        rows = reads.queue(by=amina, now=now(), wanted=Wanted(**wanted)).rows
        assert reads.waiting_count(by=amina, wanted=Wanted(**wanted), now=now()) == len(rows)
        return {row.case.number for row in rows}

    assert seen() == {urgent.number, calm.number, old.number}
    assert seen(urgency="high") == {urgent.number}
    assert seen(area="mombasa") == {calm.number}
    assert seen(category="not_cared_for") == {old.number}
    assert seen(waits="6") == {old.number}
    assert seen(language="sw") == {urgent.number}
    acts.claim(old.number, by=desk.officer(OTIENO), now=now())
    assert seen(free="yes") == {urgent.number, calm.number}
    assert seen(area="nowhere", urgency="no_such") == set()


def test_filters_are_ones_own_and_few(desk: Desk) -> None:
    amina = desk.officer(AMINA)
    kept = acts.save_filter("Night", {"urgency": "high"}, by=amina, now=now())
    acts.save_filter("Night", {"urgency": "low"}, by=amina, now=now())
    assert SavedFilter.objects.get().chosen == {"urgency": "low"}
    with pytest.raises(NotFound):
        acts.drop_filter(kept.id, by=desk.officer(OTIENO))
    with pytest.raises(Refused, match="name"):
        acts.save_filter(" ", {}, by=amina, now=now())
    for n in range(FILTERS_LIMIT - 1):
        acts.save_filter(f"f{n}", {}, by=amina, now=now())
    with pytest.raises(Refused, match="take one away"):
        acts.save_filter("one more", {}, by=amina, now=now())


def test_by_clicks(desk: Desk) -> None:
    desk.case("He waits at the gate each day.", category="wants_to_meet")
    desk.case("They call me names.", category="bullied_online")
    amina, otieno = browser(desk, AMINA), browser(desk, OTIENO)
    taken = send(amina, "next_one")
    number = taken["Location"].strip("/").rsplit("/", 1)[1]
    assert "Amina Wekesa reads it until" in text_of(page(otieno, "queue"))
    refused = open_it(otieno, number, "triage")
    assert "is reading this case" in text_of(refused)
    assert "reads it until" in text_of(open_it(amina, number, "triage"))
    assert send(amina, "release", number).status_code == 302
    assert "reads it until" not in text_of(page(otieno, "queue"))
    assert send(otieno, "save_filter", urgency="high", name="Urgent").status_code == 302
    shown = page(otieno, "queue", urgency="high")
    assert "Urgent" in text_of(shown)
    assert number in text_of(shown)
    assert "No case fits" in text_of(page(otieno, "queue", area="turkana"))
    assert page(otieno, "queue", area="<script>", waits="x").status_code == 200
    assert send(otieno, "drop_filter", SavedFilter.objects.get().id).status_code == 302
    for who in (ACHIENG, CHAO):
        client = browser(desk, who)
        assert page(client, "queue").status_code == 404
        assert send(client, "next_one").status_code == 404
