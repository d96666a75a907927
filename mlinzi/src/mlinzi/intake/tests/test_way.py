"""Which page comes after which, and what of the answers is sent. No database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlinzi.intake.rules import Danger
from mlinzi.intake.rules.form import (
    CHECK,
    FIELDS,
    FIXED_CHOICES,
    START,
    Choice,
    Field,
    Form,
    Page,
    danger_of,
    submitted_from,
)

SAFE = Page("safe", "Are you safe?", fields=(Field("safe"),))
HELP = Page("help", "Call now", when=({"safe": ["no"]},))
ABOUT = Page(
    "about", "Who?", fields=(Field("about", choices=(Choice("me", "Me"), Choice("child", "A child"))),)
)
STORY = Page("story", "What happened?", fields=(Field("story"),))
YOU = Page("you", "How old are you?", fields=(Field("age"), Field("area")), when=({"about": ["me"]},))
CHILD = Page("child", "How old?", fields=(Field("age"),), when=({"about": ["child"], "safe": ["yes", "no"]},))
CONTACT = Page("contact", "How?", fields=(Field("channel"), Field("address")))
FORM = Form((SAFE, HELP, ABOUT, STORY, YOU, CHILD, CONTACT))


def way(answers: dict[str, str]) -> list[str]:
    return [page.id for page in FORM.path(answers)]


def test_the_way_follows_the_answers() -> None:
    assert way({}) == ["safe", "about", "story", "contact"]
    assert way({"safe": "no", "about": "me"}) == ["safe", "help", "about", "story", "you", "contact"]
    assert way({"safe": "yes", "about": "child"}) == ["safe", "about", "story", "child", "contact"]
    assert "child" not in way({"about": "child"})  # an alternative holds with all its fields or not at all
    assert "child" not in way({"about": "unsaid", "safe": "yes"})


def test_whoever_goes_back_is_led_to_what_is_new_and_to_nothing_twice() -> None:
    answers, done = {"safe": "yes", "about": "me"}, ["safe", "about", "story", "you", "contact"]
    assert FORM.next_after(answers, done) == CHECK
    assert FORM.next_after({**answers, "about": "child"}, done) == "child"
    assert FORM.next_after({**answers, "safe": "no"}, done) == "help"
    assert FORM.next_after({}, []) == "safe"


def test_back_leads_along_the_same_way() -> None:
    answers = {"safe": "yes", "about": "me"}
    assert FORM.before(CHECK, answers) == "contact"
    assert FORM.before("contact", answers) == "you"
    assert FORM.before("contact", {**answers, "about": "unknown"}) == "story"
    assert FORM.before("safe", answers) == FORM.before("no-such-page", answers) == START
    assert Form().before(CHECK, {}) == START


ANSWERS = st.dictionaries(
    st.sampled_from(sorted(FIELDS)), st.sampled_from(["", "yes", "no", "me", "child", "x"])
)


@given(ANSWERS, st.lists(st.sampled_from([page.id for page in FORM.pages])))
def test_every_way_ends_and_asks_nothing_twice(answers: dict[str, str], done: list[str]) -> None:
    asked: list[str] = []
    while (after := FORM.next_after(answers, [*done, *asked])) != CHECK:
        assert after not in asked
        assert FORM.page(after) in FORM.path(answers)
        asked.append(after)
    assert set(way(answers)) <= {*done, *asked}


def test_answers_on_a_way_that_was_left_are_not_sent() -> None:
    answers = {"safe": "yes", "about": "child", "story": "x", "age": "few", "area": "east", "say": "hello"}
    assert FORM.kept(answers) == {"safe": "yes", "about": "child", "story": "x", "age": "few"}


@pytest.mark.parametrize(
    ("answers", "danger"),
    [
        ({}, Danger.UNKNOWN),
        ({"safe": "unknown"}, Danger.UNKNOWN),
        ({"safe": "yes"}, Danger.NO),
        ({"safe": "no"}, Danger.YES),
        ({"safe": "no", "danger": "no"}, Danger.YES),
        ({"safe": "yes", "danger": "yes"}, Danger.YES),
        ({"safe": "yes", "danger": "unknown"}, Danger.UNKNOWN),
        ({"danger": "no"}, Danger.NO),
    ],
)
def test_danger_said_once_is_danger(answers: dict[str, str], danger: Danger) -> None:
    assert danger_of(answers) is danger


def test_not_knowing_and_not_saying_tell_nothing_but_a_name_may_be_unknown() -> None:
    told = submitted_from(
        {"story": "x", "category": "unsaid", "area": "unsaid", "age": "unknown", "account": "unknown"}, "sw"
    )
    assert (told.category, told.area, told.details.age) == ("", "", "")
    assert told.details.account == told.where_online == "unknown"
    assert (told.narrative, told.language) == ("x", "sw")


@pytest.mark.parametrize("channel", ["box", "never", "unknown", ""])
def test_an_address_is_not_sent_where_nobody_may_use_it(channel: str) -> None:
    answers = {"story": "x", "channel": channel, "address": "0700 000 000"}
    assert submitted_from(answers, "en").details.address == ""
    for used in ("call", "sms", "mail"):
        assert submitted_from({**answers, "channel": used}, "en").details.address == "0700 000 000"


def test_a_page_of_one_choice_is_answered_by_one_touch() -> None:
    assert ABOUT.one_tap
    assert Page("what", "What?", fields=(Field("category"),)).one_tap
    assert not any(page.one_tap for page in (HELP, STORY, YOU, CONTACT))
    assert set(FIXED_CHOICES) <= set(FIELDS)
