"""What may be typed into the door's forms, and what becomes of it."""

from typing import Any

import pytest
from django.core import signing
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlinzi.intake import forms, rules
from mlinzi.intake.forms import BackForm, TellForm
from mlinzi.intake.rules import Danger, Receipt, Submitted

WORDS = "Somebody follows me in a game."


def filled(**changed: str) -> TellForm:
    """The form as a browser sends it, with a token of ours unless one is given."""
    data = QueryDict(mutable=True)
    data.update({"narrative": WORDS, "token": forms.fresh_token(), **changed})
    return TellForm("en", data)


def offered(field: str, language: str) -> list[str]:
    """The values of a field's choices, in the order in which they are shown."""
    return [str(option.data["value"]) for option in TellForm(language)[field]]


def test_only_what_happened_is_needed(tarrowmere: None) -> None:
    form = filled()
    assert form.is_valid(), form.errors
    assert form.submitted() == Submitted(WORDS, "", "", "", Danger.UNKNOWN, "en")
    empty = filled(narrative=" \x00 ")
    assert not empty.is_valid()
    assert list(empty.errors) == ["narrative"]


def test_everything_can_be_told(tarrowmere: None) -> None:
    chosen, place = offered("category", "en")[0], offered("area", "en")[1]
    form = filled(category=chosen, area=place, where_online="example.org", in_danger="yes")
    assert form.is_valid(), form.errors
    assert form.submitted() == Submitted(WORDS, "example.org", chosen, place, Danger.YES, "en")


@pytest.mark.parametrize("choice", [forms.UNKNOWN, forms.UNSAID, ""])
def test_not_knowing_and_not_saying_are_answers(tarrowmere: None, choice: str) -> None:
    form = filled(category=choice, in_danger="unknown")
    assert form.is_valid(), form.errors
    assert form.submitted().category == ""


@pytest.mark.parametrize("field", ["category", "area", "in_danger"])
def test_a_choice_that_was_not_offered_is_refused(tarrowmere: None, field: str) -> None:
    assert list(filled(**{field: "no-such-choice"}).errors) == [field]


def test_categories_for_officers_only_are_not_offered(kenya: None) -> None:
    choices = offered("category", "sw")
    assert "asked_for_pictures" in choices
    assert "incest" not in choices
    assert not filled(category="incest").is_valid()


def test_too_long_is_said_and_nothing_is_cut(tarrowmere: None) -> None:
    assert filled(narrative="x" * rules.NARRATIVE_LIMIT).is_valid()
    # A browser sends each line end as two characters; people count them as one.
    assert filled(narrative="x\r\n" * (rules.NARRATIVE_LIMIT // 2)).is_valid()
    text = "x" * (rules.NARRATIVE_LIMIT + 1)
    form = filled(narrative=text)
    assert not form.is_valid()
    assert "20001" in str(form.errors["narrative"])
    assert text in str(form["narrative"])
    assert "maxlength" not in str(form["narrative"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(codec=None), max_size=200))
def test_no_text_breaks_the_form(tarrowmere: None, text: str) -> None:
    form = filled(narrative=text, where_online=text)
    if form.is_valid():
        assert form.submitted().narrative == rules.clean_text(text) != ""
    else:
        assert rules.clean_text(text) == ""
    assert "\x00" not in form.as_div()


def test_a_megabyte_is_refused_kindly(tarrowmere: None) -> None:
    form = filled(narrative="é" * 1_000_000)
    assert list(form.errors) == ["narrative"]


FORGED = [
    "",
    "abc",
    "abc:def",
    signing.Signer(salt="something.else").sign("dGVzdHRlc3R0ZXN0dGVzdA=="),
    signing.Signer(salt="intake.form").sign("c2hvcnQ="),
    signing.Signer(salt="intake.form").sign("no base64!"),
    signing.Signer(key="k" * 50, salt="intake.form").sign("dGVzdHRlc3R0ZXN0dGVzdA=="),
]


@pytest.mark.parametrize("token", FORGED)
def test_a_token_that_is_not_ours_is_replaced_and_the_words_stay(tarrowmere: None, token: str) -> None:
    form = filled(token=token, where_online="example.org")
    assert not form.is_valid()
    assert list(form.errors) == ["token"]
    again = form.renewed()
    assert WORDS in str(again["narrative"])
    assert "example.org" in str(again["where_online"])
    renewed = str(again["token"].value())
    assert forms.read_token(renewed) is not None
    assert renewed != token


def test_a_token_that_holds_is_kept_when_something_else_is_wrong(tarrowmere: None) -> None:
    token = forms.fresh_token()
    form = filled(narrative="", token=token)
    assert form.renewed()["token"].value() == token


def test_tokens_are_sixteen_random_bytes() -> None:
    made = [forms.read_token(forms.fresh_token()) for _ in range(50)]
    assert {len(token or b"") for token in made} == {16}
    assert len(set(made)) == 50


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1234 5678 9012 3456", Receipt("1234567890123456")),
        ("1234", None),
        ("", None),
        ("0712 345 678", None),
    ],
)
def test_the_number_to_come_back_with(typed: str, number: Receipt | None) -> None:
    form = BackForm({"number": typed})
    valid: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    assert valid.get("number") == number
    assert bool(form.errors) == (number is None)
