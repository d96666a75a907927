"""The harness that measures: it sees what it is there to see, and says so only when it is so."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bench.audit import Checked, Lag, Result, Written, middle
from bench.browser import Answer, Browser, GaveUp
from bench.evidence import _handed_over, by_mark
from bench.generator import Plan, workers
from bench.installation import Installation, _children, free_port
from bench.journey import MARK, Journey, Strayed, fill_in, fresh_mark, told_in_words
from bench.judge import Evidence, Verdict, judge, tally
from bench.kill import as_markdown, as_wanted, options_of, ready_rows
from bench.killing import VICTIMS, Kill, answers_anew, plan_kills, rounded_up
from bench.ledger import Ledger, Line, lines_of
from bench.machine import this_machine
from bench.markup import PageForm, forms_of, number_on, the_form
from bench.officers import Receiver, Referrer
from bench.reporters import Reporter

PAGE = """<form method="post" action="/en/leave/" id="exit" data-to="https://example.org/"><button>Leave</button></form>
<form method="post" novalidate><input type="hidden" name="mark" value="a&amp;b">
<input type="radio" name="age" value="few"><input type="radio" name="age" value="many">
<select name="area"><option value="unsaid">-</option><option value="east-shore" selected>E</option></select>
<input type="text" name="account"><textarea name="story" rows="8"></textarea><input type="file" name="file">
<button name="about" value="me">Me</button><button name="about" value="child">A child</button>
<button class="button">Go on</button><button name="skip" value="1">Not now</button></form>"""
LINES: list[Line] = [
    {"what": "begun", "mark": "m1"},
    {"what": "received", "mark": "m1", "receipt": "1", "tries": 3, "seconds": 0.1},
    {"what": "begun", "mark": "m2"},
    {"what": "referring", "case": "C1"},
    {"what": "referred", "case": "C1", "tries": 1, "seconds": 0.1},
    {"what": "accepted", "referral": "R1"},
    {"what": "done", "referral": "R1"},
    {"what": "repeated", "mark": "m1"},
]
ONCE = {"m1": 1}
WHOLE = Evidence(
    submissions=ONCE,
    mailboxes=ONCE,
    reports=ONCE,
    cases=ONCE,
    marks=ONCE,
    opened=frozenset({"1"}),
    led_to={"1": "m1"},
    referrals={"C1": 1},
    states={"R1": "done"},
    letters={"R1": 1},
    handed_over={"l1": 1},
    unsent=0,
    waiting={"letters to send": 0},
    failed={"reports": 0},
    log_whole=True,
    records_fit=True,
)
MACHINE = this_machine()


def seeded(seed: int) -> random.Random:
    """Chance that comes out the same every time."""
    return random.Random(seed)  # noqa: S311 - decides nothing secret


def test_what_was_kept_is_found_kept() -> None:
    verdict = judge(LINES, WHOLE)
    assert verdict.kept
    assert (verdict.received, verdict.referred, verdict.accepted, verdict.done) == (1, 1, 1, 1)
    assert (verdict.retried, verdict.clicked_again) == (1, 1)
    # What was begun and never acknowledged may be there as well.
    both = {"m1": 1, "m2": 1}
    there = replace(WHOLE, submissions=both, mailboxes=both, reports=both, cases=both, marks=both)
    assert judge(LINES, there).kept


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"submissions": {}}, "lost"),
        ({"mailboxes": {}}, "lost"),
        ({"reports": {}}, "lost"),
        ({"cases": {}}, "lost"),
        ({"marks": {}}, "lost"),
        ({"opened": frozenset()}, "lost"),
        ({"led_to": {}}, "lost"),
        ({"led_to": {"1": "m2"}}, "lost"),
        ({"submissions": {"m1": 2}}, "duplicated"),
        ({"mailboxes": {"m1": 2}}, "duplicated"),
        ({"reports": {"m1": 2}}, "duplicated"),
        ({"cases": {"m1": 2}}, "duplicated"),
        ({"marks": {"m1": 2}}, "duplicated"),
        ({"submissions": {"m1": 1, "m9": 1}}, "strange"),
        ({"submissions": {"m1": 1, "": 1}}, "strange"),
        ({"referrals": {}}, "referrals_lost"),
        ({"states": {"R1": "accepted"}}, "referrals_lost"),
        ({"referrals": {"C1": 2}}, "referrals_twice"),
        ({"referrals": {"C1": 1, "C9": 1}}, "referrals_twice"),
        ({"letters": {}}, "letters_missing"),
        ({"unsent": 1}, "letters_missing"),
        ({"letters": {"R1": 2}}, "letters_twice"),
        ({"waiting": {"letters to send": 1}}, "left_over"),
        ({"failed": {"reports": 1}}, "left_over"),
    ],
)
def test_each_way_of_breaking_a_promise_is_seen(change: dict[str, object], field: str) -> None:
    verdict = judge(LINES, replace(WHOLE, **change))  # type: ignore[arg-type]
    assert getattr(verdict, field) == 1
    assert not verdict.kept
    assert judge(LINES, WHOLE).kept


def test_answers_that_should_not_have_come_and_checks_that_fail_are_seen() -> None:
    for line in (
        {"what": "refused", "where": "/en/r/story/", "status": 422},
        {"what": "other-receipt", "mark": "m1"},
    ):
        assert not judge([*LINES, line], WHOLE).kept
    assert judge(LINES, replace(WHOLE, log_whole=False)).broken == ("the audit log does not verify",)
    assert judge(LINES, replace(WHOLE, records_fit=False)).broken == (
        "fsck found something that does not fit",
    )
    nothing = replace(WHOLE, submissions={}, mailboxes={}, reports={}, cases={}, marks={})
    nothing = replace(nothing, referrals={}, states={}, letters={})
    assert judge([], nothing).broken == ("nothing was received, so nothing was measured",)
    # A letter handed over twice is told and is no broken promise: the receiving side knows it by its id.
    again = judge(LINES, replace(WHOLE, handed_over={"l1": 2}))
    assert again.kept
    assert again.handed_over_twice == 1


def test_a_measurement_is_as_wanted_only_when_everything_came_back_in_time() -> None:
    good, lost = judge(LINES, WHOLE), judge(LINES, replace(WHOLE, opened=frozenset()))
    quick, slow, away = (Kill("worker", "main process", "now", seconds) for seconds in (2.0, 10.5, None))
    assert as_wanted([quick], good, negative=False)
    assert not as_wanted([quick, slow], good, negative=False)
    assert not as_wanted([quick, away], good, negative=False)
    assert not as_wanted([quick], lost, negative=False)
    # The control that must fail: a harness that sees no loss in a weakened house is blind.
    assert as_wanted([slow], lost, negative=True)
    assert not as_wanted([quick], good, negative=True)
    assert ready_rows([quick, slow]) == [("worker", "2", "6.2 s", "10.5 s", "NO")]
    assert ready_rows([quick, away])[0][3:] == ("not ready", "NO")
    report = as_markdown([quick], good, MACHINE)
    assert "| worker | 1 | 2.0 s | 2.0 s | yes |" in report
    assert "| **acknowledged reports lost** | 0 |" in report
    assert json.dumps(good.as_json())


def test_a_last_answer_of_the_dying_is_no_recovery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, answering = Installation(tmp_path), [7]
    monkeypatch.setattr(house, "answers", lambda _: True)
    monkeypatch.setattr(house, "answering", lambda _: answering[0] or None)
    assert not answers_anew(house, "staff", 7)
    answering[0] = 0
    assert not answers_anew(house, "staff", 7)
    answering[0] = 8
    assert answers_anew(house, "staff", 7)
    assert answers_anew(house, "staff", None)
    monkeypatch.setattr(house, "answers", lambda _: False)
    assert not answers_anew(house, "staff", 7)
    assert (rounded_up(9.999), rounded_up(10.0), rounded_up(10.001)) == (10.0, 10.0, 10.01)


def test_every_victim_is_killed_as_often_as_asked_in_an_order_that_comes_back_with_its_seed() -> None:
    order = plan_kills(4, seeded(7))
    assert tally(order) == dict.fromkeys(VICTIMS, 4)
    assert order == plan_kills(4, seeded(7))
    assert order != plan_kills(4, seeded(8))
    assert (options_of([]).kills, options_of(["--negative"]).kills) == (25, 3)
    assert options_of(["--negative", "--kills", "1"]).kills == 1


def test_a_ledger_keeps_whole_lines_and_leaves_out_a_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    assert list(lines_of(path)) == []
    ledger = Ledger(path)
    threads = [threading.Thread(target=ledger.note, args=("begun",), kwargs={"form": n}) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()
    assert {line["form"] for line in lines_of(path)} == set(range(20))
    with path.open("ab") as file:
        file.write(b'{"what": "received", "form": 21')
    assert len(list(lines_of(path))) == 20


@contextmanager
def site(answers: list[int]) -> Iterator[tuple[Browser, list[str]]]:
    """A site that answers with these statuses in turn; 0 hangs up without an answer."""
    bodies: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            status = answers[min(len(bodies), len(answers)) - 1]
            if status:
                self.send_response(status)
                self.send_header("Set-Cookie", "mlinzi_form=abc; Path=/")
                self.send_header("Location", "/cases/K7QX-92MD/?a=b")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Browser("127.0.0.1", server.server_address[1]), bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_browser_sends_the_same_form_until_it_is_answered() -> None:
    with site([503, 0, 302]) as (browser, bodies):
        answer, tries = browser.insist("POST", "/", {"narrative": "x & y", "shared": ["a", "b"]})
        assert (answer.status, answer.location, tries) == (302, "/cases/K7QX-92MD/", 3)
        assert bodies[0] == "narrative=x+%26+y&shared=a&shared=b"
        assert bodies[2] == bodies[1] == bodies[0] + "&csrfmiddlewaretoken=abc"
    with site([422]) as (browser, bodies):
        assert browser.insist("POST", "/", {})[1] == 1
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(GaveUp):
        Browser("127.0.0.1", free_port()).insist("GET", "/", until=stop)


def test_a_page_is_filled_in_as_it_asks_and_the_quick_exit_left_alone() -> None:
    form = the_form(PAGE)
    assert form is not None
    assert [one.action for one in forms_of(PAGE)] == ["/en/leave/", ""]
    assert form.hidden == {"mark": "a&b"}
    assert form.choices == {"age": ["few", "many"], "area": ["unsaid", "east-shore"]}
    assert (form.lines, form.buttons) == (["account", "story"], {"about": ["me", "child"], "skip": ["1"]})
    chance, seen = seeded(3), set()
    for _ in range(30):
        fields = fill_in(form, "What happened.", chance, {"age": "many", "about": "nobody"})
        assert (fields["mark"], fields["story"], fields["age"]) == ("a&b", "What happened.", "many")
        assert "skip" not in fields
        seen |= {fields["about"], fields["area"]}
    assert seen == {"me", "child", "unsaid", "east-shore"}
    assert the_form("<p>No form</p>") is None
    # An address belongs to a way that needs one, and to no other.
    asked = PageForm("", choices={"channel": ["sms"]}, lines=["address"])
    assert fill_in(asked, "", chance, {})["address"].endswith("@example.invalid")


def test_words_carry_one_mark_that_is_found_again() -> None:
    mark = fresh_mark()
    assert MARK.findall(told_in_words(mark, seeded(1))) == [mark]
    assert mark != fresh_mark()


def test_a_number_is_read_only_from_a_receipt() -> None:
    page = '<p class="receipt" translate="no"><span aria-hidden="true">0123 4567 8901 2345</span></p>'
    assert number_on(page) == "0123456789012345"
    assert number_on("<p>0123 4567 8901 2345</p>") == ""


NUMBER = "0123 4567 8901 2345"
CHECK_PAGE = '<form method="post"><input type="hidden" name="mark" value="m"></form>'


class Door:
    """A door of paper, asked as a browser asks: three pages in an order of its own, then the number."""

    def __init__(self, *, takes: bool = True) -> None:
        self.sent: list[tuple[str, dict[str, str]]] = []
        self.takes = takes

    def insist(
        self, method: str, path: str, fields: dict[str, str], *, until: threading.Event
    ) -> tuple[Answer, int]:
        assert not until.is_set()
        tries = 3 if (method, path) == ("POST", "/en/r/check/") else 1
        return self.ask(method, path, fields), tries

    def ask(self, method: str, path: str, fields: dict[str, str]) -> Answer:
        after = {
            "/en/": "/en/r/story/", "/en/r/story/": "/en/r/check/", "/en/r/check/": "/en/r/number/",
            "/en/r/number/": "/en/done/",
        }  # fmt: skip
        if method == "GET":
            shown = f'<p class="receipt"><span aria-hidden="true">{NUMBER}</span></p>'
            return Answer(200, "", {"/en/r/check/": CHECK_PAGE, "/en/r/number/": shown}.get(path, PAGE))
        self.sent.append((path, fields))
        return Answer(303, after[path], "") if self.takes else Answer(422, "", PAGE)


def test_a_journey_answers_whatever_is_asked_and_sends_the_same_again() -> None:
    door = Door()
    journey = Journey(door, "en", fresh_mark(), seeded(2), threading.Event())  # type: ignore[arg-type]
    journey.to_the_check()
    journey.send()
    assert journey.number() == NUMBER.replace(" ", "")
    journey.send()
    journey.confirm(journey.number())
    paths = [path for path, _ in door.sent]
    assert paths == ["/en/", "/en/r/story/", "/en/r/check/", "/en/r/check/", "/en/r/number/"]
    assert door.sent[1][1]["story"].endswith(journey.mark)
    assert door.sent[2] == door.sent[3]
    assert door.sent[4][1] == {"mark": "m", "number_end": "2345"}
    assert (journey.tries, len(journey.asked)) == (3, 11)
    # A page that comes back is no way on: the journey ends there and says where.
    lost = Journey(Door(takes=False), "en", fresh_mark(), seeded(2))  # type: ignore[arg-type]
    with pytest.raises(Strayed) as strayed:
        lost.to_the_check()
    assert (strayed.value.where, strayed.value.status) == ("/en/", 422)


def test_rows_are_counted_by_the_mark_in_their_words() -> None:
    told = {"s1": "m1", "s2": "m1", "s3": ""}
    assert by_mark({"s1": 1, "s2": 1, "s3": 1, "s4": 0}, told) == {"m1": 2, "": 1}


def test_letters_are_counted_by_their_message_id(tmp_path: Path) -> None:
    first, second = ("0" * 8 + "-0000", "1" * 8 + "-1111")
    (tmp_path / "a.log").write_text(f"Message-ID: <{first}@mlinzi>\n\nx\n" * 2)
    (tmp_path / "b.log").write_text(f"Subject: x\nMessage-ID: <{second}@mlinzi>\n")
    assert tally(_handed_over(tmp_path)) == {first: 2, second: 1}


def test_a_process_is_found_by_its_parent_and_its_name() -> None:
    sleeps = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = subprocess.Popen(sleeps, env={"MLINZI_PROCESS": "worker"})
    try:
        ours = os.getpid()
        deadline = time.monotonic() + 10
        while child.pid not in set(_children(ours, "worker")) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert list(_children(ours, "worker")) == [child.pid]
        assert list(_children(ours, "sequencer")) == []
        assert list(_children(child.pid, "worker")) == []
    finally:
        child.kill()
        child.wait()


def test_the_plan_puts_everybody_to_work(tmp_path: Path) -> None:
    plan = Plan(1, 2, str(tmp_path / "ledger"), {"Mirren": {"a": "b"}, "Tavi": {}, "Ilse": {}}, 3, 2, 5, 0.6)
    plan.write(tmp_path / "plan")
    assert (tmp_path / "plan").stat().st_mode & 0o777 == 0o600
    assert Plan(**json.loads((tmp_path / "plan").read_text())) == plan
    made = workers(plan, Ledger(tmp_path / "ledger"), threading.Event(), threading.Event())
    assert tally(type(who).__name__ for who in made) == {"Reporter": 3, "Referrer": 2, "Receiver": 2}
    first, second = (who for who in made if isinstance(who, Referrer))
    assert first.claimed is second.claimed
    assert first.site.cookies == {"a": "b"}
    assert {who.site.cookies.get("a") for who in made if isinstance(who, Receiver)} == {None}
    assert len({who.chance.random() for who in made if isinstance(who, Reporter)}) == 3


def test_the_log_is_as_wanted_only_whole_in_time_and_flat() -> None:
    written, slow = Written(900.0, 5.0, 20.0), Written(300.0, 20.0, 90.0)
    small, whole = Checked(100, 0.1, 80.0, True), Checked(1000, 1.0, 81.0, True)
    good = Result(8, written, written, Lag(900.0, 0.2, 0.6), slow, 5000.0, 90.0, small, whole, {})
    assert good.as_wanted
    assert middle([written, slow, Written(500.0, 9.0, 30.0)]).per_second == 500.0
    for bad in (
        replace(good, lag=Lag(900.0, 0.2, 1.6)),
        replace(good, whole=replace(whole, whole=False)),
        replace(good, whole=replace(whole, peak_mebibytes=800.0)),
        replace(good, chain=written),
    ):
        assert not bad.as_wanted


def test_a_report_names_its_machine() -> None:
    said = "\n".join(MACHINE.as_lines())
    assert f"{MACHINE.cores} cores" in said
    assert "PostgreSQL" in said
    assert MACHINE.cores > 0
    assert MACHINE.memory_gib > 0
    assert isinstance(judge(LINES, WHOLE), Verdict)
