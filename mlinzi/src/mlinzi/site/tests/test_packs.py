"""Both packs are whole, and whatever is put wrong in a pack is found, placed and explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlinzi.site.packs.checks import check_pack
from mlinzi.site.packs.reading import PackError, read_pack
from mlinzi.site.tests.pack_copies import ACTIONS, INVENTED, KENYA, Copy


@pytest.fixture
def invented(tmp_path: Path) -> Copy:
    return Copy(INVENTED, tmp_path)


@pytest.mark.parametrize("folder", [KENYA, INVENTED], ids=["kenya", "invented"])
def test_both_packs_are_clean_only_with_all_declared_actions(folder: Path) -> None:
    assert check_pack(folder, actions=ACTIONS) == []
    assert check_pack(folder) == [], "without a list of actions none is called unknown"
    fewer = check_pack(folder, actions=ACTIONS - {"casework.case.triage"})
    assert fewer
    assert {problem.file for problem in fewer} == {"roles.yaml"}
    assert all("no room declares the action casework.case.triage" in problem.wrong for problem in fewer)


SPOILED: list[tuple[str, str, str, str, str]] = [
    # file, what stands there, what a slip of the pen makes of it, place and words of the finding
    ("pack.yaml", "time_zone: UTC", "time_zone: Moon/Base", "time_zone", "'Moon/Base' is no time zone"),
    (
        "pack.yaml",
        "area_level: shore",
        "area_level: bay",
        "area_level",
        "'bay' is not among the place levels",
    ),
    ("pack.yaml", "iso_code: XX-C", "iso_code: XX-B", "west-shore", "it has the numbers 2 and XX-C"),
    ("sources.yaml", "- {id: none,", "- {id: harbour_code,", "sources", "'harbour_code' stands here 2 times"),
    ("places.csv", "East Shore,1,", "East Shore,3,", "national_code", "'shore, 3' stands here 2 times"),
    ("places.csv", "East Shore,1,XX-B", "East Shore,1,XX-A", "iso_code", "'shore, XX-A' stands here 2 times"),
    ("places.csv", "East Shore,1,XX-B", "East Shore,1,YY-B", "east-shore", "belongs to another country"),
    ("places.csv", "East Shore,1,XX-B", "East Shore,,XX-B", "east-shore", "lacks one of its two numbers"),
    (
        "places.csv",
        "lantern-hill,hamlet,north-shore",
        "lantern-hill,hamlet,",
        "lantern-hill",
        "below nothing",
    ),
    ("places.csv", "old-quay,hamlet,east-shore", "old-quay,hamlet,reed-bank", "old-quay", "below hamlet"),
    ("agencies.yaml", "kind: wardens,", "kind: pirates,", "kind", "'pirates' is not among the agency kinds"),
    ("services.yaml", "offered_by: [wardens]", "offered_by: [warden]", "offered_by", "'warden' is not among"),
    ("categories.yaml", "order: 2", "order: 1", "order", "'1' stands here 2 times"),
    ("categories.yaml", "{en: Strange messages}", "{en: Strange, sw: Ngeni}", "label", "a text in 'sw'"),
    ("categories.yaml", "Another worry", "Child pornography", "another_worry", "it says 'child pornography'"),
    (
        "destinations.yaml",
        "agency_kind: wardens",
        "agency_kind: wardns",
        "agency_kind",
        "'wardns' is not among",
    ),
    ("roles.yaml", "casework.case.triage", "casework.case.triag", "listener", "casework.case.triag"),
    (
        "roles.yaml",
        "casework.case.refer,",
        "casework.case.close,",
        "listener",
        "'casework.case.close' stands here",
    ),
    (
        "roles.yaml",
        "audit.log.see,",
        "access.person.end,",
        "watcher",
        "both access.person.end and casework.case",
    ),
    ("deadlines.yaml", "role: listener", "role: bellringer", "role", "'bellringer' is not among the roles"),
    ("deadlines.yaml", "role: listener", "role: watcher", "bells", "watcher is told of lateness but lacks"),
    ("deadlines.yaml", "risk: high, service: protection", "risk: high, service: rain", "service", "'rain'"),
    (
        "deadlines.yaml",
        "risk: low, hours: 30",
        "risk: high, hours: 30",
        "triage",
        "how long low risk may wait",
    ),
    (
        "deadlines.yaml",
        "risk: low, hours: 30",
        "risk: high, hours: 30",
        "triage",
        "'high' stands here 2 times",
    ),
    (
        "deadlines.yaml",
        "risk: low, hours: 28",
        "risk: high, hours: 28",
        "referral_defaults",
        "'high' stands here",
    ),
    ("deadlines.yaml", "risk: low, hours: 28", "risk: high, hours: 28", "referral_defaults", "at low risk"),
    ("deadlines.yaml", "hours: 1, clock: always", "hours: 1, clock: working", "referrals", "round the clock"),
    (
        "law.yaml",
        "  - provision: harbour_code_4",
        "  - provision: harbour_code_5",
        "provision",
        "harbour_code_5",
    ),
    ("law.yaml", "Everybody under eighteen", "Whoever is no paedophile", "summary", "it says 'paedophile'"),
    ("public.yaml", 'number: "70 70"', "number: none", "number", "but: string should match pattern"),
    (
        "demo.yaml",
        "kind: wardens, areas",
        "kind: healing_house, areas",
        "east_wardens",
        "does not offer protection",
    ),
    (
        "demo.yaml",
        "organisation: east_wardens",
        "organisation: council",
        "tavi",
        "a shore_council has no warden",
    ),
    ("demo.yaml", "role: watcher", "role: keyholder", "people", "nobody has the role watcher"),
    ("demo.yaml", "id: wyn,", "id: oda,", "people", "'oda' stands here 2 times"),
    (
        "demo.yaml",
        "category: another_worry",
        "category: strange_messages",
        "narratives",
        "none for another_worry",
    ),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "words"), SPOILED, ids=[f"{r[0]}:{r[2]}" for r in SPOILED]
)
def test_a_slip_of_the_pen_is_found_and_explained(
    invented: Copy, file: str, old: str, new: str, place: str, words: str
) -> None:
    invented.edit(file, old, new)
    problems = invented.problems()
    found = [problem for problem in problems if words in problem.wrong and place in problem.place]
    assert found, f"not found among: {[str(problem) for problem in problems]}"
    for problem in problems:
        assert problem.to_do.endswith(".")
        assert str(problem) == f"{problem.file}, {problem.place}: {problem.wrong}. {problem.to_do}"


def _swap(copy: Copy, one: str, other: str) -> None:
    copy.edit("places.csv", one, "SWAP")
    copy.edit("places.csv", other, one)
    copy.edit("places.csv", "SWAP", other)


def test_mixing_the_numberings_of_kenya_is_noticed(tmp_path: Path) -> None:
    copy = Copy(KENYA, tmp_path)
    _swap(copy, "KE-28", "KE-30")
    found = {problem.place: problem.wrong for problem in copy.problems()}
    assert set(found) == {"mombasa", "nairobi"}
    assert found["nairobi"] == "it has the numbers 47 and KE-28, but pack.yaml knows 47 and KE-30"


def test_a_missing_translation_an_orphan_ward_and_an_unread_code_are_noticed_in_kenya(tmp_path: Path) -> None:
    copy = Copy(KENYA, tmp_path)
    copy.edit("categories.yaml", "{en: Cyberbullying, sw: Uonevu wa mtandaoni}", "{en: Cyberbullying}")
    copy.edit("places.csv", "ward,con-mathare,Kiamaiko", "ward,con-mathari,Kiamaiko")
    copy.edit("categories.yaml", "chi: [Education and occupation], icvac: []", "icvac: [X9]")
    copy.edit("pack.yaml", "certainty: seen, source: cmca_text", "certainty: seen, source: none")
    copy.edit("destinations.yaml", "RDPV", "RDPH")
    found = sorted(str(problem) for problem in copy.problems())
    assert found == [
        "categories.yaml, bullied_online → officer_label: the text in 'sw' is missing. Translate it.",
        "categories.yaml, out_of_school: it has codes of 'icvac', which nobody has read yet. "
        "Empty the list, or read the list's own publication and raise its certainty in pack.yaml.",
        "destinations.yaml, codes: 'cpims_destination, RDPH' stands here 2 times. "
        "Map a code to one destination only.",
        "pack.yaml, child_age_limit → certainty: it is marked 'seen', but its source is 'none': "
        "no text was read. Name the source, or mark it general.",
        "places.csv, ward-mathare-kiamaiko → parent: 'con-mathari' is not among the places. "
        "Correct the spelling or add it there.",
        "places.csv, ward-mathare-kiamaiko: a ward lies below constituency, but this one lies below nothing. "
        "Correct its parent or its level.",
    ]


def test_words_of_a_law_may_be_old_but_not_ours_in_any_language(tmp_path: Path) -> None:
    copy = Copy(KENYA, tmp_path)
    copy.edit("law.yaml", "Exploitation of children in prostitution", "Rules on child prostitutes")
    copy.edit("public.yaml", "Mtu anaisoma sasa.", "Mtu anasoma kuhusu ponografia ya watoto.")
    found = sorted((problem.place, problem.wrong, problem.to_do) for problem in copy.problems())
    assert found == [
        (
            "provisions → soa2006_s_15 → summary",
            "it says 'child prostitute'",
            "Say: child exploited in prostitution, exploitation of children in prostitution.",
        ),
        (
            "statuses → being_read",
            "it says 'ponografia ya watoto'",
            "Say: nyenzo za unyanyasaji wa kingono wa watoto.",
        ),
    ]


def test_two_states_of_a_provision_never_hold_on_one_day(invented: Copy) -> None:
    path = invented.folder / "law.yaml"
    text = path.read_text(encoding="utf-8")
    more = (
        "  - provision: harbour_code_4\n    state: suspended\n    since: 2005-03-01\n    until: 2005-06-30\n"
    )
    more += "    basis: Order of the court\n    certainty: seen\n    source: harbour_code\n"
    path.write_text(text.replace("facts:\n", f"{more}facts:\n"), encoding="utf-8")
    (problem,) = invented.problems()
    assert (problem.place, problem.wrong) == ("states → harbour_code_4", "two states hold on 2005-03-01")
    invented.edit("law.yaml", "    since: 1998-05-01\n", "    since: 1998-05-01\n    until: 2005-02-28\n")
    assert invented.problems() == []


def test_a_role_bound_to_an_area_is_not_given_without_one(tmp_path: Path) -> None:
    copy = Copy(KENYA, tmp_path)
    copy.edit("demo.yaml", "areas: [nairobi]}\n  - {id: mwanaisha", "areas: []}\n  - {id: mwanaisha")
    copy.edit(
        "demo.yaml",
        "organisation: kisumu_childrens_office, areas: [kisumu,",
        "organisation: kisumu_childrens_office, areas: [con-seme,",
    )
    found = sorted((problem.place, problem.wrong) for problem in copy.problems())
    assert found == [
        ("nyambura", "county_coordinator needs an area"),
        ("odhiambo", "'con-seme' is not a place for which officers are responsible"),
    ]


def test_a_country_without_places_or_with_too_many_choices_is_refused(invented: Copy) -> None:
    invented.edit(
        "categories.yaml", "id: another_worry\n  public: true", "id: another_worry\n  public: false"
    )
    assert invented.problems() == [], "two choices are enough"
    path = invented.folder / "categories.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("public: true", "public: false"), encoding="utf-8")
    assert [problem.wrong for problem in invented.problems()] == ["0 categories are public"]
    path.write_text(text, encoding="utf-8")
    heading = (invented.folder / "places.csv").read_text(encoding="utf-8").splitlines()[0]
    (invented.folder / "places.csv").write_text(f"{heading}\n", encoding="utf-8")
    wrong = [problem.wrong for problem in invented.problems()]
    assert "there is no place of the level 'shore'" in wrong
    assert "'north-shore' is not among the places" in wrong


def test_a_bad_pack_is_never_half_read(invented: Copy) -> None:
    assert read_pack(invented.folder).manifest.id == "xx"
    invented.edit("pack.yaml", "country_code: XX", "country_code: Tarrowmere")
    with pytest.raises(PackError) as caught:
        read_pack(invented.folder)
    assert caught.value.problems == invented.problems()
    assert str(caught.value).startswith("pack.yaml, country_code: it says 'Tarrowmere'")


def test_one_row_only_for_a_risk_and_a_service(invented: Copy) -> None:
    row = "  - {risk: RISK, service: protection, hours: 2, clock: always, reminder_before: 0, ladder: bells, "
    row += "kind: proposal}\n"
    path = invented.folder / "deadlines.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + row.replace("RISK", "medium"), encoding="utf-8")
    assert invented.problems() == [], "another risk is another row"
    path.write_text(text + row.replace("RISK", "high"), encoding="utf-8")
    assert [str(problem) for problem in invented.problems()] == [
        "deadlines.yaml, referrals: 'high, protection' stands here 2 times. Keep one row."
    ]


def test_everybody_may_sign_in(invented: Copy) -> None:
    sign_in = '    - {action: access.self.use, scope: own, why: "Signs in"}\n- id: healer'
    invented.edit("roles.yaml", sign_in, "- id: healer")
    assert [str(problem) for problem in invented.problems()] == [
        "roles.yaml, warden: it lacks access.self.use own. Grant it: everybody signs in."
    ]
    invented.edit("roles.yaml", "\n- id: healer", "\n" + sign_in.replace("own", "unit"))
    assert [problem.place for problem in invented.problems()] == ["warden"], "only to oneself"


def test_a_number_belongs_to_one_place_or_one_line(invented: Copy) -> None:
    invented.edit("places.csv", "Lantern Hill,,,", "Lantern Hill,,,H-7")
    invented.edit("places.csv", "Old Quay,,,", "Old Quay,,,H-8")
    assert invented.problems() == []
    invented.edit("places.csv", "H-8", "H-7")
    path = invented.folder / "public.yaml"
    text = path.read_text(encoding="utf-8")
    line = text[text.index("  - id: lantern_line") :]
    path.write_text(text + line.replace("lantern_line", "second_line"), encoding="utf-8")
    assert [str(problem) for problem in invented.problems()] == [
        "places.csv, registry_code: 'harbour_code, H-7' stands here 2 times. Give each place its own number.",
        "public.yaml, emergency → number: '70 70' stands here 2 times. Name each number once.",
    ]


def test_a_story_fills_the_same_gaps_in_every_language(tmp_path: Path) -> None:
    copy = Copy(KENYA, tmp_path)
    copy.edit("demo.yaml", "Mtu anayeitwa {account} kwenye {app} anataka", "Mtu kwenye {app} anataka")
    (problem,) = copy.problems()
    assert (problem.file, problem.place) == ("demo.yaml", "narratives → 2 → text")
    assert problem.wrong == "the placeholders in braces differ between languages"
