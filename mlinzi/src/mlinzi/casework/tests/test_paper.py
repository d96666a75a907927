"""A summary on paper holds what was ticked and nothing else, says on every page whose it is, and takes no
text for markup.
"""

import json
import secrets
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import typst
from django.conf import settings
from django.test import Client
from django.utils.html import escape

from mlinzi.casework import acts, paper, reads, rules
from mlinzi.casework.models import Case, Summary
from mlinzi.casework.paper import NoPaper, Section, Sheet, pdf_of, typeset
from mlinzi.casework.rules import Basis, PaperFor, PaperPlan, Part, PersonField, Purpose, Shared
from mlinzi.casework.tests.conftest import LAW, OFFICE, STORY, Desk
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, CHAO, MORAA, OTIENO, WANJIKU
from tests.tables import Entry, StoredFile
from tests.world import sign_in

HOSTILE = '#read("/etc/passwd") #include "sheet.typ" #import "@preview/x:0.1.0" $x$ `c` <l> @r\\ // c /* d'
SHEET = Sheet(
    title="Summary of an invented case",
    language="en",
    mark=("An Invented Court", "26 November 2026", "AAAA-BBBB-CCCC"),
    facts=(("Made for", "An Invented Court"),),
    sections=(Section("What happened", ("First line.\n= Second line.", HOSTILE)),),
    gap="Some characters are missing.",
)


def drawn(sheet: Sheet) -> str:
    """What the typesetter makes of a sheet, as text."""
    data, folder = json.dumps(asdict(sheet)), typeset.ROOT
    found = typst.query(str(folder / "sheet.typ"), "par", root=str(folder), sys_inputs={"data": data})
    return " ".join(texts_in(json.loads(found)))


def texts_in(tree: Any) -> list[str]:
    if isinstance(tree, list):
        return [text for one in tree for text in texts_in(one)]
    if not isinstance(tree, dict):
        return []
    own = [tree["text"]] if isinstance(tree.get("text"), str) else []
    return own + [text for value in tree.values() for text in texts_in(value)]


# ------------------------------------------------------------------ typesetting
def test_no_text_becomes_markup() -> None:
    said = drawn(SHEET)
    assert HOSTILE in said
    assert "= Second line." in said
    assert "root:" not in said
    assert pdf_of(SHEET).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "hostile", ["#panic()", "#", "\\", "$", '"', "]", "}", "#{", "\x00", "\u202e", "=", "//", "#read(1)"]
)
def test_nothing_that_is_typed_breaks_a_sheet(hostile: str) -> None:
    sheet = replace(SHEET, sections=(Section(hostile, (hostile,)),), title=hostile, mark=(hostile,))
    assert hostile in drawn(sheet)
    assert pdf_of(sheet).startswith(b"%PDF-")


def test_a_sheet_is_tagged_and_names_its_language() -> None:
    pdf = pdf_of(replace(SHEET, language="sw"))
    assert b"/MarkInfo" in pdf
    assert b"/StructTreeRoot" in pdf
    assert b"(sw)" in pdf
    assert b"pdfuaid" in pdf, "by the standard"


def test_a_character_that_no_font_has_does_not_keep_the_sheet_away() -> None:
    pdf = pdf_of(replace(SHEET, sections=(Section("What happened", ("日本",)),)))
    assert b"/StructTreeRoot" in pdf
    assert b"pdfuaid" not in pdf


def test_the_typesetter_sees_its_template_only_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert [path.name for path in typeset.ROOT.iterdir()] == ["sheet.typ"]
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(9)\n")
    monkeypatch.setattr(paper, "_SCRIPT", slow)
    monkeypatch.setattr(paper, "TIME_LIMIT", 0.3)
    with pytest.raises(NoPaper):
        pdf_of(SHEET)
    slow.write_text("import sys\nsys.exit(sys.stdin.read())\n")
    monkeypatch.setattr(paper, "TIME_LIMIT", 20)
    with pytest.raises(NoPaper) as caught:
        pdf_of(SHEET)
    assert "First" not in f"{caught.value}{caught.value.__cause__}{SHEET!r}"


# ------------------------------------------------------------------ making one
def plan(desk: Desk, case: Case, *kinds: str, **more: Any) -> PaperPlan:
    wanted = kinds or (Shared.WHAT_HAPPENED, Shared.AREA)
    items = frozenset(code for code, _where in reads.printable(case) if rules.kind_of(code) in wanted)
    return replace(PaperPlan(desk.house(OFFICE), PaperFor.COURT, items, Basis.LAW, LAW), **more)


def summarise(desk: Desk, case: Case, wanted: PaperPlan, who: str = AMINA, key: bytes = b"") -> Summary:
    return acts.summarise(
        case.number,
        wanted,
        form_key=key or secrets.token_bytes(16),
        folder=settings.VAULT,
        by=desk.officer(who),
        now=now(),
        keys=keyring(),
    )


@pytest.fixture
def sheets(monkeypatch: pytest.MonkeyPatch) -> list[Sheet]:
    """The sheets that were typeset."""
    found: list[Sheet] = []

    def keep(sheet: Sheet) -> bytes:
        found.append(sheet)
        return pdf_of(sheet)

    monkeypatch.setattr(paper, "pdf_of", keep)
    return found


def test_only_what_was_ticked_stands_in_it(desk: Desk, sheets: list[Sheet]) -> None:
    case, by = desk.taken(category="asked_for_pictures"), desk.officer(AMINA)
    for text in ("The aunt called.", "The school called."):
        acts.note(case.number, text, form_key=secrets.token_bytes(16), by=by, now=now(), keys=keyring())
    second = case.notes.order_by("written_at")[1]
    items = frozenset({*plan(desk, case).items, f"note:{second.id}"})
    summary = summarise(desk, case, plan(desk, case, items=items, language="sw"))
    [sheet] = sheets
    said = str([(s.heading, s.texts) for s in sheet.sections]) + str(sheet.facts)
    for word in (STORY, "The school called.", "Nairobi"):
        assert word in said
    for word in ("The aunt called.", "grooming", "Kumlaghai"):
        assert word not in said
    assert (sheet.language, sheet.mark[0], sheet.mark[2]) == ("sw", summary.to.name, summary.copy_id)
    assert len(summary.copy_id) == 14
    details = Entry.objects.get(action="casework.case.summarise").details
    assert (details["to"], details["for"], details["copy"]) == (desk.house(OFFICE), "court", summary.copy_id)
    assert Entry.objects.filter(action="casework.case.share").count() == 1


def test_of_people_only_the_ticked_fields_stand_in_it(desk: Desk, sheets: list[Sheet]) -> None:
    case, by = desk.taken(), desk.officer(AMINA)
    fields = {PersonField.NAME: "Zuri Mfano", PersonField.SCHOOL: "An Invented School"}
    told, key = acts.PersonTold(part=Part.CHILD, fields=fields), secrets.token_bytes(16)
    zuri = acts.add_person(case.number, told, form_key=key, by=by, now=now(), keys=keyring())
    summarise(desk, case, plan(desk, case, items=frozenset({f"person:{zuri.id}:name"})))
    [section] = sheets[0].sections
    assert section.texts == ("Child\nName: Zuri Mfano",)


def test_it_is_a_sealed_file_of_the_case(desk: Desk) -> None:
    case = desk.taken()
    summary = summarise(desk, case, plan(desk, case))
    assert not any(b"%PDF" in path.read_bytes() for path in settings.VAULT.rglob("*") if path.is_file())
    opened = acts.open_file(
        case.number,
        summary.file,
        Purpose.CASEWORK,
        folder=settings.VAULT,
        by=desk.officer(AMINA),
        now=now(),
        keys=keyring(),
    )
    assert opened.name == f"summary-{summary.copy_id}.pdf"
    assert opened.data.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"basis": Basis.CONSENT}, "No consent is recorded"),
        ({"basis": Basis.BEST_INTEREST}, "cannot be taken back"),
        ({"basis": ""}, "cannot be taken back"),
        ({"provision": ""}, "Choose the provision"),
        ({"provision": "no_such_law"}, "not known to be in force"),
        ({"items": frozenset()}, "at least one thing"),
        ({"items": frozenset({"note:00000000-0000-0000-0000-000000000000"})}, "not in this case"),
        ({"paper_for": "fun"}, "what the summary is for"),
        ({"to": "nobody"}, "who gets"),
    ],
)
def test_what_may_not_leave_is_refused_before_anything_is_opened(
    desk: Desk, change: dict[str, Any], words: str
) -> None:
    case = desk.taken()
    with pytest.raises(Refused, match=words):
        summarise(desk, case, plan(desk, case, **change))
    assert not Summary.objects.exists()
    assert not StoredFile.objects.exists()
    assert not Entry.objects.filter(action="casework.case.share").exists()


def test_the_own_organisation_needs_no_paper(desk: Desk) -> None:
    case = desk.taken()
    own = str(case.organisation.uuid) if case.organisation else ""
    with pytest.raises(Refused, match="needs no paper"):
        summarise(desk, case, plan(desk, case, to=own))


def test_a_double_click_makes_one(desk: Desk) -> None:
    case, key = desk.taken(), secrets.token_bytes(16)
    first = summarise(desk, case, plan(desk, case), key=key)
    assert summarise(desk, case, plan(desk, case), key=key).id == first.id
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize("who", [OTIENO, ACHIENG, CHAO, MORAA])
def test_others_make_none(desk: Desk, who: str) -> None:
    case = desk.taken()
    with pytest.raises(NotFound):
        summarise(desk, case, plan(desk, case), who)


# ------------------------------------------------------------------ pages
def client_of(desk: Desk, who: str) -> Client:
    client = Client()
    sign_in(client, desk.world.people[who])
    return client


def test_an_officer_makes_one_and_finds_it_again(desk: Desk) -> None:
    case, client = desk.taken(), client_of(desk, AMINA)
    assert "No copy of this case" in client.get(f"/cases/{case.number}/paper/").content.decode()
    path = f"/cases/{case.number}/paper/new/"
    page = client.get(path)
    assert b"checked" not in page.content, "nothing is ticked beforehand"
    wanted = plan(desk, case)
    typed = {
        "to": wanted.to,
        "paper_for": "court",
        "items": sorted(wanted.items),
        "basis": "law",
        "provision": LAW,
        "language": "en",
        "form_key": page.context["form"]["form_key"].value(),
    }
    wrong = client.post(path, {**typed, "basis": "consent"})
    assert wrong.status_code == 422
    assert "No consent is recorded" in wrong.content.decode()
    assert b"checked" in wrong.content, "what was ticked is kept"
    done = client.post(path, typed, follow=True)
    summary = Summary.objects.get()
    assert summary.copy_id in done.content.decode()
    assert STORY not in done.content.decode()
    client.post(f"/cases/{case.number}/open/", {"purpose": "casework"})
    file = client.post(f"/cases/{case.number}/file/{summary.file}/")
    assert file.content.startswith(b"%PDF-")


@pytest.mark.parametrize("who", [OTIENO, ACHIENG, CHAO, MORAA])
def test_others_find_no_page(desk: Desk, who: str) -> None:
    case, client = desk.taken(), client_of(desk, who)
    for path in ("paper/", "paper/new/"):
        assert client.get(f"/cases/{case.number}/{path}").status_code == 404


def test_whoever_finds_a_sheet_learns_whose_it_is_and_nothing_of_the_case(desk: Desk) -> None:
    case = desk.taken()
    summary, client = summarise(desk, case, plan(desk, case)), client_of(desk, WANJIKU)
    found = client.post("/paper/", {"copy_id": f" {summary.copy_id.lower()} "}).content.decode()
    assert escape(summary.to.name) in found
    assert summary.made_by.name in found
    assert case.number not in found
    assert STORY not in found
    nothing = client.post("/paper/", {"copy_id": "AAAA-AAAA-AAAA"})
    assert "No copy with this number" in nothing.content.decode()
    assert client.post("/paper/", {"copy_id": ""}).status_code == 422
    assert Entry.objects.filter(action="casework.summary.check").count() == 2
    assert client_of(desk, CHAO).get("/paper/").status_code == 404
    assert client_of(desk, CHAO).post("/paper/", {"copy_id": summary.copy_id}).status_code == 404
