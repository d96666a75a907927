"""The public form of a pack: whatever would lose a child on the way is found before anybody is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlinzi.intake.rules.form import FIELDS
from mlinzi.site.packs.loading_form import form_pages, form_settings
from mlinzi.site.packs.reading import read_pack
from mlinzi.site.tests.pack_copies import INVENTED, KENYA, Copy

FILE = "form.yaml"


@pytest.fixture
def invented(tmp_path: Path) -> Copy:
    return Copy(INVENTED, tmp_path)


SLIPS = [
    # what stands there, what a slip makes of it, place, words of the finding, cure
    ('id: "yes", label', "id: yes, label", "choices → True → id", "not a text", "put yes, no"),
    ('id: "no", label', 'id: "nope", label', "safe → fields → safe", "choices of its own", "exactly no, yes"),
    (
        "{id: never, label: {en: Do not answer}}",
        "{id: whisper, label: {en: Whisper}}",
        "channel",
        "choices of its own",
        "never",
    ),
    (
        "- {id: say, label",
        "- {id: shoe_size, label",
        "id",
        "'shoe_size' is nothing that can be asked",
        "Write one of about",
    ),
    ("- id: where", "- id: number", "pages → number → id", "address of its own", "another id"),
    (
        "id: few, label: {en: Under 12}",
        "id: unknown, label: {en: Few}",
        "you → fields → age → choices → unknown",
        "'unknown' is offered with every question",
        "Take it out",
    ),
    (
        "fields: [{id: category}]",
        "fields: [{id: about}]",
        "what → fields → about",
        "is answered by choosing",
        "List its choices",
    ),
    (
        "{id: link, label: {en: Its address}}",
        "{id: link, label: {en: A}, choices: [{id: a, label: {en: A}}]}",
        "where → fields → link",
        "not answered by one of these choices",
        "Take them out",
    ),
    (
        "{id: link, label: {en: Its address}}",
        "{id: link}",
        "pages → where",
        "each needs its words",
        "Give 'link' a label",
    ),
    ("shows: [numbers, near]", "shows: []", "pages → help_now", "asks nothing and tells nothing", "."),
    (
        "shows: [numbers, near]",
        "shows: [phones]",
        "help_now → shows → 1",
        "'phones' is not a word",
        "'numbers'",
    ),
    ("per_ten_minutes: 20", "per_ten_minutes: 4", "flood", "less than one minute", "Correct per_minute"),
    ("from: 3", "from: 1", "copies → from", "greater than or equal to 2", "."),
    ("{id: high_tide, label", "{id: at_the_high_tide_of_spring, label", "hours", "at most 16", "."),
    (
        '{en: "Who is this about?"}',
        "{en: '" + "who " * 33 + "?'}",
        "about → ask",
        "has 133 characters",
        "130",
    ),
    # from here on: parts that do not fit each other
    ("- id: safe\n    ask", "- id: welcome\n    ask", "pages → welcome", "first page is not 'safe'", "first"),
    (
        "- {id: say, label",
        "- {id: link, label",
        "pages → contact",
        "'link', which 'where' has asked",
        "when of both",
    ),
    ("- {id: link, label", "- {id: service, label", "pages → where", "it asks 'service' twice", "once"),
    (
        "when: [{about: [child, unknown, unsaid]}]",
        "when: [{about: [child, me]}]",
        "pages → child_you",
        "'area', which 'you' has",
        "when",
    ),
    (
        "when: [{about: [me]}]",
        "when: [{about: [mee]}]",
        "pages → you → when",
        "nobody can answer 'mee' to 'about'",
        "Write one of child, me",
    ),
    (
        "when: [{about: [me]}]",
        "when: [{channel: [box]}]",
        "pages → you → when",
        "'channel' is not asked before",
        "earlier",
    ),
    (
        "when: [{about: [me]}]",
        "when: [{link: [box]}]",
        "pages → you → when",
        "'link' is not answered by choosing",
        "choices",
    ),
    (
        "    lead: {en: Write as",
        "    when: [{about: [me]}]\n    lead: {en: Write as",
        "pages",
        "answers 'child' to 'about' is never asked what happened",
        "reach everybody",
    ),
    (
        "{id: many, label: {en: 12 or more}}",
        "{id: most, label: {en: 12 or more}}",
        "pages → child_you",
        "choices for 'age' are not those of 'you'",
        "same ids",
    ),
    ("drawing: two", "drawing: tow", "pages → about → about → child", "no drawing 'tow'", "two, umbrella"),
    (
        "area: north-shore",
        "area: north-sea",
        "near → lantern_house → area",
        "'north-sea' is not among the places",
        ".",
    ),
    ("id: you\n", "id: what\n", "pages", "'what' stands here 2 times", "own id"),
    (
        "{en: Somebody told us something on this day.}",
        "{sw: Leo.}",
        "acknowledgement",
        "the text in 'en' is missing",
        "Translate",
    ),
    (
        "{en: Quiet line}",
        "{en: Line for a paedophile}",
        "support → label",
        "it says 'paedophile'",
        "Say: offender",
    ),
]


@pytest.mark.parametrize("slip", SLIPS, ids=[slip[1][:40] for slip in SLIPS])
def test_a_slip_in_the_form_is_found_placed_and_explained(invented: Copy, slip: tuple[str, ...]) -> None:
    old, new, place, words, cure = slip
    invented.edit(FILE, old, new)
    problems = invented.problems()
    assert any(
        problem.file == FILE and place in problem.place and words in problem.wrong and cure in problem.to_do
        for problem in problems
    ), f"not found among: {[str(problem) for problem in problems]}"
    assert all(problem.to_do.endswith(".") for problem in problems)


def test_a_category_names_a_drawing_that_exists(invented: Copy) -> None:
    invented.edit("categories.yaml", "drawing: dots", "drawing: leaf")
    assert invented.problems() == []
    invented.edit("categories.yaml", "drawing: leaf", "drawing: dot")
    (problem,) = invented.problems()
    assert (problem.file, problem.place) == ("categories.yaml", "another_worry")
    assert problem.wrong == "there is no drawing 'dot'"


def test_what_a_page_shows_exists(invented: Copy) -> None:
    path = invented.folder / FILE
    text = path.read_text(encoding="utf-8")
    from_near, from_support = text.index("near:\n"), text.index("support:\n")
    after = text.index("acknowledgement:")
    path.write_text(text[:from_support] + "support: null\n" + text[after:], encoding="utf-8")
    assert invented.problems() == [], "a country may have no such line, if no page shows it"
    invented.edit(FILE, "shows: [numbers, near]", "shows: [support]")
    assert [(p.place, p.wrong) for p in invented.problems()] == [
        ("pages → help_now → shows", "there is no line for support")
    ]
    path.write_text(text[:from_near] + "near: []\n" + text[from_support:], encoding="utf-8")
    assert [p.wrong for p in invented.problems()] == ["there is no place where help is near"]


def _with_more_pages(copy: Copy, when: str, fields: str) -> None:
    pages = [
        f"  - {{id: more_{field}, ask: {{en: More}}, {when} fields: [{{id: {field}, {rest}]}}\n"
        for field, rest in (
            ("danger", 'choices: [{id: "yes", label: {en: A}}, {id: "no", label: {en: B}}]}'),
            ("since", "choices: [{id: now, label: {en: A}}]}"),
            ("organisation", "label: {en: A}}"),
            ("position", "label: {en: A}}"),
        )
        if field in fields.split()
    ]
    copy.edit(FILE, "  - id: contact\n", "".join(pages) + "  - id: contact\n")


def test_a_child_is_asked_eight_questions_at_most_and_anybody_else_ten(invented: Copy) -> None:
    _with_more_pages(invented, "", "since")
    assert invented.problems() == [], "eight questions; the page that only tells is not one of them"
    _with_more_pages(invented, "when: [{about: [me]}],", "organisation")
    assert [(p.place, p.wrong) for p in invented.problems()] == [
        ("pages", "whoever answers 'me' to 'about' is asked 9 questions")
    ]
    invented.edit(FILE, "More}, when: [{about: [me]}],", "More}, when: [{about: [child]}],")
    _with_more_pages(invented, "when: [{about: [child]}],", "position")
    assert invented.problems() == [], "ten for somebody who tells of a child"
    _with_more_pages(invented, "when: [{about: [child]}],", "danger")
    assert [str(problem) for problem in invented.problems()] == [
        "form.yaml, pages: whoever answers 'child' to 'about' is asked 11 questions. "
        "Ask at most 10: take some out or put some together."
    ]


def test_a_way_is_walked_only_by_answers_that_were_asked_for(invented: Copy) -> None:
    """A page that depends on two answers is reached by whoever gave both, and by nobody else."""
    _with_more_pages(invented, 'when: [{safe: ["no"], about: [me]}],', "since organisation")
    assert [p.wrong for p in invented.problems()] == ["whoever answers 'me' to 'about' is asked 9 questions"]
    invented.edit(
        FILE,
        'id: more_organisation, ask: {en: More}, when: [{safe: ["no"], about: [me]}]',
        "id: more_organisation, ask: {en: More}, when: [{safe: [unknown], about: [me]}]",
    )
    assert invented.problems() == [], "nobody answers both"


@pytest.mark.parametrize("folder", [KENYA, INVENTED], ids=["kenya", "invented"])
def test_rows_carry_every_word_of_every_page(folder: Path) -> None:
    pack = read_pack(folder)
    rows = dict(form_pages(pack))
    assert [row["order"] for row in rows.values()] == list(range(1, len(rows) + 1))
    assert next(iter(rows)) == "safe"
    for page in pack.form.pages:
        row = rows[page.id]
        assert set(row) == {"order", "ask", "lead", "fields", "when", "shows"}
        assert row["ask"] == page.ask
        for field in row["fields"]:
            assert set(field) == {"id", "label", "hint", "choices"}
            assert field["id"] in FIELDS
            assert all(set(choice) == {"id", "label", "hint", "drawing"} for choice in field["choices"])
    settings = {name: row["value"] for name, row in form_settings(pack)}
    assert set(settings) == {"flood", "copies", "near", "support", "acknowledgement"}
    assert settings["copies"]["from"] >= 2
    sources = {source.name for source in pack.sources}
    assert all(place["source"] in sources for place in [*settings["near"], settings["support"]])


def test_a_country_without_a_line_for_support_has_an_empty_one() -> None:
    pack = read_pack(INVENTED)
    without = pack.model_copy(update={"form": pack.form.model_copy(update={"support": None})})
    assert dict(form_settings(pack))["support"]["value"]["number"] == "70 71"
    assert dict(form_settings(without))["support"] == {"value": {}}
