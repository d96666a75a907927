"""Terms that mean the same meet, near texts are found, and nothing is told without the key."""

import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlinzi.vault.rules import (
    BANDS,
    Term,
    account_term,
    blind,
    context_of,
    link_term,
    near_text_digests,
    phone_term,
    terms_in,
)

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


@pytest.mark.parametrize(
    "written", ["0712 345 678", "+254 712 345678", "00254712345678", "254-712-345-678", "(0712) 345678"]
)
def test_a_phone_number_however_written_is_one_term(written: str) -> None:
    assert phone_term(written, "254") == Term("phone:254712345678")


@pytest.mark.parametrize("written", ["12345", "1234567890123456", "call me", ""])
def test_what_is_no_phone_number(written: str) -> None:
    assert phone_term(written, "254") is None


@pytest.mark.parametrize(
    "written",
    [
        "https://example.org/group/17",
        "http://www.example.org/group/17/",
        "EXAMPLE.org/group/17#top",
        "example.org/group/17",
    ],
)
def test_a_link_however_written_is_one_term(written: str) -> None:
    assert link_term(written) == Term("link:example.org/group/17")


def test_what_tells_two_links_apart_stays() -> None:
    assert link_term("https://example.org/a?id=1") != link_term("https://example.org/a?id=2")
    assert link_term("https://example.org/A") != link_term("https://example.org/a")
    assert link_term("no link at all") is None
    assert link_term("localhost") is None


def test_an_account_name_within_a_service() -> None:
    assert account_term("PichaPap", " @Simba 07") == account_term("pichapap ", "simba07")
    assert account_term("PichaPap", "simba07") != account_term("Duara", "simba07")
    assert account_term("PichaPap", " @ ") is None


def test_terms_are_found_in_running_text() -> None:
    text = (
        "He is @invented_simba (0712 345 678); see https://pichapap.example.org/group/17, or www.example.com."
    )
    assert terms_in(text, country_prefix="254") == {
        Term("account::invented_simba"),
        Term("phone:254712345678"),
        Term("link:pichapap.example.org/group/17"),
        Term("link:example.com"),
    }
    assert terms_in("Nothing to look up, on 3 May at 10.") == frozenset()
    assert terms_in("mail me: somebody@example.org") == frozenset(), "an address is not an account"


@pytest.mark.parametrize(
    "written", ["https://[link]", "http://[abc", "www.a\u2100b.example/x", "http://x]y/"]
)
def test_what_only_looks_like_a_link_keeps_no_report_from_being_opened(written: str) -> None:
    assert link_term(written) is None
    assert terms_in(f"see {written} and @invented_simba") == {Term("account::invented_simba")}


@pytest.mark.parametrize("piece", ["a.", "a-", "aaaa.", "-.", "x" * 63 + "."])
def test_a_long_text_of_nothing_but_dots_and_dashes_takes_no_long_time(piece: str) -> None:
    began = time.process_time()
    assert terms_in((piece * 20_000)[:20_000]) == frozenset()
    assert time.process_time() - began < 1.0
    assert terms_in("...m.group-9.example.org/x") == {Term("link:m.group-9.example.org/x")}


@given(st.text(max_size=300))
def test_any_text_can_be_searched_for_terms(text: str) -> None:
    for term in terms_in(text, country_prefix="254"):
        assert term.partition(":")[0] in {"link", "phone", "account"}


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_a_blind_digest_tells_equal_from_different_and_nothing_without_the_key(one: str, two: str) -> None:
    first, second = Term(f"account::{one}"), Term(f"account::{two}")
    assert (blind(first, KEY) == blind(second, KEY)) == (first == second)
    assert blind(first, KEY) != blind(first, OTHER_KEY)
    assert blind(first, KEY) != hashlib.sha256(first.encode()).digest()[:16]
    assert len(blind(first, KEY)) == 16


STORY = (
    "Someone I met in a game keeps asking me for pictures every evening after school and he says that he "
    "will tell my teacher and my parents and everybody in my class if I do not send them to him before Friday"
)


def test_near_texts_share_a_band_and_far_ones_do_not() -> None:
    held = near_text_digests(STORY, KEY)
    assert len(held) == BANDS
    assert held & near_text_digests(STORY.replace("Friday", "Sunday"), KEY)
    assert held == near_text_digests(STORY.upper().replace(" ", "  "), KEY)
    far = "A man at the market wanted to know where my sister goes to school and gave her sweets and a phone"
    assert not held & near_text_digests(far, KEY)
    assert not held & near_text_digests(STORY, OTHER_KEY)
    assert near_text_digests("too short to tell", KEY) == frozenset()


def test_contexts_name_one_place_each() -> None:
    places = {
        context_of(r, i, n)
        for r in ("intake.report", "casework.note")
        for i in ("1", "2")
        for n in ("a", "b")
    }
    assert len(places) == 8
