"""The desk over HTTP: the whole way by clicks, refusals that lose nothing typed, openings that end."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from mlinzi.access.rules import Officer
from mlinzi.casework import acts
from mlinzi.casework.models import Case, Note, Referral, SecondLook
from mlinzi.casework.rules import Purpose
from mlinzi.casework.tests.conftest import LAW, OFFICE, STORY, Desk, status_of
from mlinzi.casework.web.common import OPENED, purpose_of, remember_purpose
from mlinzi.intake.rules import Danger, Status
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, CHAO, KAMAU, MORAA, OTIENO, WANJIKU
from tests.tables import Entry, Message, StoredFile, Term
from tests.world import WORKER, open_box, sign_in


def browser(desk: Desk, who: str) -> Client:
    client = Client()
    sign_in(client, desk.world.people[who])
    return client


def page(client: Client, name: str, *args: object, **query: str) -> HttpResponse:
    return client.get(reverse(f"casework:{name}", args=args), query)  # type: ignore[return-value]


def send(client: Client, name: str, /, *args: object, query: str = "", **data: Any) -> HttpResponse:
    return client.post(reverse(f"casework:{name}", args=args) + query, data)  # type: ignore[return-value]


def text_of(answer: HttpResponseBase) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())  # type: ignore[attr-defined]


def key_in(answer: HttpResponse) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', answer.content.decode())
    assert found is not None
    return found[1]


def seen_in(answer: HttpResponse) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', answer.content.decode())
    assert found is not None
    return found[1]


def story_of(number: str) -> str:
    """The item under which the story of a case with one report is shared."""
    return f"what_happened:{Case.objects.get(number=number).reports.get().report_id}"


def open_it(client: Client, number: str, purpose: str = "casework") -> HttpResponse:
    return client.post(reverse("casework:open", args=[number]), {"purpose": purpose}, follow=True)  # type: ignore[return-value]


def refer_by_clicks(desk: Desk, amina: Client, number: str) -> None:
    """Ask for help: choose, look, change one's mind, send, and click twice."""
    assert "What help is needed?" in text_of(page(amina, "refer", number))
    form = page(amina, "refer", number, service="rescue")
    assert text_of(form).index("Mtoni Demonstration Police Desk") < text_of(form).index("Bandarini")
    chosen = {"to": desk.house(OFFICE), "shared": [story_of(number), "received"], "basis": "law"}
    chosen |= {"provision": LAW, "form_key": key_in(form), "note": "Today."}
    seen = send(amina, "refer", number, query="?service=rescue", preview="yes", **chosen)
    assert "This is what they will read" in text_of(seen)
    assert STORY in text_of(seen)
    unseen = send(amina, "refer", number, query="?service=rescue", send="yes", **chosen)
    assert "This is what they will read" in text_of(unseen)
    assert not Referral.objects.exists(), "nothing is sent before it was seen"
    changed = send(amina, "refer", number, query="?service=rescue", change="yes", **chosen)
    assert "Who is asked?" in text_of(changed)
    for _ in range(2):
        digest = seen_in(seen)
        sent = send(amina, "refer", number, query="?service=rescue", send="yes", seen=digest, **chosen)
        assert sent.status_code == 302


def close_with_a_second_person(desk: Desk, amina: Client, number: str) -> None:
    """Its risk is high: one person alone is refused, and told what to do."""
    assert "a second person has to agree" in text_of(page(amina, "close", number))
    refused = send(amina, "close", number, outcome="helped")
    assert refused.status_code == 422
    assert "ask a second person" in text_of(refused)
    asked = {"form_key": key_in(page(amina, "ask_to_close", number)), "words": "She is safe."}
    assert send(amina, "ask_to_close", number, **asked).status_code == 302
    look = SecondLook.objects.get(kind="close")
    agreed = send(browser(desk, WANJIKU), "decide_second", look.id, answer="agree", words="")
    assert agreed.status_code == 302
    assert send(amina, "close", number, outcome="helped").status_code == 302


def test_the_whole_way_by_clicks(desk: Desk) -> None:
    receipt = desk.report(category="wants_to_meet", danger=Danger.YES, where_online="PichaPap")
    acts.triage_waiting(by=WORKER, now=now())
    number = Case.objects.get().number
    amina, achieng = browser(desk, AMINA), browser(desk, ACHIENG)
    assert number in text_of(page(amina, "queue"))
    assert "The reporter says that a child is in danger now." in text_of(page(amina, "queue"))
    assert send(amina, "take", number)["Location"] == f"/cases/{number}/"
    shut = page(amina, "case", number)
    assert STORY not in text_of(shut)
    assert "The report is sealed" in text_of(shut)
    assert STORY in text_of(open_it(amina, number))

    refer_by_clicks(desk, amina, number)
    referral = Referral.objects.get()

    assert referral.number in text_of(page(achieng, "my_work"))
    asked = page(achieng, "referral", referral.number)
    assert STORY not in text_of(asked)
    assert number not in text_of(asked), "the receiver learns nothing of the case that was not shared"
    achieng.post(reverse("casework:open_referral", args=[referral.number]), {"purpose": "referral"})
    opened = text_of(page(achieng, "referral", referral.number))
    assert STORY in opened
    assert "Today." in opened
    assert "PichaPap" not in opened
    assert send(achieng, "accept", referral.number).status_code == 302
    assert status_of(receipt) is Status.BEING_HELPED
    assert (
        send(achieng, "done", referral.number, text="She is with her aunt.", outcome="child_safe").status_code
        == 302
    )

    assert "Answers that came back" in text_of(page(amina, "my_work"))
    assert "She is with her aunt." in text_of(open_it(amina, number))
    answer: dict[str, Any] = {
        "form_key": key_in(page(amina, "answer", number)),
        "sentences": ["answer.thank_you"],
        "own": "We helped.",
    }
    preview = send(amina, "answer", number, preview="yes", **answer)
    assert "This is what the reporter will read Thank you for telling us." in text_of(preview)
    assert not Message.objects.exists(), "nothing is sent before it was seen"
    assert "Ready-made sentences" in text_of(send(amina, "answer", number, change="yes", **answer))
    assert send(amina, "answer", number, send="yes", **answer).status_code == 302
    assert "Is nothing left to do" in text_of(page(amina, "close", number))
    close_with_a_second_person(desk, amina, number)
    box = open_box(receipt)
    assert box.answers[0].text == "Thank you for telling us. You did the right thing.\n\nWe helped."
    assert "Opened and read" in text_of(page(amina, "history", number))
    assert send(amina, "reopen", number, reason="reporter_wrote").status_code == 302


def test_the_answer_is_offered_in_the_language_of_whoever_reported(desk: Desk) -> None:
    case = desk.taken(language="sw")
    form = text_of(page(browser(desk, AMINA), "answer", case.number))
    assert "Asante kwa kutuambia. Umefanya jambo sahihi. Thank you for telling us." in form
    assert "The reporter reads Kiswahili" in form


def test_refusals_stand_on_the_form_and_nothing_typed_is_lost(desk: Desk) -> None:
    case, amina = desk.taken(), browser(desk, AMINA)
    number = case.number
    form = page(amina, "refer", number, service="rescue")
    chosen = {"to": desk.house(OFFICE), "basis": "law", "provision": LAW, "form_key": key_in(form)}
    empty = send(amina, "refer", number, query="?service=rescue", note=" ", **chosen)
    assert empty.status_code == 422
    assert "Share at least one thing" in text_of(empty)
    long = send(amina, "refer", number, query="?service=rescue", note="palm tree " * 900, **chosen)
    assert long.status_code == 422
    assert "palm tree palm tree" in text_of(long)
    assert send(amina, "refer", number, query="?service=nonsense").status_code == 422
    assert send(amina, "note", number, text="").status_code == 422
    assert send(amina, "answer", number, own=" ", form_key="x").status_code == 422
    assert send(amina, "close", number, outcome="bored").status_code == 422
    assert send(amina, "judge", number, urgency="high", category="", reason="").status_code == 422
    assert send(amina, "reopen", number, reason="misjudged").status_code == 422
    assert send(browser(desk, WANJIKU), "assign", number, to=desk.officer(ACHIENG).id).status_code == 422
    assert not Referral.objects.exists()


def test_the_second_of_two_who_take_reads_who_has_it(desk: Desk) -> None:
    number = desk.case().number
    send(browser(desk, AMINA), "take", number)
    answer = browser(desk, OTIENO).post(reverse("casework:take", args=[number]), follow=True)
    assert "Amina Wekesa has taken this case already" in text_of(answer)


def test_small_steps_on_a_case(desk: Desk) -> None:
    case = desk.case()
    number, wanjiku = case.number, browser(desk, WANJIKU)
    assert send(wanjiku, "assign", number, to=desk.officer(OTIENO).id).status_code == 302
    otieno = browser(desk, OTIENO)
    assert "checked" in page(otieno, "judge", number).content.decode()
    assert send(
        otieno, "judge", number, urgency="low", category="bullied", reason="misjudged"
    ).status_code in {302, 422}
    key = key_in(page(otieno, "note", number))
    for _ in range(2):
        assert send(otieno, "note", number, text="She called again.", form_key=key).status_code == 302
    assert Note.objects.count() == 1
    assert "She called again." in text_of(open_it(otieno, number))
    assert "She called again." not in text_of(page(wanjiku, "case", number))


def test_a_session_remembers_a_purpose_for_fifteen_minutes(desk: Desk) -> None:
    case, amina = desk.taken(), browser(desk, AMINA)
    assert STORY not in text_of(open_it(amina, case.number, purpose="curiosity"))
    assert STORY in text_of(open_it(amina, case.number))
    assert STORY in text_of(page(amina, "case", case.number))
    openings = Entry.objects.filter(action="casework.case.open")
    assert openings.count() == 2, "each page that shows it is recorded, not only the first"
    assert STORY not in text_of(page(browser(desk, WANJIKU), "case", case.number)), (
        "it is open for one session only"
    )
    send(amina, "shut", case.number)
    assert STORY not in text_of(page(amina, "case", case.number))
    session = amina.session
    remember_purpose(session, "a", Purpose.TRIAGE, now())
    assert purpose_of(session, "a", now() + timedelta(minutes=14)) is Purpose.TRIAGE
    assert purpose_of(session, "a", now() + timedelta(minutes=16)) is None
    remember_purpose(session, "b", Purpose.TRIAGE, now() + timedelta(minutes=16))
    assert set(session[OPENED]) == {"b"}, "what is over is forgotten"


def test_files_come_in_and_go_out_as_attachments_only(desk: Desk) -> None:
    case, amina = desk.taken(), browser(desk, AMINA)
    number = case.number
    assert "at most 25 MB" in text_of(page(amina, "add_file", number))
    html = SimpleUploadedFile("page <b>.html", b"<script>alert(1)</script>", content_type="text/html")
    assert send(amina, "add_file", number, form_key="k", file=html).status_code == 302
    file = StoredFile.objects.get()
    address = reverse("casework:download", args=[number, file.id])
    assert amina.get(address).status_code == 405
    unopened = amina.post(address, follow=True)
    assert "Open the case first" in text_of(unopened)
    assert "page &lt;b&gt;.html" in open_it(amina, number).content.decode()
    out = amina.post(address)
    assert out.content == b"<script>alert(1)</script>"
    assert out["Content-Type"] == "application/octet-stream"
    assert out["Content-Disposition"].startswith("attachment")
    assert out["X-Content-Type-Options"] == "nosniff"
    assert out["Cache-Control"] == "no-store"
    assert browser(desk, OTIENO).post(address).status_code == 404


def test_a_file_that_is_too_large_is_dropped_and_the_form_says_so(desk: Desk) -> None:
    case, amina = desk.taken(), browser(desk, AMINA)
    large = SimpleUploadedFile("large.bin", bytes(26 * 1024 * 1024))
    answer = send(amina, "add_file", case.number, form_key="k", file=large)
    assert answer.status_code == 422
    assert "larger than 25 MB" in text_of(answer)
    assert not StoredFile.objects.exists()
    assert send(amina, "add_file", case.number, form_key="k").status_code == 422


PAGES = ["case", "open", "shut", "history", "take", "assign", "judge"]
PAGES += [
    "consents",
    "add_consent",
    "offer_transfer",
    "note",
    "add_file",
    "answer",
    "refer",
    "close",
    "reopen",
]
REFERRAL_PAGES = [
    "referral",
    "open_referral",
    "accept",
    "decline",
    "done",
    "revoke",
    "link",
    "end_link",
    "tell",
]


@pytest.mark.parametrize("name", [*PAGES, *REFERRAL_PAGES])
def test_another_county_and_nowhere_look_the_same(desk: Desk, name: str) -> None:
    case = desk.taken()
    number = desk.refer(case).number if name in REFERRAL_PAGES else case.number
    entries = Entry.objects.count()
    for who in (CHAO, MORAA):
        client = browser(desk, who)
        for method in (client.get, client.post):
            there = method(reverse(f"casework:{name}", args=[number]))
            nowhere = method(reverse(f"casework:{name}", args=["2222-2222"]))
            assert there.status_code == nowhere.status_code, (who, method)
            assert there.status_code in {404, 405}
            assert without_tokens(there.content) == without_tokens(nowhere.content)
    assert Entry.objects.count() == entries, "a refused call leaves no trace and changes nothing"


def without_tokens(content: bytes) -> bytes:
    """The page without what is new on every page: the masked token of its forms."""
    return re.sub(rb'csrfmiddlewaretoken" value="[^"]+"', b"", content)


def test_lists_show_what_one_may_see_and_say_when_there_is_nothing(desk: Desk) -> None:
    empty = {
        "queue": "Nobody waits",
        "cases": "no case that you may see",
        "referrals": "no referral yet",
        "board": "Nothing is overdue",
    }
    wanjiku = browser(desk, WANJIKU)
    for name, words in empty.items():
        assert words in text_of(page(wanjiku, name))
    case = desk.case(category="wants_to_meet", at=now() - timedelta(hours=2))
    for name in ("queue", "cases", "board"):
        assert case.number in text_of(page(wanjiku, name))
    assert "No case fits" in text_of(page(wanjiku, "cases", state="closed"))
    assert case.number in text_of(page(wanjiku, "cases", state="nonsense"))
    assert "No referral fits" in text_of(page(wanjiku, "referrals", state="done"))
    assert "Your roles have no cases" in text_of(page(browser(desk, MORAA), "my_work"))
    assert "Nothing waits for you" in text_of(page(browser(desk, "fatuma"), "my_work"))
    for who, name in ((CHAO, "queue"), (MORAA, "cases"), (MORAA, "board"), (KAMAU, "referrals")):
        assert page(browser(desk, who), name).status_code == 404, (who, name)


def test_the_queue_goes_on_to_a_next_page(desk: Desk) -> None:
    for at in range(51):
        desk.report(f"Story number {at} of somebody who writes to us.", at=now() - timedelta(minutes=at))
    acts.triage_waiting(by=WORKER, now=now())
    amina = browser(desk, AMINA)
    first = page(amina, "queue")
    link = re.search(r'href="(\?after=[^"]+)"', first.content.decode())
    assert link is not None
    second = amina.get("/queue/" + link[1])
    numbers = set(Case.objects.values_list("number", flat=True))
    shown = [{n for n in numbers if n in text_of(p)} for p in (first, second)]
    assert (len(shown[0]), len(shown[1])) == (50, 1)
    assert shown[0] | shown[1] == numbers


def test_reports_that_could_not_be_sorted_are_seen_by_officers(desk: Desk) -> None:

    Term.objects.filter(kind="triage").delete()
    desk.report()
    acts.triage_waiting(by=WORKER, now=now())
    assert "1 report could not be made into a case" in text_of(page(browser(desk, AMINA), "queue"))


def test_whoever_is_not_signed_in_is_sent_to_the_door(desk: Desk) -> None:
    answer = Client().get(f"/cases/{desk.case().number}/")
    assert answer.status_code == 302
    assert "next=" in answer["Location"]
    assert isinstance(desk.officer(AMINA), Officer)


def test_a_refused_accept_says_why(desk: Desk) -> None:
    referral = desk.refer(desk.taken())
    acts.revoke(referral.number, "Settled.", by=desk.officer(AMINA), now=now(), keys=keyring())
    achieng = browser(desk, ACHIENG)
    answer = achieng.post(reverse("casework:accept", args=[referral.number]), follow=True)
    assert "cannot become accepted" in text_of(answer)
    assert "can no longer be opened" in text_of(page(achieng, "referral", referral.number))
    bad = achieng.post(
        reverse("casework:open_referral", args=[referral.number]), {"purpose": "triage"}, follow=True
    )
    assert "Say why you open this referral." in text_of(bad)
    assert send(achieng, "decline", referral.number, text="No.").status_code == 422


def test_an_upload_needs_no_place_on_disk_in_clear(desk: Desk, settings: Any, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")  # whoever spools an upload fails here
    case, amina = desk.taken(), browser(desk, AMINA)
    large = SimpleUploadedFile("large.bin", bytes(5 * 1024 * 1024))
    assert send(amina, "add_file", case.number, form_key="k", file=large).status_code == 302
    assert StoredFile.objects.get().size == 5 * 1024 * 1024


@pytest.mark.parametrize("number", ["K7\0", "\0", "\ufffe", "\u202eK7", "x" * 500])
def test_a_number_that_nobody_can_type_is_absent_like_any_other(desk: Desk, number: str) -> None:
    wanjiku, case = browser(desk, WANJIKU), desk.case()
    absent = page(wanjiku, "case", "ABSENT")
    assert absent.status_code == 404
    for name in ("case", "history", "assign", "referral"):
        answer = page(wanjiku, name, number)
        assert (answer.status_code, answer.content) == (404, absent.content), name
    assert case.number in text_of(page(wanjiku, "queue"))
