"""The door for staff: what a caller tells arrives as every report does; contacts are counted, not filed."""

import ast
import gettext
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings as house
from django.db import connections
from django.test import Client
from django.utils import translation
from django.utils.translation.template import templatize
from pytest_django import Settings

from mlinzi import intake as room
from mlinzi.access.rules import IDLE_LIMIT
from mlinzi.directory import reads as directory
from mlinzi.intake import acts, reads
from mlinzi.intake.desk_forms import ReportForm, fresh_token, on_one_page, read_token
from mlinzi.intake.models import DayCount, Mailbox, Report, Submission
from mlinzi.intake.rules import Contact, Danger, Receipt
from mlinzi.intake.rules.form import Choice, Field, Form, Page
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.vault import acts as vault
from tests.logbook import entries
from tests.people import MORAA
from tests.world import WORKER, World, make_world, sign_in

NEEMA, JUMA = "neema", "juma"
NEW, CONTACTS = "/reports/new/", "/contacts/"
STORY = "A caller says that a coach keeps asking her for pictures."
TOLD = {
    "source": "phone",
    "spoken": "sw",
    "consent": "given",
    "safe": "yes",
    "about": "me",
    "category": "asked_for_pictures",
    "story": STORY,
    "service": "Kijani Chat",
    "account": "invented_coach",
    "age": "from_13",
    "area": "nairobi",
    "channel": "sms",
    "address": "0700 000 111",
    "call": "14:05, eleven minutes, line two",
}


@pytest.fixture
def world(db: None) -> World:
    return make_world("ke")


def at_work(world: World, who: str, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    sign_in(client, world.people[who])
    return client


def token_in(page: str, name: str = "token") -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found
    return found[1]


def number_in(page: str) -> Receipt:
    found = re.search(r"\b(\d{4} \d{4} \d{4} \d{4})\b", page)
    assert found, page
    return Receipt(found[1].replace(" ", ""))


def opened() -> Report:
    """The report that the worker makes of what came in."""
    acts.open_submissions(by=WORKER, now=now(), keys=keyring(), country_prefix="254")
    return Report.objects.get()


# ------------------------------------------------------------------ a report for a caller


def test_a_counsellor_writes_down_what_a_caller_tells_and_a_planner_finds_no_such_page(world: World) -> None:
    neema, moraa = at_work(world, NEEMA), at_work(world, MORAA)
    form = {**TOLD, "token": token_in(neema.get(NEW).content.decode())}
    refused, absent = moraa.post(NEW, form), moraa.post("/reports/nothing/", form)
    assert (refused.status_code, refused.content) == (404, absent.content)
    assert moraa.get(NEW).content == moraa.get("/reports/nothing/").content
    assert not Submission.objects.exists()

    answer = neema.post(NEW, form)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    receipt = number_in(page)
    for at in range(0, 16, 4):  # group by group, to be read aloud
        assert f'<li class="digits">{" ".join(receipt.digits[at : at + 4])}</li>' in page
    assert "What happens next?" in page
    submission = Submission.objects.get()
    assert submission.door == "staff"
    assert STORY.encode() not in bytes(submission.sealed)
    entry = entries(action="intake.submission.receive").get()
    assert (entry.actor_id, entry.details) == (str(world.people[NEEMA].id), {"door": "staff"})


def test_the_same_form_sent_again_makes_one_report_and_another_word_makes_a_second(world: World) -> None:
    neema = at_work(world, NEEMA)
    form = {**TOLD, "token": token_in(neema.get(NEW).content.decode())}
    first, again = (number_in(neema.post(NEW, form).content.decode()) for _ in range(2))
    assert first == again
    assert (Submission.objects.count(), Mailbox.objects.count()) == (1, 1)
    more = number_in(neema.post(NEW, {**form, "story": STORY + " He knows her school."}).content.decode())
    assert more != first
    assert Submission.objects.count() == 2


def test_the_callers_number_opens_the_mailbox_at_the_public_door(world: World, settings: Settings) -> None:
    neema = at_work(world, NEEMA)
    receipt = number_in(neema.post(NEW, {**TOLD, "token": fresh_token()}).content.decode())
    settings.ROOT_URLCONF = "mlinzi.site.urls_public"
    settings.MIDDLEWARE = settings.PUBLIC_MIDDLEWARE
    door = Client()
    assert door.get(NEW).status_code == 404
    wrong = "0" * 16 if receipt.digits != "0" * 16 else "1" * 16
    assert door.post("/sw/back/", {"number": wrong}).status_code == 404
    assert door.post("/sw/back/", {"number": receipt.shown}).status_code == 303
    assert "Tumepokea ripoti yako" in door.get("/sw/box/").content.decode()


def test_consent_and_facts_of_the_call_arrive_sealed_and_the_worker_keeps_them_sealed(world: World) -> None:
    neema = at_work(world, NEEMA)
    neema.post(NEW, {**TOLD, "consent": "refused", "safe": "no", "token": fresh_token()})
    report = opened()
    assert (report.door, report.language, report.about, report.in_danger) == ("staff", "sw", "me", "yes")
    assert (report.channel, report.category and report.category.pack_id) == ("sms", "asked_for_pictures")
    for held in (report.details, report.narrative, report.where_online):
        assert b"line two" not in bytes(held)
        assert b"refused" not in bytes(held)
    (sealed,) = reads.sealed_details(report)
    told = json.loads(vault.open_for_work(sealed, by=WORKER, now=now(), keys=keyring()))
    assert {name: told[name] for name in ("source", "consent", "call", "address")} == {
        "source": "phone",
        "consent": "refused",
        "call": "14:05, eleven minutes, line two",
        "address": "0700 000 111",
    }


def test_errors_keep_everything_that_was_typed(world: World) -> None:
    neema = at_work(world, NEEMA)
    form = {**TOLD, "source": "", "consent": "", "address": "", "token": fresh_token()}
    answer = neema.post(NEW, form)
    page = answer.content.decode()
    assert answer.status_code == 422
    for said in (
        "Say how it reached you.",
        "Say whether it may be written down and passed on.",
        "Write the number or the address, or choose another way.",
    ):
        assert said in page
    for typed in (STORY, "Kijani Chat", "invented_coach", "14:05, eleven minutes, line two"):
        assert typed in page
    assert '<option value="from_13" selected>' in page
    assert token_in(page) == form["token"]
    assert neema.post(NEW, {**TOLD, "call": "x" * 501, "token": fresh_token()}).status_code == 422
    assert neema.post(NEW, {**TOLD, "story": " ", "token": fresh_token()}).status_code == 422
    assert neema.post(NEW, {**TOLD, "story": " ", "skip": "1", "token": fresh_token()}).status_code == 422
    assert neema.post(NEW, {**TOLD, "spoken": "tlh", "token": fresh_token()}).status_code == 422
    assert not Submission.objects.exists()


@pytest.mark.parametrize("stale", ["", "x", "AAAA:forged", "A" * 5000])
def test_a_stale_token_is_renewed_and_nothing_is_lost(world: World, stale: str) -> None:
    neema = at_work(world, NEEMA)
    page = neema.post(NEW, {**TOLD, "token": stale}).content.decode()
    assert "What you wrote is still here" in page
    assert STORY in page
    assert not Submission.objects.exists()
    number_in(neema.post(NEW, {**TOLD, "token": token_in(page)}).content.decode())


def test_what_was_typed_comes_back_after_a_session_that_ended(world: World) -> None:
    neema = at_work(world, NEEMA)
    form = {**TOLD, "token": token_in(neema.get(NEW).content.decode())}
    session = neema.session
    session["seen_at"] -= IDLE_LIMIT.total_seconds() + 1
    session.save()
    assert neema.post(NEW, form)["Location"].startswith("/sign-in/")
    assert not Submission.objects.exists()
    juma, neema = at_work(world, JUMA), at_work(world, NEEMA)
    assert STORY not in juma.get(NEW).content.decode()
    page = neema.get(NEW).content.decode()
    for typed in (STORY, "14:05, eleven minutes, line two", "0700 000 111"):
        assert typed in page
    assert '<option value="from_13" selected>' in page
    assert token_in(page) == form["token"]


def test_the_questions_are_those_of_the_public_form_in_the_officers_language(world: World) -> None:
    for language, asked, own in (
        ("en", "How old is the child, and where does the child live?", "How did it reach you?"),
        ("sw", "Mtoto ana miaka mingapi, na anaishi wapi?", "Ilikufikiaje?"),
    ):
        page = at_work(world, NEEMA, language).get(NEW).content.decode()
        assert asked in page
        assert own in page
        words = next(w for w in reads.door_words() if w.language == language)
        for field in {f.id for p in words.form.pages for f in p.fields}:
            assert page.count(f'name="{field}"') >= 1, field
        assert page.count('name="story"') == page.count('name="age"') == 1


def words_of(language: str = "en") -> reads.DoorWords:
    return next(words for words in reads.door_words() if words.language == language)


@pytest.mark.parametrize(
    ("told", "danger"),
    [
        ({"safe": "yes", "about": "me", "danger": ""}, Danger.NO),
        # Somebody who is safe and tells of another child has not said whether that child is.
        ({"safe": "yes", "about": "child", "danger": ""}, Danger.UNKNOWN),
        ({"safe": "yes", "about": "me", "danger": "yes"}, Danger.YES),
        ({"safe": "no", "about": "child", "danger": "no"}, Danger.YES),
        ({"safe": "", "about": "child", "danger": "no"}, Danger.NO),
        ({"safe": "", "about": "", "danger": ""}, Danger.UNKNOWN),
    ],
)
def test_danger_is_what_was_said_and_nothing_typed_is_left_out(
    world: World, told: dict[str, str], danger: Danger
) -> None:
    form = ReportForm(words_of(), {"en": "English", "sw": "Kiswahili"}, {
        **TOLD, "organisation": "Mtoni school", "token": fresh_token(), **told,
    })  # fmt: skip
    assert form.is_valid(), form.errors
    submitted = form.submitted()
    assert submitted.in_danger is danger
    assert submitted.details.organisation == "Mtoni school"
    assert submitted.narrative == STORY


def test_each_field_is_asked_once_in_the_words_for_a_caller_who_may_be_anybody() -> None:
    """Pure: no database."""
    about = Page(
        "about", "Who?", fields=(Field("about", choices=(Choice("me", "Me"), Choice("pro", "Pro"))),)
    )
    own = Page("own", "You?", fields=(Field("age", "Your age"),), when=({"about": ["me"]},))
    work = Page("work", "Where?", fields=(Field("organisation", "School"),), when=({"about": ["pro"]},))
    child = Page("child", "The child?", fields=(Field("age", "Age"),), when=({"about": ["unknown", "pro"]},))
    pages = on_one_page(Form((about, own, work, child)))
    assert [(p.id, [f.label for f in p.fields]) for p in pages] == [
        ("about", ["Who?"]),
        ("work", ["School"]),
        ("child", ["Age"]),
    ]


def test_tokens_are_ours_or_nothing() -> None:
    assert len(read_token(fresh_token()) or b"") == 16
    assert read_token("AAAA") is None
    assert fresh_token() != fresh_token()


# ------------------------------------------------------------------ contacts without a report


def press(client: Client, **button: str) -> str:
    """Press a button of a fresh page; returns the page that is shown then."""
    once = token_in(client.get(CONTACTS).content.decode(), "once")
    answer = client.post(CONTACTS, {"once": once, **button}, follow=True)
    assert answer.redirect_chain == [(CONTACTS, 303)]
    return answer.content.decode()


def of(world: World, who: str, contact: Contact, day: date | None = None) -> int:
    organisation = world.officer(who).organisation
    day = day or directory.local_day(now())
    return reads.counted(f"contact.{contact.value}", day, organisation=organisation)


def test_contacts_are_counted_for_organisation_and_day_and_not_filed(world: World) -> None:
    neema, moraa = at_work(world, NEEMA), at_work(world, MORAA)
    assert "Nothing was counted in these days." in neema.get(CONTACTS).content.decode()
    assert moraa.get(CONTACTS).status_code == moraa.post(CONTACTS, {"count": "silent"}).status_code == 404
    assert "Counted: Silent" in press(neema, count="silent")
    press(at_work(world, JUMA), count="silent")
    press(neema, count="question")
    assert (of(world, NEEMA, Contact.SILENT), of(world, NEEMA, Contact.QUESTION)) == (2, 1)
    assert of(world, "amina", Contact.SILENT) == 0
    assert not Submission.objects.exists()
    counted = entries(action="intake.contact.count").values_list("details", flat=True)
    assert sorted(d["contact"] for d in counted) == ["question", "silent", "silent"]

    today = directory.local_day(now())
    mine = world.officer(NEEMA).organisation
    for back, many in ((7, 40), (8, 90)):
        day = today - timedelta(days=back)
        DayCount.objects.create(day=day, what="contact.hoax", organisation=mine, count=many)
    DayCount.objects.create(day=today, what="contact.hoax", organisation="another", count=77)
    days = reads.contacts_by_day(mine, until=today)
    assert [(d.day, d.total) for d in days if d.total] == [(today, 3), (today - timedelta(days=7), 40)]
    page = neema.get(CONTACTS).content.decode()
    assert "<span>40</span>" in page
    assert "<span>90</span>" not in page
    assert "<span>77</span>" not in page


def test_the_same_page_counts_once_and_a_forged_or_empty_press_counts_nothing(world: World) -> None:
    neema = at_work(world, NEEMA)
    once = token_in(neema.get(CONTACTS).content.decode(), "once")
    pages = [
        neema.post(CONTACTS, {"once": once, "count": "hoax"}, follow=True).content.decode() for _ in range(2)
    ]
    assert "Counted: Hoax" in pages[0]
    assert "This was counted already." in pages[1]
    for wrong in (
        {"once": "forged", "count": "hoax"},
        {"count": "hoax"},
        {"once": fresh_token()},
        {"once": fresh_token(), "count": "murder"},
        {"once": fresh_token(), "count": "hoax", "back": "hoax"},
    ):
        assert "Nothing was counted" in neema.post(CONTACTS, wrong, follow=True).content.decode()
    assert of(world, NEEMA, Contact.HOAX) == 1
    for _ in range(60):  # what is remembered stays small
        neema.post(CONTACTS, {"once": fresh_token(), "count": "silent"})
    assert len(neema.session["intake_pressed"]) == 50


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_count_once(transactional_db: None) -> None:
    world = make_world("ke")
    first = at_work(world, NEEMA)
    for _ in range(3):
        once = token_in(first.get(CONTACTS).content.decode(), "once")
        before = of(world, NEEMA, Contact.HUNG_UP)
        together = threading.Barrier(4)

        def click(once: str = once, together: threading.Barrier = together) -> int:
            client = Client()
            client.cookies = first.cookies
            together.wait()
            try:
                return client.post(CONTACTS, {"once": once, "count": "hung_up"}).status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(click) for _ in range(4)]
            assert [answer.result() for answer in answers] == [303] * 4
        assert of(world, NEEMA, Contact.HUNG_UP) == before + 1


def test_a_slip_is_taken_back_is_recorded_and_never_goes_below_none(world: World) -> None:
    neema = at_work(world, NEEMA)
    press(neema, count="repeat")
    assert "Taken back: Repeat" in press(neema, back="repeat")
    assert "There was nothing to take back." in press(neema, back="repeat")
    assert of(world, NEEMA, Contact.REPEAT) == 0
    assert entries(action="intake.contact.uncount").count() == 1
    press(neema, count="repeat")
    neighbour = world.officer("amina")  # another organisation takes nothing of ours back
    assert not acts.uncount_contact(Contact.REPEAT, day=directory.local_day(now()), by=neighbour, now=now())
    assert of(world, NEEMA, Contact.REPEAT) == 1


# ------------------------------------------------------------------ words

ROOM = Path(str(room.__file__)).parent
SAID = [*ROOM.glob("templates/intake/desk/*.html"), ROOM / "web" / "desk.py", ROOM / "desk_forms.py"]
CALL = re.compile(r"""\b(?:gettext|_)\(\s*u?((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))""")


def said_in(path: Path) -> set[str]:
    source = path.read_text()
    if path.suffix == ".html":
        return {ast.literal_eval(found) for found in CALL.findall(templatize(source))}
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "_"]
    return {str(arg.value) for call in named if isinstance(arg := call.args[0], ast.Constant)}


@pytest.mark.parametrize("path", SAID, ids=lambda path: path.name)
def test_everything_said_at_the_desk_is_said_in_swahili(path: Path) -> None:
    held: dict[object, str] = {}
    for folder in (ROOM, house.LOCALE_PATHS[0].parent):
        with (folder / "locale/sw/LC_MESSAGES/django.mo").open("rb") as file:
            held |= gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    assert [text for text in said_in(path) if not held.get(text)] == []
    with translation.override("sw"):
        assert translation.gettext("New report") == "Ripoti mpya"
