"""The paper that a report was made: it survives being copied, and no change of what it says. No database."""

import unicodedata
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kinga.auditlog import Checkpoint, Ed25519Signer, open_note, root_of, sign_checkpoint, sign_note
from mlinzi.intake.rules.acknowledgement import (
    LONGEST_PASTED,
    Acknowledged,
    acknowledgement,
    read_acknowledgement,
)
from mlinzi.kernel.ids import ALPHABET, spoken_number

SIGNER = Ed25519Signer("mlinzi-acknowledgement", bytes(range(32)))
DAY, NUMBER = date(2026, 3, 14), "K7QX-92MD"
WORDS = "A report was made on this day."
PAPER = acknowledgement(DAY, NUMBER, words=WORDS, signer=SIGNER)
TRUE = Acknowledged(DAY, NUMBER, WORDS)
NUMBERS = st.text(st.sampled_from(ALPHABET), min_size=8, max_size=8).map(lambda t: f"{t[:4]}-{t[4:]}")


def read(pasted: str) -> Acknowledged | None:
    return read_acknowledgement(pasted, SIGNER.verifier)


def test_a_paper_says_the_words_the_day_and_the_number_and_nothing_else() -> None:
    assert open_note(PAPER, SIGNER.verifier) == "A report was made on this day.\n2026-03-14\nK7QX-92MD\n"
    assert PAPER.split("\n\n")[1].startswith("— mlinzi-acknowledgement ")
    assert read(PAPER) == TRUE


def test_a_paper_of_another_key_is_not_ours_even_under_the_same_name() -> None:
    for other in (Ed25519Signer.generate(SIGNER.name), Ed25519Signer.generate("other")):
        paper = acknowledgement(DAY, NUMBER, words=WORDS, signer=other)
        assert read_acknowledgement(paper, other.verifier) == TRUE
        assert read(paper) is None
        assert read_acknowledgement(PAPER, other.verifier) is None


def wrapped(text: str, width: int) -> str:
    """As a program that wraps lines without regard for words."""
    return "\n".join(line[at : at + width] for line in text.split("\n") for at in range(0, len(line), width))


COPIES: dict[str, Callable[[str], str]] = {
    "line ends of another system": lambda paper: paper.replace("\n", "\r\n"),
    "line ends of an old system": lambda paper: paper.replace("\n", "\r"),
    "no last line end": lambda paper: paper.rstrip("\n"),
    "blanks and blank lines around": lambda paper: f"\n \n\t{paper}\n\n  \n",
    "blanks before and after lines": lambda paper: "\n".join(f"  {line}\t " for line in paper.split("\n")),
    "every line apart": lambda paper: paper.replace("\n", "\n\n"),
    "no blank line": lambda paper: paper.replace("\n\n", "\n"),
    "all on one line": lambda paper: paper.replace("\n", " "),
    "blanks that do not break": lambda paper: paper.replace(" ", "\u00a0"),
    "narrow blanks": lambda paper: paper.replace(" ", "\u202f"),
    "an en dash": lambda paper: paper.replace("—", "–"),
    "a hyphen": lambda paper: paper.replace("—", "-"),
    "two hyphens": lambda paper: paper.replace("—", "--"),
    "a byte order mark": lambda paper: f"\ufeff{paper}",
    "marks of direction": lambda paper: f"\u200e{paper}\u200e",
    "the signature in pieces": lambda paper: paper[:-50] + "\n" + paper[-50:-20] + " \r\n " + paper[-20:],
    "the key's name in pieces": lambda paper: paper.replace("mlinzi-", "mlinzi-\n"),
    "the sentence in pieces": lambda paper: paper.replace("report was", "report\nwas"),
}


@pytest.mark.parametrize("copy", COPIES)
def test_copying_does_not_spoil_a_paper(copy: str) -> None:
    spoilt = COPIES[copy](PAPER)
    assert spoilt != PAPER
    assert read(spoilt) == TRUE


@pytest.mark.parametrize("width", [40, 64, 72, 76])
def test_a_paper_may_be_wrapped_and_copied_by_a_careless_program(width: int) -> None:
    careless = wrapped(PAPER, width).replace("—", "–").replace(" ", "\u00a0").replace("\n", "\r\n")
    assert read(f"\r\n {careless} \r\n\r\n") == TRUE


@pytest.mark.parametrize(
    "words",
    [
        "Ripoti ilitolewa siku hii.",
        "Un rapport a été fait — ce jour.",
        unicodedata.normalize("NFD", "Un rapport a été fait ce jour."),
        "تم تقديم بلاغ في هذا اليوم.",
        " two  blanks,\na line end\u00a0and a mark\u200e ",
        "2026-03-15 K7QX-92ME — mlinzi-acknowledgement AAAA",
        "x",
        "x" * 500,
    ],
)
def test_the_words_may_be_in_any_language(words: str) -> None:
    paper = acknowledgement(DAY, NUMBER, words=words, signer=SIGNER)
    found = read(paper.replace("\n", "\r\n"))
    assert found is not None
    assert (found.day, found.number) == (DAY, NUMBER)
    assert found.words == paper.split("\n")[0]
    assert "".join(found.words.split()) == unicodedata.normalize("NFC", "".join(words.split())).replace(
        "\u200e", ""
    )


@pytest.mark.parametrize("words", ["", " \n\u00a0", "\u200e", "x" * 501, "a\x00b", "half \ud800 a character"])
def test_words_that_no_paper_can_carry_are_refused(words: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - half characters are refused by Python's own words
        acknowledgement(DAY, NUMBER, words=words, signer=SIGNER)


@pytest.mark.parametrize("number", ["", "K7QX-92MD-", "k7qx-92md", "K7QX 92MD", "K7QX-92MO", "K7QX-92MD\n"])
def test_only_numbers_that_can_be_read_aloud_stand_on_a_paper(number: str) -> None:
    assert acknowledgement(DAY, spoken_number(), words=WORDS, signer=SIGNER)
    with pytest.raises(ValueError, match="read aloud"):
        acknowledgement(DAY, number, words=WORDS, signer=SIGNER)


@given(st.text(max_size=400), st.dates(), NUMBERS)
@example("Kelvin \u212a, e\u200b\u0301", DAY, NUMBER)
@example("\u0301", DAY, NUMBER)
def test_whatever_is_signed_is_read_back(words: str, day: date, number: str) -> None:
    try:
        paper = acknowledgement(day, number, words=words, signer=SIGNER)
    except ValueError:
        assume(False)
    found = read(paper)
    assert found is not None
    assert (found.day, found.number, found.words) == (day, number, paper.split("\n")[0])


@given(st.dates(), NUMBERS)
def test_another_day_or_number_is_not_believed(day: date, number: str) -> None:
    others = [PAPER.replace("2026-03-14", day.isoformat()), PAPER.replace(NUMBER, number)]
    for paper, same in zip(others, (day == DAY, number == NUMBER), strict=True):
        assert read(paper) == (TRUE if same else None)


START = len(WORDS) + 1
CHANGES = st.characters(exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cf"])


@settings(max_examples=300)
@given(st.integers(START, START + len("2026-03-14\nK7QX-92MD") - 1), CHANGES)
@example(START + 4, "–")
@example(START, "٢")
@example(START + 11, "k")
def test_no_character_of_day_or_number_can_be_exchanged_added_or_taken(at: int, other: str) -> None:
    assume(PAPER[at] not in (other, "\n"))
    assert read(PAPER[:at] + other + PAPER[at + 1 :]) is None
    assert read(PAPER[:at] + other + PAPER[at:]) is None
    assert read(PAPER[:at] + PAPER[at + 1 :]) is None


def test_a_signature_under_no_name_or_another_is_not_ours() -> None:
    for name in ("", "another", "mlinzi-acknowledgemen", "mlinzi-acknowledgement x"):
        assert read(PAPER.replace("mlinzi-acknowledgement", name)) is None


def test_no_bit_of_the_words_or_the_signature_can_be_changed() -> None:
    start = PAPER.index("— ") + len("— mlinzi-acknowledgement ")
    for at in (*range(len(WORDS)), *range(start, len(PAPER) - 1)):
        for bit in range(7):
            other = chr(ord(PAPER[at]) ^ 1 << bit)
            changed = PAPER[:at] + other + PAPER[at + 1 :]
            # A blank of another kind, or beside one, is what copying does; it changes nothing that is said.
            if other.isspace() and " ".join(changed.split()) == " ".join(PAPER.split()):
                continue
            assert read(changed) is None, (at, bit)


PIECES = st.sampled_from(
    [
        *PAPER.split(),
        "—",
        "–",
        "-",
        "\n",
        "\n\n",
        "\r\n",
        "\u00a0",
        "\x00",
        "\ud800",
        "2026-02-30",
        "2026-W11-6",
        "=",
    ]
)


@settings(max_examples=300)
@given(
    st.one_of(
        st.text(st.characters(codec=None), max_size=LONGEST_PASTED),
        st.lists(st.one_of(PIECES, st.text(st.characters(codec=None), max_size=5)), max_size=40).map(
            " ".join
        ),
        st.lists(PIECES, max_size=40).map("".join),
    )
)
@example("")
@example("—")
@example("a b c — mlinzi-acknowledgement")
@example("x " * 5_000)
@example("— " * 5_000)
@example("\ud800 2026-03-14 K7QX-92MD — mlinzi-acknowledgement AAAAAAAAAAA=")
def test_whatever_is_pasted_gets_an_answer_and_no_forgery_passes(pasted: str) -> None:
    assert read(pasted) in (None, TRUE)


def test_more_than_a_paper_is_not_looked_at() -> None:
    assert read(PAPER + " " * (LONGEST_PASTED - len(PAPER))) == TRUE
    assert read(PAPER + " " * (LONGEST_PASTED - len(PAPER) + 1)) is None


@pytest.mark.parametrize(
    "text",
    [
        f"{WORDS}\n{DAY}\n",
        f"{WORDS}\n20260314\n{NUMBER}\n",
        f"{WORDS}\n2026-W11-6\n{NUMBER}\n",
        f"{WORDS}\n2026-02-30\n{NUMBER}\n",
        f"{WORDS}\n{DAY}\nK7QX-92MO\n",
        f"{DAY}\n{NUMBER}\n",
        f"{WORDS}\nmore\n{DAY}\n{NUMBER}\n",
        f"{WORDS}\n{DAY}\n{NUMBER}\nmore\n",
    ],
)
def test_another_note_by_the_same_key_is_no_paper(text: str) -> None:
    assert read(sign_note(f"{WORDS}\n{DAY}\n{NUMBER}\n", SIGNER)) == TRUE
    assert read(sign_note(text, SIGNER)) is None
    head = sign_checkpoint(Checkpoint(SIGNER.name, 1, root_of([bytes(32)])), SIGNER)
    assert read(head) is None
