"""Receipts, the key of a form, and texts as they can be stored. No database."""

import dataclasses
import unicodedata
from typing import Any

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlinzi.intake import rules
from mlinzi.intake.rules import Danger, Details, Receipt, Submitted

SECRET, OTHER_SECRET = b"s" * 32, b"o" * 32
TOKEN, OTHER_TOKEN = b"t" * 16, b"u" * 16
TOLD = Submitted("Somebody follows me in a game.", "example.org/room", "bullied", "east", Danger.NO, "en")


def receipt_of(token: bytes, submitted: Submitted, secret: bytes = SECRET) -> Receipt:
    return rules.receipt_of_form(rules.form_key(token, submitted), secret)


def test_the_same_form_gives_the_same_number_and_any_other_another() -> None:
    assert receipt_of(TOKEN, TOLD) == receipt_of(TOKEN, dataclasses.replace(TOLD))
    others = [
        receipt_of(OTHER_TOKEN, TOLD),
        receipt_of(TOKEN, TOLD, OTHER_SECRET),
        receipt_of(TOKEN, dataclasses.replace(TOLD, narrative=TOLD.narrative + " And at school.")),
        receipt_of(TOKEN, dataclasses.replace(TOLD, in_danger=Danger.YES)),
        receipt_of(TOKEN, dataclasses.replace(TOLD, where_online="")),
        receipt_of(TOKEN, dataclasses.replace(TOLD, details=Details(call="ten minutes"))),
    ]
    assert len({receipt_of(TOKEN, TOLD).digits, *(r.digits for r in others)}) == 7


def test_a_token_and_its_content_cannot_be_shifted_against_each_other() -> None:
    longer, shorter = b"t" * 17, b"t" * 15
    keys = {rules.form_key(token, TOLD) for token in (TOKEN, longer, shorter)}
    assert len(keys) == 3


def test_what_is_stored_of_a_form_leads_to_no_number() -> None:
    key = rules.form_key(TOKEN, TOLD)
    stored = rules.key_digest(key)
    assert stored == rules.key_digest(key)
    assert rules.receipt_of_form(stored, SECRET) != rules.receipt_of_form(key, SECRET)


def test_a_number_is_sixteen_digits_in_four_groups_and_shows_itself_nowhere_else() -> None:
    receipt = receipt_of(TOKEN, TOLD)
    assert [len(group) for group in receipt.shown.split(" ")] == [4, 4, 4, 4]
    assert receipt.shown.replace(" ", "") == receipt.digits
    assert receipt.end == receipt.digits[-4:]
    assert "".join(c for c in receipt.spoken if c.isdecimal()) == receipt.digits
    assert receipt.digits not in repr(receipt)
    assert rules.mailbox_keys(receipt, SECRET).seed.hex() not in repr(rules.mailbox_keys(receipt, SECRET))


@given(st.binary(min_size=32, max_size=32))
def test_every_number_has_sixteen_digits(key: bytes) -> None:
    digits = rules.receipt_of_form(key, SECRET).digits
    assert len(digits) == 16
    assert digits.isdecimal()


def test_numbers_of_the_public_form_are_random_and_follow_from_nothing() -> None:
    made = [rules.random_receipt() for _ in range(200)]
    assert {len(receipt.digits) for receipt in made} == {16}
    assert all(receipt.digits.isdecimal() for receipt in made)
    assert len({receipt.digits for receipt in made}) == 200


@pytest.mark.parametrize(
    "typed",
    [
        "1234567890123456",
        "1234 5678 9012 3456",
        " 1234-5678-9012-3456 ",
        "1234.5678.9012.3456",
        "1234–5678—9012_3456",
        "1234\u00a05678\t9012\n3456",
    ],
)
def test_a_number_may_be_typed_as_people_write_numbers(typed: str) -> None:
    assert rules.read_receipt(typed) == Receipt("1234567890123456")


@pytest.mark.parametrize(
    "typed", ["", "123", "123456789012345", "12345678901234567", "1234 5678 9012 345O", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦"]
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert rules.read_receipt(typed) is None


def test_a_mailbox_follows_from_number_and_secret_together() -> None:
    receipt = receipt_of(TOKEN, TOLD)
    keys = rules.mailbox_keys(receipt, SECRET)
    assert keys == rules.mailbox_keys(receipt, SECRET)
    assert keys.look_up != keys.seed
    assert keys.look_up != rules.mailbox_keys(receipt, OTHER_SECRET).look_up
    assert keys.look_up != rules.mailbox_keys(Receipt("0" * 16), SECRET).look_up


def test_the_derivation_is_slow_enough_to_make_guessing_dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost is a promise about a stolen look-up table, so it stands here a second time."""
    costs: dict[str, Any] = {}

    def note(**given: Any) -> object:
        costs.update({name: given[name] for name in ("iterations", "lanes", "memory_cost")})
        return Argon2id(**given)

    monkeypatch.setattr("mlinzi.intake.rules.receipts.Argon2id", note)
    rules.mailbox_keys(Receipt("1" * 16), SECRET)
    assert costs == {"iterations": 2, "lanes": 1, "memory_cost": 19 * 1024}


ANY_TEXT = st.text(st.characters(codec=None), max_size=300)


@given(ANY_TEXT)
@example("a\x00b")
@example("\ud800 half a character")
@example("\u202eright to left\u202c")
@example("one\r\ntwo\rthree\x0bfour\x85five")
def test_a_cleaned_text_can_be_stored_and_nothing_readable_is_lost(text: str) -> None:
    clean = rules.clean_text(text)
    clean.encode()  # no half characters
    assert "\x00" not in clean
    assert not [c for c in clean if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert "\r" not in clean
    readable = [c for c in text if unicodedata.category(c) not in {"Cc", "Cs"} and not c.isspace()]
    assert [c for c in clean if not c.isspace()] == readable
    assert rules.clean_text(clean) == clean


def test_lines_words_and_scripts_stay_as_they_were_written() -> None:
    assert rules.clean_text(" one\r\ntwo\rthree ") == "one\ntwo\nthree"
    assert rules.clean_text("a\tb\x00c") == "a\tbc"
    family = "👩\u200d👧 مرحبا\u200f שלום"
    assert rules.clean_text(family) == family


def test_a_megabyte_is_cleaned_and_nothing_of_it_is_cut() -> None:
    text = "é\x00" * 500_000
    assert rules.clean_text(text) == "é" * 500_000


LINE = ANY_TEXT.map(rules.clean_line)
DETAILS = st.builds(
    Details,
    about=st.sampled_from(["", "me"]),
    **dict.fromkeys(("service", "link", "account", "address", "say", "organisation", "call"), LINE),
    in_flood=st.booleans(),
    worked=st.booleans(),
)
SUBMITTED = st.builds(
    Submitted,
    narrative=ANY_TEXT.map(rules.clean_text),
    where_online=ANY_TEXT.map(rules.clean_text),
    category=st.sampled_from(["", "bullied"]),
    area=st.sampled_from(["", "east"]),
    in_danger=st.sampled_from(Danger),
    language=st.sampled_from(["en", "sw"]),
    details=DETAILS,
)


@settings(max_examples=200)
@given(SUBMITTED)
def test_what_the_door_seals_is_what_the_worker_reads(submitted: Submitted) -> None:
    read = rules.from_text(rules.as_text(submitted))
    assert read == submitted
    assert isinstance(read.in_danger, Danger)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "[]", "{}", '{"in_danger": "perhaps"}', '{"in_danger": "yes", "unheard_of": 1}',
        rules.as_text(TOLD).replace('"details": {', '"details": {"unheard_of": "x", '),
        rules.as_text(TOLD).replace('"about": ""', '"about": 5'),
        rules.as_text(TOLD).replace('"worked": false', '"worked": "yes"'),
        rules.as_text(TOLD).replace('"about": ""', f'"about": "{"x" * 33}"'),
        rules.as_text(TOLD).replace('"link": ""', f'"link": "{"x" * 2001}"'),
    ],
)  # fmt: skip
def test_what_no_door_of_ours_wrote_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        rules.from_text(text)


def test_only_what_happened_is_needed_and_too_much_is_said_so() -> None:
    bare = Submitted("x", "", "", "", Danger.UNKNOWN, "en")
    assert rules.why_not_receive(bare) == []
    full = dataclasses.replace(
        bare, narrative="x" * rules.NARRATIVE_LIMIT, where_online="x" * 2 * rules.WHERE_LIMIT
    )
    assert rules.why_not_receive(full) == []
    assert len(rules.why_not_receive(dataclasses.replace(bare, narrative=" \n "))) == 1
    too_much = dataclasses.replace(full, narrative=full.narrative + "x", where_online=full.where_online + "x")
    assert len(rules.why_not_receive(too_much)) == 2


def test_a_message_is_neither_empty_nor_endless() -> None:
    assert rules.why_not_write("x" * rules.MESSAGE_LIMIT) == []
    assert len(rules.why_not_write(" \n ")) == 1
    assert len(rules.why_not_write("x" * (rules.MESSAGE_LIMIT + 1))) == 1
