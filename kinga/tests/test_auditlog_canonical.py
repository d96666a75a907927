"""Equal entries have equal bytes; what has no safe spelling is refused."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinga.auditlog import NotCanonical, Value, canonical

texts = st.text(st.characters(codec="utf-8"), max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
entries = st.dictionaries(texts, values, max_size=6)


def test_the_published_texts(auditlog_vectors: dict[str, Any]) -> None:
    assert len(auditlog_vectors["canonical"]) >= 3
    for vector in auditlog_vectors["canonical"]:
        assert canonical(vector["entry"]).decode() == vector["text"], vector["source"]


@given(entry=entries)
def test_the_text_is_json_for_the_same_entry(entry: dict[str, Any]) -> None:
    assert json.loads(canonical(entry)) == entry
    assert canonical(json.loads(canonical(entry))) == canonical(entry)


@given(entry=entries, data=st.data())
def test_the_order_of_keys_makes_no_difference(entry: dict[str, Any], data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(entry.items()))))
    assert canonical(shuffled) == canonical(entry)


@given(first=entries, second=entries)
def test_different_entries_have_different_bytes(first: dict[str, Any], second: dict[str, Any]) -> None:
    same = json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)  # tells 1 from True
    assert (canonical(first) == canonical(second)) == same


def test_enums_tuples_and_other_mappings_are_taken_for_what_they_hold() -> None:
    class Act(StrEnum):
        OPENED = "opened"

    class Level(IntEnum):
        HIGH = 3

    entry: dict[str, Value] = {
        "act": Act.OPENED,
        "level": Level.HIGH,
        "who": MappingProxyType({"id": 1}),
        "on": (1, 2),
    }
    assert canonical(entry) == b'{"act":"opened","level":3,"on":[1,2],"who":{"id":1}}'


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        b"bytes",
        Decimal("1"),
        datetime(2026, 1, 1, tzinfo=UTC),
        {1, 2},
        2**53,
        -(2**53),
        {1: "one"},
        {None: "none"},
        iter([1]),
        object(),
    ],
)
def test_what_has_no_safe_spelling_is_refused_wherever_it_stands(value: Any) -> None:
    assert canonical({"a": [{"b": 2**53 - 1}]})
    for entry in ({"a": value}, {"a": [value]}, {"a": {"b": [[value]]}}):
        with pytest.raises(NotCanonical, match=r"entry\.a"):
            canonical(entry)


@pytest.mark.parametrize("entry", [None, "text", 7, [], ["a"]])
def test_an_entry_is_an_object(entry: Any) -> None:
    with pytest.raises(NotCanonical, match="object"):
        canonical(entry)


def test_half_a_surrogate_pair_is_refused() -> None:
    for half in ("\ud800", "\udc00", "a\udfff"):
        for entry in ({"a": half}, {half: "a"}):
            with pytest.raises(NotCanonical, match="surrogate"):
                canonical(entry)


def test_nesting_has_an_end() -> None:
    entry: dict[str, Any] = {}
    for _ in range(32):
        entry = {"a": entry}
    assert canonical(entry).count(b"a") == 32
    with pytest.raises(NotCanonical, match="too deep"):
        canonical({"a": entry})
    endless: dict[str, Any] = {}
    endless["a"] = endless
    with pytest.raises(NotCanonical, match="too deep"):
        canonical(endless)


def test_a_refusal_names_the_place_and_not_the_value() -> None:
    with pytest.raises(NotCanonical, match=r"entry\.who\[1\] is of type bytes") as caught:
        canonical({"who": ["Amina", b"canary"]})
    assert "canary" not in str(caught.value)
    assert "Amina" not in str(caught.value)
