"""What leaves a case: what was ticked, on somebody's word that holds, and nothing after the word is taken
back.
"""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlinzi.casework import acts, reads, rules
from mlinzi.casework.models import Case, CaseReport, Consent, Referral
from mlinzi.casework.rules import (
    Basis,
    ConsentFacts,
    Given,
    GivenBy,
    HowObtained,
    Purpose,
    Receiving,
    SameWhy,
    Shared,
)
from mlinzi.casework.tests.conftest import LAW, OFFICE, STORY, Desk
from mlinzi.casework.tests.test_races import at_once
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, CHAO, OTIENO, WANJIKU
from tests.tables import Entry, Provision, StateOfProvision

TO = Receiving("office", "childrens_office", "rescue")
WORD = ConsentFacts("1", "", "", "office", "", frozenset(), frozenset({"area", "what_happened"}))


def given_to(desk: Desk, **more: Any) -> Given:
    """The child's word for the children's office, spoken."""
    base = Given(
        GivenBy.CHILD,
        HowObtained.SPOKEN,
        frozenset({"what_happened", "area"}),
        now() - timedelta(minutes=1),
        to=desk.house(OFFICE),
        words="She said: tell the office.",
    )
    return replace(base, **more)


def agreed(desk: Desk, case: Case, *, instead_of: UUID | None = None, **more: Any) -> Consent:
    return acts.record_consent(
        case.number,
        given_to(desk, **more),
        instead_of=instead_of,
        form_key=uuid4().bytes,
        by=desk.officer(AMINA),
        now=now(),
        keys=keyring(),
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"organisation": "other"}, "this organisation is asked"),
        ({"services": frozenset({"counselling"})}, "this kind of help"),
        ({"items": frozenset({"area"})}, "reads what happened"),
        ({"by_suspect": True}, "suspect in this case"),
        ({"report": "another"}, "reads what happened"),
    ],
)
def test_a_consent_covers_what_was_said_and_no_more(change: dict[str, Any], words: str) -> None:
    items = {"area", "what_happened:r1"}
    assert rules.why_not_consented([WORD], items, TO) == []
    assert rules.why_not_consented([replace(WORD, report="r1")], items, TO) == []
    assert rules.why_not_consented([replace(WORD, organisation="", kind=TO.kind)], items, TO) == []
    [reason] = rules.why_not_consented([replace(WORD, **change)], items, TO)
    assert words in reason
    assert "No consent is recorded" in rules.why_not_consented([], items, TO)[0]


SCOPES = ("area", "what_happened", "person:name", "links")


@given(
    scopes=st.frozensets(st.sampled_from(SCOPES)),
    items=st.frozensets(st.sampled_from(("area", "what_happened:r1", "links:r2", "person:p1:name"))),
    suspect=st.booleans(),
    named=st.booleans(),
)
def test_nothing_is_covered_that_nobody_named(
    scopes: frozenset[str], items: frozenset[str], suspect: bool, named: bool
) -> None:
    to = TO if named else replace(TO, organisation="other")
    consent = replace(WORD, items=scopes, by_suspect=suspect)
    if not rules.why_not_consented([consent], items, to):
        assert not suspect
        assert named
        assert {rules.scope_of(code) for code in items} <= scopes
        assert rules.carrying([consent], items, to) == {"1"}


def test_a_bare_kind_stands_for_all_of_it_and_nothing_else_is_guessed() -> None:
    offered = {"what_happened:a", "what_happened:b", "area"}
    assert rules.spelled_out({"what_happened"}, offered) == {"what_happened:a", "what_happened:b"}
    assert rules.spelled_out({"person", "area"}, offered) == {"area"}
    assert rules.spelled_out({"what_happened:z"}, offered) == {"what_happened:z"}, "and is refused later"


def test_without_a_consent_that_covers_it_nothing_leaves(desk: Desk) -> None:
    case = desk.taken()
    with pytest.raises(Refused, match="No consent is recorded"):
        desk.refer(case, basis=Basis.CONSENT)
    agreed(desk, case, services=frozenset({"rescue"}))
    with pytest.raises(Refused, match="this kind of help"):
        desk.refer(case, basis=Basis.CONSENT)
    with pytest.raises(Refused, match="reads the kind of matter"):
        desk.refer(case, basis=Basis.CONSENT, service="rescue", shared=frozenset({Shared.CATEGORY}))
    assert not Referral.objects.exists()
    assert not Entry.objects.filter(action="casework.case.share").exists(), "nothing was opened for it"
    referral = desk.refer(case, basis=Basis.CONSENT, service="rescue")
    assert [str(r.consent_id) for r in referral.rests_on.all()] == [str(Consent.objects.get().id)]


def test_one_thing_of_each_report_is_not_both_of_both(desk: Desk) -> None:
    case = desk.taken(narrative="The first story.")
    other = desk.case("The second story.")
    mine, theirs = (one.reports.get().report_id for one in (case, other))
    acts.join_cases(
        case.number, other.number, SameWhy.CHILD, by=desk.officer(AMINA), now=now(), keys=keyring()
    )
    chosen = frozenset({rules.item(Shared.WHAT_HAPPENED, mine), rules.item(Shared.WHERE_ONLINE, theirs)})
    seen = acts.preview(
        case.number, desk.wish(shared=chosen), by=desk.officer(AMINA), now=now(), keys=keyring()
    )
    assert seen.copy.items["what_happened"] == ["The first story."]


def test_only_the_report_that_was_ticked_is_in_the_copy(desk: Desk) -> None:
    case = desk.taken()
    other = desk.case("She wrote about something else entirely, in another place.")
    CaseReport.objects.filter(case=other).update(case=case)
    reports = [one for one in reads.shareable(case) if one.kind is Shared.WHAT_HAPPENED]
    assert [one.place for one in reports] == [1, 2], "both reports lie in the case"
    referral = desk.refer(case, shared=frozenset({reports[1].code}))
    copy = acts.open_referral(
        referral.number, Purpose.REFERRAL, by=desk.officer(ACHIENG), now=now(), keys=keyring()
    )
    assert copy.items == {"what_happened": ["She wrote about something else entirely, in another place."]}
    entry = Entry.objects.get(action="casework.referral.make")
    assert entry.details["item_1"] == reports[1].code
    with pytest.raises(Refused, match="not in this case any more"):
        desk.refer(case, service="rescue", shared=frozenset({f"what_happened:{uuid4()}"}))


def test_what_was_not_looked_at_is_not_sent(desk: Desk) -> None:
    case, amina = desk.taken(), desk.officer(AMINA)
    wish = desk.wish(shared=frozenset({Shared.WHAT_HAPPENED, Shared.AREA}))
    seen = acts.preview(case.number, wish, by=amina, now=now(), keys=keyring())
    assert seen.copy.items["what_happened"] == [STORY]
    assert not Referral.objects.exists()
    Case.objects.filter(pk=case.pk).update(area=None)
    changed = replace(wish, seen=seen.digest)
    with pytest.raises(Refused, match="has changed since you looked"):
        acts.refer(case.number, changed, form_key=b"k", by=amina, now=now(), keys=keyring())


def test_a_word_taken_back_carries_nothing_new_and_shows_what_rests_on_it(desk: Desk) -> None:
    case, amina = desk.taken(), desk.officer(AMINA)
    consent = agreed(desk, case)
    referral = desk.refer(case, basis=Basis.CONSENT)
    by_law = desk.refer(case, service="rescue")
    assert reads.to_take_back(case) == []
    acts.withdraw_consent(case.number, consent.line, by=amina, now=now())
    acts.withdraw_consent(case.number, consent.line, by=amina, now=now())
    assert Entry.objects.filter(action="casework.consent.withdraw").count() == 1
    assert reads.to_take_back(case) == [referral]
    assert by_law not in reads.resting_on(case, consent.line)[0]
    with pytest.raises(Refused, match="No consent is recorded"):
        desk.refer(case, basis=Basis.CONSENT, service="family_support")
    with pytest.raises(Refused, match="taken back"):
        agreed(desk, case, instead_of=consent.line)
    acts.revoke(referral.number, "Taken back.", by=amina, now=now(), keys=keyring())
    assert reads.to_take_back(case) == []


def test_a_change_makes_a_version_and_the_old_one_stays(desk: Desk) -> None:
    case = desk.taken()
    first = agreed(desk, case)
    desk.refer(case, basis=Basis.CONSENT)
    second = agreed(desk, case, instead_of=first.line, items=frozenset({"area"}))
    assert (second.version, second.line) == (2, first.line)
    first.refresh_from_db()
    assert first.items == ["area", "what_happened"]
    assert first.replaced_at is not None
    with pytest.raises(Refused, match="reads what happened"):
        desk.refer(case, basis=Basis.CONSENT, service="rescue")
    assert len(reads.resting_on(case, first.line)[0]) == 1, "also what rests on an older version"


def test_how_we_know_is_sealed_and_opened_on_record(desk: Desk) -> None:
    case, amina = desk.taken(), desk.officer(AMINA)
    consent = agreed(desk, case)
    assert b"tell the office" not in bytes(consent.evidence)
    found = acts.open_evidence(
        case.number, consent.line, Purpose.CASEWORK, by=amina, now=now(), keys=keyring()
    )
    assert found.words == "She said: tell the office."
    with pytest.raises(Refused):
        acts.open_evidence(case.number, consent.line, Purpose.REFERRAL, by=amina, now=now(), keys=keyring())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"items": frozenset()}, "what may be shared"),
        ({"to": ""}, "for whom"),
        ({"kind": "police"}, "for whom"),
        ({"given_by": "nobody"}, "who agreed"),
        ({"how": "guessed"}, "how they agreed"),
        ({"given_at": now() + timedelta(days=1)}, "future"),
        ({"words": "w" * 9_000}, "longer than"),
    ],
)
def test_a_consent_that_says_too_little_is_refused(desk: Desk, change: dict[str, Any], words: str) -> None:
    case = desk.taken()
    with pytest.raises(Refused, match=words):
        agreed(desk, case, **change)
    assert not Consent.objects.exists()


def test_nobody_else_records_reads_or_takes_back_a_consent(desk: Desk) -> None:
    case = desk.taken()
    consent = agreed(desk, case)
    for who in (CHAO, ACHIENG, OTIENO):
        officer = desk.officer(who)
        with pytest.raises(NotFound):
            acts.withdraw_consent(case.number, consent.line, by=officer, now=now())
        with pytest.raises(NotFound):
            acts.record_consent(
                case.number, given_to(desk), form_key=b"k", by=officer, now=now(), keys=keyring()
            )
    other = desk.taken(narrative="She wrote about something else entirely, in another place.")
    with pytest.raises(NotFound):
        agreed(desk, other, report=str(case.reports.get().report_id))
    with pytest.raises(NotFound):
        acts.withdraw_consent(other.number, consent.line, by=desk.officer(WANJIKU), now=now())


def test_the_law_has_to_be_in_force_today(desk: Desk) -> None:
    case = desk.taken()
    for provision, words in (("", "Choose the provision"), ("const2010_art_31", "in force today")):
        with pytest.raises(Refused, match=words):
            desk.refer(case, provision=provision)
    held = {p.pack_id for p in reads.provisions(now=now())}
    assert LAW in held
    assert "cmca2018_s_27_amended_2025" not in held, "a court has suspended it"
    StateOfProvision.objects.create(
        pack_id="x",
        provision=Provision.objects.get(pack_id=LAW),
        state="repealed",
        since=now().date() - timedelta(days=1),
        certainty="seen",
    )
    with pytest.raises(Refused, match="in force today"):
        desk.refer(case)


def test_the_copy_ends_with_the_referral_but_ones_own_words_stay(desk: Desk) -> None:
    case, achieng, amina = desk.taken(), desk.officer(ACHIENG), desk.officer(AMINA)

    def ended(service: str, how: str) -> str:
        number = desk.refer(case, service=service).number
        if how != "decline":
            acts.accept(number, by=achieng, now=now(), keys=keyring())
        match how:
            case "decline":
                acts.decline(number, "We are full.", by=achieng, now=now(), keys=keyring())
            case "done":
                acts.done(number, "Visited.", by=achieng, now=now(), keys=keyring())
            case _:
                acts.revoke(number, "Settled.", by=amina, now=now(), keys=keyring())
        return number

    for service, how, words in (
        ("rescue", "decline", "We are full."),
        ("case_management", "done", "Visited."),
        ("family_support", "revoke", ""),
    ):
        number = ended(service, how)
        with pytest.raises(Refused, match="can no longer be opened"):
            acts.open_referral(number, Purpose.REFERRAL, by=achieng, now=now(), keys=keyring())
        if words:
            own = acts.open_own_words(number, Purpose.REFERRAL, by=achieng, now=now(), keys=keyring())
            assert own == words
        else:
            with pytest.raises(NotFound):
                acts.open_own_words(number, Purpose.REFERRAL, by=achieng, now=now(), keys=keyring())
        with pytest.raises(NotFound):
            acts.open_own_words(number, Purpose.REFERRAL, by=amina, now=now(), keys=keyring())


def test_sharing_and_taking_back_at_once_leave_nothing_unseen(live_desk: Desk) -> None:
    case, amina = live_desk.taken(), live_desk.officer(AMINA)
    for service in ("rescue", "case_management", "family_support"):
        consent = agreed(live_desk, case, services=frozenset({service}))
        at_once(
            partial(live_desk.refer, case, service=service, basis=Basis.CONSENT),
            partial(acts.withdraw_consent, case.number, consent.line, by=amina, now=now()),
        )
        left = set(Referral.objects.filter(service__pack_id=service))
        assert left <= set(reads.to_take_back(case)), "what left in time is shown to be taken back"
