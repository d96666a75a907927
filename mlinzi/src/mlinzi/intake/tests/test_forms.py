"""What may be typed into the door's forms, page by page, and what becomes of it."""

from typing import Any

import pytest
from django.http import QueryDict
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlinzi.intake import forms, reads, rules
from mlinzi.intake.forms import BackForm, ConfirmForm, PageForm, PaperForm, WordForm
from mlinzi.intake.reads import DoorWords
from mlinzi.intake.rules import Receipt
from mlinzi.intake.rules.form import LIMITS, UNKNOWN, UNSAID, Kind

WORDS = "Somebody follows me in a game."
NUMBER = Receipt("1234567890123456")


def words_in(language: str) -> DoorWords:
    return next(words for words in reads.door_words() if words.language == language)


def filled(page: str, language: str = "en", **data: str) -> PageForm:
    """A page of the pack's form as a browser sends it."""
    return sent(words_in(language), page, **data)


def sent(words: DoorWords, page: str, **data: str) -> PageForm:
    asked = words.form.page(page)
    assert asked is not None
    fields = QueryDict(mutable=True)
    fields.update(data)
    return PageForm(asked, words, fields)


def offered(form: PageForm, field: str) -> list[str]:
    """The values of a field's choices, in the order in which they are shown."""
    return [str(option.data["value"]) for option in form[field]]


def test_only_what_happened_is_needed(tarrowmere: None) -> None:
    form = filled("story", story=WORDS)
    assert form.is_valid(), form.errors
    assert form.answers() == {"story": WORDS}
    empty = filled("story", story=" \x00 ")
    assert not empty.is_valid()
    assert list(empty.errors) == ["story"]
    for page in words_in("en").form.pages:
        if page.id != "story":
            assert filled(page.id).is_valid(), page.id


def test_everything_can_be_told(tarrowmere: None) -> None:
    form = filled("where", service="Ferry page", link="example.org", account="@wader")
    assert form.is_valid(), form.errors
    assert form.answers() == {"service": "Ferry page", "link": "example.org", "account": "@wader"}
    place = words_in("en").areas[1][0]
    form = filled("you", age="few", area=place)
    assert form.is_valid(), form.errors
    assert form.answers() == {"age": "few", "area": place}


@pytest.mark.parametrize("choice", [UNKNOWN, UNSAID])
def test_not_knowing_and_not_saying_are_offered_everywhere(kenya: None, choice: str) -> None:
    for page in words_in("sw").form.pages:
        for field in page.fields:
            if field.kind in {Kind.CHOICE, Kind.CATEGORY}:
                form = filled(page.id, "sw", **{field.id: choice})
                assert choice in offered(form, field.id)
                assert form.is_valid(), form.errors
                assert form.answers()[field.id] == choice
    assert offered(filled("you", "sw"), "area")[0] == UNSAID


def test_a_page_that_was_passed_over_tells_nothing_whatever_stood_in_it(tarrowmere: None) -> None:
    form = filled("where", service="Ferry page", link="x" * 5_000, skip="1")
    assert form.skipped
    assert form.answers() == {"service": "", "link": "", "account": ""}


@pytest.mark.parametrize(
    ("page", "field"), [("about", "about"), ("what", "category"), ("you", "area"), ("contact", "channel")]
)
def test_a_choice_that_was_not_offered_is_refused(tarrowmere: None, page: str, field: str) -> None:
    assert list(filled(page, **{field: "no-such-choice"}).errors) == [field]


def test_categories_for_officers_only_are_not_offered(kenya: None) -> None:
    choices = offered(filled("what", "sw"), "category")
    assert "asked_for_pictures" in choices
    assert "incest" not in choices
    assert not filled("what", category="incest").is_valid()


def test_too_long_is_said_and_nothing_is_cut(tarrowmere: None) -> None:
    assert filled("story", story="x" * rules.NARRATIVE_LIMIT).is_valid()
    # A browser sends each line end as two characters; people count them as one.
    assert filled("story", story="x\r\n" * (rules.NARRATIVE_LIMIT // 2)).is_valid()
    text = "x" * (rules.NARRATIVE_LIMIT + 1)
    form = filled("story", story=text)
    assert not form.is_valid()
    assert "20001" in str(form.errors["story"])
    assert text in str(form["story"])
    assert "maxlength" not in str(form["story"])


@pytest.mark.parametrize("field", ["service", "link", "account"])
def test_a_line_may_be_as_long_as_the_rules_say_and_no_longer(tarrowmere: None, field: str) -> None:
    assert filled("where", **{field: "x" * LIMITS[field]}).is_valid()
    form = filled("where", **{field: "x" * (LIMITS[field] + 1)})
    assert list(form.errors) == [field]
    assert "x" * (LIMITS[field] + 1) in str(form[field])


@pytest.fixture
def words(tarrowmere: None) -> DoorWords:
    return words_in("en")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(st.characters(codec=None), max_size=200))
def test_no_text_breaks_a_form(words: DoorWords, text: str) -> None:
    form = sent(words, "story", story=text)
    if form.is_valid():
        assert form.answers() == {"story": rules.clean_text(text)}
        assert rules.clean_text(text)
    else:
        assert rules.clean_text(text) == ""
    line = sent(words, "where", account=text, link=text)
    assert line.is_valid(), line.errors
    assert line.answers()["account"] == rules.clean_line(text)
    for page in (form, line):
        page.as_div().encode()
        assert "\x00" not in page.as_div()


def test_a_megabyte_is_refused_kindly(tarrowmere: None) -> None:
    assert list(filled("story", story="é" * 1_000_000).errors) == ["story"]
    assert list(filled("where", link="é" * 1_000_000).errors) == ["link"]


@pytest.mark.parametrize("channel", ["call", "sms", "mail"])
def test_a_way_that_needs_an_address_asks_for_it(tarrowmere: None, channel: str) -> None:
    assert list(filled("contact", channel=channel).errors) == ["address"]
    assert filled("contact", channel=channel, address="0700 000 000").is_valid()
    assert filled("contact", channel=channel, skip="1").is_valid()
    for other in ("box", "never", UNKNOWN, ""):
        assert filled("contact", channel=other).is_valid()


def test_a_safe_contact_is_kept_as_codes_and_words(tarrowmere: None) -> None:
    form = filled("contact", channel="sms", address="0700 000 000", hours="ebb", say="homework")
    assert form.is_valid()
    told = form.details()
    assert (told.channel, told.address, told.hours, told.say) == ("sms", "0700 000 000", "ebb", "homework")
    unsaid = filled("contact", channel=UNSAID, hours=UNKNOWN)
    assert unsaid.is_valid()
    assert (unsaid.details().channel, unsaid.details().hours) == ("", "")


def test_a_sentence_about_the_page_stands_above_the_words_which_stay(tarrowmere: None) -> None:
    form = filled("where", service="Ferry page")
    form.say("Please send this once more.")
    assert not form.is_valid()
    assert form.non_field_errors() == ["Please send this once more."]
    assert "Ferry page" in str(form["service"])


def test_the_words_of_a_page_are_those_of_its_language(kenya: None) -> None:
    with translation.override("sw"):
        page = filled("where", "sw").as_div()
        choices = filled("since", "sw").as_div()
    assert "Jina lake linatosha" in page
    assert "Sijui" in choices
    assert "I don&#x27;t know" not in choices


def test_what_makes_one_message_of_a_form_is_random() -> None:
    made = [forms.fresh_once() for _ in range(50)]
    assert {len(bytes.fromhex(once)) for once in made} == {16}
    assert len(set(made)) == 50


def test_a_message_needs_words_and_has_its_limit(tarrowmere: None) -> None:
    assert WordForm({"text": "x" * rules.MESSAGE_LIMIT, "once": "1"}).is_valid()
    for text in ("", " \x00 ", "x" * (rules.MESSAGE_LIMIT + 1)):
        assert list(WordForm({"text": text}).errors) == ["text"]
    assert not PaperForm({"text": ""}).is_valid()


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1234 5678 9012 3456", NUMBER), ("1234", None), ("", None), ("0712 345 678", None)],
)
def test_the_number_to_come_back_with(typed: str, number: Receipt | None) -> None:
    form = BackForm({"number": typed})
    valid: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    assert valid.get("number") == number
    assert bool(form.errors) == (number is None)


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("3456", True), ("34 56", True), ("1234 5678 9012 3456", True), ("1234567890123456", True),
        ("", False), ("1234", False), ("345", False), ("٣٤٥٦", False), ("3456 1", False),
    ],
)  # fmt: skip
def test_the_last_digits_show_that_a_number_was_written_down(typed: str, right: bool) -> None:
    assert ConfirmForm(NUMBER, {"number_end": typed}).is_valid() == right
    assert not ConfirmForm(None, {"number_end": typed}).is_valid()
