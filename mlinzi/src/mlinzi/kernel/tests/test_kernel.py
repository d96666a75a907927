"""The small things that everything stands on."""

import re

from hypothesis import given
from hypothesis import strategies as st

from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.errors import NotFound, Refused, RoadsTurn
from mlinzi.kernel.ids import ALPHABET, spoken_number
from mlinzi.kernel.packed import digest_of, in_language


def test_an_errors_docstring_is_its_message() -> None:
    assert str(NotFound()) == "There is nothing here for you."
    assert str(Refused(["One.", "Two."])) == "One. Two."
    assert Refused(["One."]).reasons == ("One.",)
    assert RoadsTurn("Shut.", permanent=True).permanent
    assert not RoadsTurn("Shut.").permanent


def test_a_spoken_number_survives_a_bad_line() -> None:
    numbers = {spoken_number() for _ in range(500)}
    assert len(numbers) == 500
    for number in numbers:
        assert re.fullmatch(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", number)
    assert not set("ILOU01") & set(ALPHABET)


def test_actors_are_told_apart() -> None:
    assert Actor.process("worker") == Actor(ActorKind.PROCESS, "worker")
    assert Actor.reporter().id == "-"


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.none(), max_size=4))
def test_a_digest_does_not_depend_on_order(values: dict[str, int | str | None]) -> None:
    turned = dict(reversed(list(values.items())))
    assert digest_of(values) == digest_of(turned)
    assert digest_of(values) != digest_of({**values, "another": 1})


def test_a_text_falls_back_to_the_packs_first_language() -> None:
    assert in_language({"sw": "Habari", "en": "Hello"}, "en") == "Hello"
    assert in_language({"sw": "Habari", "en": "Hello"}, "fr") == "Habari"
    assert in_language({}, "en") == ""
