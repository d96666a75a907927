"""What cannot be read as a pack is refused with the place and the cure; a good one is read as it stands."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
from pydantic import ValidationError

from mlinzi.site.packs.reading import FILE_OF, PackError, Problem, read_pack
from mlinzi.site.packs.schema import Pack
from mlinzi.site.tests.pack_copies import INVENTED, Copy


@pytest.fixture
def invented(tmp_path: Path) -> Copy:
    return Copy(INVENTED, tmp_path)


def only_problem(copy: Copy) -> Problem:
    with pytest.raises(PackError) as caught:
        read_pack(copy.folder)
    (problem,) = caught.value.problems
    assert str(caught.value) == str(problem)
    return problem


def test_what_is_read_has_types_and_cannot_be_changed() -> None:
    pack = read_pack(INVENTED)
    assert pack.calendar.hours.opens == time(7, 30)
    assert pack.law.states[0].since == date(1998, 5, 1)
    assert pack.manifest.child_age_limit.value == 18
    assert [place.national_code for place in pack.areas] == [3, 1, 2], "in the order of the file"
    assert pack.places[3].national_code is None
    assert pack.deadlines.rungs_for(pack.deadlines.triage[0])[-1].role == "listener"
    with pytest.raises(ValidationError):
        pack.manifest.id = "yy"  # that it is refused is the promise


def test_a_folder_without_files_says_which_are_missing(tmp_path: Path) -> None:
    with pytest.raises(PackError) as caught:
        read_pack(tmp_path)
    assert {problem.file for problem in caught.value.problems} == set(FILE_OF.values())
    assert {problem.wrong for problem in caught.value.problems} == {"it does not exist"}
    assert isinstance(read_pack(INVENTED), Pack)


SLIPS = [
    # file, what stands there, what a slip makes of it, place, words of the finding, cure
    (
        "pack.yaml",
        "languages:",
        "id: zz\nlanguages:",
        "line 6",
        "'id' stands here twice",
        "Correct this line",
    ),
    ("pack.yaml", "version: 0.1.0", "version: 0.1", "version", "this is not a text", "Write a text"),
    (
        "pack.yaml",
        "value: 18",
        "value: '18'",
        "child_age_limit → value",
        "not a whole number",
        "without quotes",
    ),
    ("categories.yaml", "hint: {en", "hint: {[en", "line 5", "expected ',' or ']'", "Correct this line"),
    (
        "categories.yaml",
        "base_urgency: low",
        "base_urgency: none",
        "another_worry → base_urgency",
        "'none' is not",
        "'low'",
    ),
    (
        "categories.yaml",
        "setting: online",
        "setting: yes",
        "strange_messages → setting",
        "'True' is not",
        "'online'",
    ),
    (
        "categories.yaml",
        "Bullying or harm",
        "x" * 65,
        "someone_is_unkind → officer_label",
        "has 65 characters",
        "64",
    ),
    (
        "categories.yaml",
        "{en: Another worry}",
        "{en: ' Another worry'}",
        "another_worry → label → en",
        "space",
        "Take",
    ),
    (
        "categories.yaml",
        "{en: Another worry}",
        "{en: ''}",
        "another_worry → label → en",
        "text is empty",
        "Write it",
    ),
    (
        "categories.yaml",
        "{en: Another worry}",
        "Another worry",
        "another_worry → label",
        "not a set of texts",
        "en: …",
    ),
    (
        "categories.yaml",
        "{en: Another worry}",
        "{English: Another}",
        "another_worry → label → English",
        "'English'",
        ".",
    ),
    (
        "services.yaml",
        "[healing_house, listening_post]",
        "healing_house",
        "talking → offered_by",
        "not a list",
        "dash",
    ),
    (
        "roles.yaml",
        'scope: national, why: "Checks',
        'scope: world, why: "Checks',
        "watcher → grants → 1 → scope",
        "'world'",
        "'area'",
    ),
    ("roles.yaml", "audit.log.see", "see the log", "watcher → grants → 1 → action", "'see the log'", "."),
    (
        "roles.yaml",
        "agency_kinds: [wardens]",
        "agency_kinds: []",
        "warden → agency_kinds",
        "too few entries",
        ".",
    ),
    ("calendar.yaml", 'opens: "07:30"', "opens: 17:30", "hours → opens", "not a clock time", "in quotes"),
    (
        "calendar.yaml",
        'closes: "14:30"',
        'closes: "06:30"',
        "hours",
        "closes before it opens",
        "Correct opens",
    ),
    ("calendar.yaml", "month: 9, day: 3,", "month: 2, day: 30,", "fixed → 1", "day is out of range", "."),
    (
        "deadlines.yaml",
        "after_hours: 2, where: national, role: listener",
        "after_hours: 2, where: national",
        "ladders → bells → rungs → 2",
        "a rung names a role",
        "Give a role",
    ),
    (
        "deadlines.yaml",
        "after_hours: 2",
        "after_hours: 0",
        "ladders → bells",
        "later than the one before",
        "Correct",
    ),
    (
        "deadlines.yaml",
        "where: national, role",
        "where: area, role",
        "ladders → bells",
        "at national level",
        "Add one",
    ),
    (
        "deadlines.yaml",
        "hours: 30, clock: always, reminder_before: 5",
        "hours: 30, clock: always, reminder_before: 30",
        "triage → 3",
        "before the work began",
        "Make reminder_before less",
    ),
    (
        "deadlines.yaml",
        "kind: fact, certainty: seen, source: harbour_code",
        "kind: fact",
        "triage → 1",
        "needs certainty and source",
        "Give both",
    ),
    (
        "law.yaml",
        "since: 1998-05-01",
        "since: 1998-02-30",
        "a date",
        "day is out of range",
        "Write a day that exists",
    ),
    (
        "law.yaml",
        "since: 1998-05-01",
        "since: 1998-05-01\n    until: 1997-01-01",
        "states → 1",
        "ends before it begins",
        "Correct",
    ),
    (
        "law.yaml",
        "- id: /akn/xx/act/1998/7",
        "- id: harbour-code",
        "instruments → harbour-code → id",
        "'harbour-code'",
        ".",
    ),
    (
        "public.yaml",
        "{en: Lantern}",
        "{en: Tell us here who has hurt you}",
        "the file",
        "under 25 characters",
        "Shorten",
    ),
    ("public.yaml", "https://example.org/", "http://example.org/", "exit_url", "'http://example.org/'", "."),
    (
        "public.yaml",
        "{en: Come back tomorrow.}",
        "{en: '" + "tomorrow " * 15 + "then'}",
        "how_long",
        "has 139 characters",
        "130",
    ),
    (
        "demo.yaml",
        "gullpost.example.org",
        "gullpost.org",
        "links → 1",
        "could belong to somebody",
        "Use example.org",
    ),
    ("demo.yaml", "invented_gull_1", "gull_1", "accounts → 1", "'gull_1'", "."),
    (
        "demo.yaml",
        "{account}",
        "{phone}",
        "narratives → 1 → text",
        "has {phone}, which nothing fills in",
        "Use only",
    ),
    ("demo.yaml", "invented: true", "invented: false", "invented", "'False' is not a word", "True"),
    (
        "places.csv",
        "id,level,",
        "id,rank,",
        "line 1",
        "columns are not those of places",
        "Write id,level,parent",
    ),
    ("places.csv", "old-quay,hamlet,", "old-quay,", "line 6", "too many or too few cells", "one per column"),
    (
        "places.csv",
        "East Shore,1,",
        "East Shore,one,",
        "east-shore → national_code",
        "not a whole number",
        "without quotes",
    ),
]


@pytest.mark.parametrize("slip", SLIPS, ids=[f"{slip[0]}:{slip[2][:40]}" for slip in SLIPS])
def test_a_field_that_is_wrong_is_named_with_its_cure(invented: Copy, slip: tuple[str, ...]) -> None:
    file, old, new, place, words, cure = slip
    assert read_pack(invented.folder).manifest.id == "xx"
    invented.edit(file, old, new)
    problem = only_problem(invented)
    assert (problem.file, problem.place) == (file, place)
    assert words in problem.wrong
    assert cure in problem.to_do


def test_all_wrong_fields_are_named_at_once(invented: Copy) -> None:
    invented.edit("pack.yaml", "currency: XTS", "money: XTS")
    invented.edit("services.yaml", "id: a_bed", "id: A bed")
    with pytest.raises(PackError) as caught:
        read_pack(invented.folder)
    assert sorted(str(problem) for problem in caught.value.problems) == [
        "pack.yaml, currency: this field is missing. Add it.",
        "pack.yaml, money: this field is unknown. Correct its spelling or take it out.",
        "services.yaml, A bed → id: it says 'A bed', but: string should match pattern "
        "'^[a-z][a-z0-9]*([_-][a-z0-9]+)*$'. Correct it.",
    ]


def test_a_file_that_is_not_utf8_is_refused(invented: Copy) -> None:
    path = invented.folder / "public.yaml"
    text = path.read_text(encoding="utf-8").replace("Lantern}", "Lanterné}")
    path.write_text(text, encoding="utf-8")
    assert read_pack(invented.folder).public.site_name == {"en": "Lanterné"}
    path.write_text(text, encoding="latin-1")
    assert only_problem(invented) == Problem(
        "public.yaml", "the file", "it is not UTF-8 text", "Save it as UTF-8."
    )
