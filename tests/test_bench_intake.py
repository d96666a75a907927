"""The measuring of the door: the slow line is as slow as it says, figures and verdicts are what they are."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.browser import Browser
from bench.intake import PARTS, Facts, Result, as_markdown, options_of
from bench.intake_load import LoadPlan, Pacer, Times, percentile, short
from bench.intake_slow import SlowJourney, Step
from bench.intake_timing import AT_ONCE, compared, guesses_beforehand, order, trimmed, welch
from bench.machine import this_machine
from bench.slowline import HEADERS, PIECE, Bucket, SlowLine, on_the_wire
from mlinzi.intake.rules import look_up_lasts
from tests.test_bench import LINES, WHOLE, seeded

BODY = b"x" * 2_000


@contextmanager
def plain_site() -> Iterator[int]:
    """A site that answers everything with the same two thousand bytes, and keeps the line."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_comes_later_waits_behind_what_came_before() -> None:
    bucket = Bucket(bytes_a_second=100)
    assert bucket.passed_at(50, now=10.0) == 10.5
    assert bucket.passed_at(100, now=10.0) == 11.5  # another connection on the same line
    assert bucket.passed_at(10, now=20.0) == pytest.approx(20.1)  # what was not used is not saved up
    assert (on_the_wire(1), on_the_wire(PIECE), on_the_wire(PIECE + 1)) == (
        1 + HEADERS,
        PIECE + HEADERS,
        PIECE + 1 + 2 * HEADERS,
    )


def test_the_line_costs_a_round_trip_to_open_one_to_ask_and_the_bytes_their_time() -> None:
    with plain_site() as port, SlowLine(port, bits_a_second=80_000, round_trip=0.2).open() as line:
        browser = Browser("127.0.0.1", line.port, keeps_line=True)
        first, second = browser.ask("GET", "/"), browser.ask("POST", "/", {"a": "b" * 1_000})
        browser.hang_up()
        went = line.now()
        assert first.text.encode() == BODY
        # 10 kB a second: 2.3 kB down are 0.23 s, about 0.2 kB up 0.02 s; opened and asked, two round trips.
        assert 0.6 < first.seconds < 3.0
        # The line is kept, so one round trip; the form adds 0.1 s on the way up.
        assert 0.5 < second.seconds < 3.0
        assert (went.requests, went.connections) == (2, 1)
        assert 4_000 < went.down < 5_000
        assert 1_100 < went.up < 2_000
        assert line.now().since(went).as_row() == (0, 0, 0, 0)


def test_two_connections_share_one_line() -> None:
    with plain_site() as port, SlowLine(port, bits_a_second=40_000, round_trip=0.02).open() as line:
        began, took = time.monotonic(), []

        def ask() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", line.port)
            connection.request("GET", "/")
            assert connection.getresponse().read() == BODY
            took.append(time.monotonic() - began)
            connection.close()

        both = [threading.Thread(target=ask) for _ in range(2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        # 5 kB a second: alone each would have its 2.2 kB after half a second, together nearly one.
        assert max(took) > 0.85


def test_percentiles_and_names_of_pages() -> None:
    hundred = [float(n) for n in range(1, 101)]
    assert (percentile(hundred, 0.5), percentile(hundred, 0.99), percentile([7.0], 0.99)) == (50.0, 99.0, 7.0)
    assert percentile([], 0.5) == 0.0
    names = [
        short(path)
        for path in ("/", "/sw/", "/sw/r/check/", "/sw/done/", "/look/ab12.css", "/static/a/b.js?v=1")
    ]
    assert names == ["first", "start", "check", "done", "style", "script"]
    times = Times()
    times.add("GET check", 0.1)
    times.add("POST check", 0.3)
    told = times.as_json()
    assert (told["requests"], told["p99"], told["p50"]) == (2, 300.0, 100.0)


def test_nobody_comes_faster_than_planned_and_nobody_after_the_end() -> None:
    pacer = Pacer(rate=2.0, ends=12.0, at=10.0)
    assert [pacer.next(10.0), pacer.next(10.0)] == [10.0, 10.5]
    assert pacer.next(11.7) == 11.7  # late, and everybody after it
    assert pacer.next(11.7) is None


def test_a_plan_comes_back_as_it_was_written(tmp_path: Path) -> None:
    plan = LoadPlan("burst", 1, "sw", str(tmp_path / "ledger"), 100.0, 10.0, 8, 1)
    plan.write(tmp_path / "plan")
    assert LoadPlan(**json.loads((tmp_path / "plan").read_text())) == plan
    assert options_of([]).what == PARTS
    assert options_of(["slow", "--seconds", "5"]).what == ("slow",)


def test_the_clock_is_judged_on_trimmed_samples() -> None:
    chance = seeded(1)

    def around(middle: float) -> list[float]:
        return [chance.gauss(middle, 0.001) for _ in range(400)]

    alike = compared({"right": around(0.05), "wrong": around(0.05), "expired": [*around(0.05), 9.0]})
    assert alike.alike(*alike.t)
    told = compared({"right": around(0.051), "wrong": around(0.05), "expired": around(0.05)})
    assert told.alike("wrong/expired")
    assert not told.alike("right/wrong")
    assert told.t["right/wrong"] > 4.5
    assert trimmed([*range(100)]) == list(range(5, 95))
    assert welch([1.0, 1.0], [1.0, 1.0]) == 0.0
    assert welch([2.0, 2.0], [1.0, 1.0]) == float("inf")
    # 1, 2, 3 against 2, 4, 6: means 2 and 4, variances 1 and 4, so -2 / sqrt(1/3 + 4/3).
    assert welch([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]) == pytest.approx(-1.5491933)


def test_numbers_are_asked_for_in_an_order_of_chance_within_one_step_of_slowness() -> None:
    made = {"right": ["1", "2"], "expired": ["3"]}
    asked = order(4, made, seeded(1))
    kinds = [kind for kind, _ in asked]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"right": 4, "wrong": 4, "expired": 4}
    assert kinds != sorted(kinds)
    assert {digits for kind, digits in asked if kind == "right"} == {"1", "2"}
    assert guesses_beforehand(5, look_up_lasts) == 0
    before = guesses_beforehand(300, look_up_lasts)
    assert before > 0
    assert look_up_lasts(before) == look_up_lasts(before + 600 + 2 * AT_ONCE)
    assert guesses_beforehand(5, lambda n: timedelta(seconds=n < 3)) == 3


def test_the_door_is_as_wanted_only_quick_enough_light_enough_and_whole() -> None:
    from bench.judge import judge

    good = Step("/", 3.0, 5_000, 500, 2)
    light = SlowJourney(True, (good, good), 20)
    assert light.as_wanted
    for bad in (
        replace(light, steps=(replace(good, seconds=4.1), good)),
        replace(light, steps=(good, *[replace(good, seconds=60.0)] * 3)),
        replace(light, steps=(good, replace(good, down=20_001))),
        replace(light, before_sending=21),
    ):
        assert not bad.as_wanted
    load: Facts = {
        "wanted_rate": 5.0,
        "per_second": 4.95,
        "p50": 9.0,
        "p99": 80.0,
        "worst": 90.0,
        "errors": 0,
    }
    load |= {"requests_of_a_journey": 24, "requests_before_sending": 20, "sent_twice_at_once": 99}
    load |= {"done": 300, "processor_seconds": {"public": 60.0, "load": 3.0}}
    samples = {"right": [0.1, 0.2] * 9, "wrong": [0.1, 0.2] * 9, "expired": [0.1, 0.2] * 9}
    told = compared({**samples, "right": [1.1, 1.2] * 9})
    whole = Result([load], load, judge(LINES, WHOLE), 1.0, [light.as_json()], told, compared(samples))
    assert whole.broken == []  # the act's own difference between right and wrong is covered at the door
    assert json.dumps(whole.as_json())
    for bad_result in (
        replace(whole, journeys=[{**load, "per_second": 4.2}]),
        replace(whole, journeys=[{**load, "errors": 1}]),
        replace(whole, burst={**load, "p99": 501.0}),
        replace(whole, verdict=judge(LINES, replace(WHOLE, marks={"m1": 2}))),
        replace(whole, slow=[{**light.as_json(), "as_wanted": False}]),
        replace(whole, http=told),
        replace(whole, act=compared({**samples, "expired": [1.1, 1.2] * 9})),
    ):
        assert len(bad_result.broken) == 1, bad_result.broken
    # The goal is aimed at and not asked for; the floor is.
    assert replace(whole, journeys=[load, {**load, "wanted_rate": 20.0, "per_second": 9.0}]).broken == []
    report = as_markdown(whole, this_machine())
    assert "| **acknowledged reports lost** | 0 |" in report
    assert "| on | 3.0 s | 6.0 s | 20 | 5000 B | 10000 B |" in report
    assert "| over HTTP | 3 × 18 |" in report
    assert "up to 5 a second: public 200, load 10." in report
