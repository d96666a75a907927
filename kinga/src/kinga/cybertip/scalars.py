"""Texts to values and back, as XML Schema spells booleans, whole and other numbers, moments and days."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from kinga.cybertip.describe import Kind, Slot

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_LOOSE_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T t]+([0-9:.]{5,})\s*(UTC|GMT|[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_LOOSE_BOOLEANS = {**_BOOLEANS, "yes": True, "no": False, "": True}
# Spellings of one client or another, each seen in its source.
_LOOSE_WORDS = {
    "online enticement of children for sexual act": "Online Enticement of Children for Sexual Acts"
}

Reader = Callable[[str], Any]


def reader_of(slot: Slot) -> Reader:
    """Return the function that reads the slot's text; it raises ValueError on any other spelling."""
    if slot.kind is Kind.WORD:
        return _word_reader(slot.python)
    if slot.kind is Kind.TEXT:
        return _token if slot.limits.token else str
    readers: dict[Kind, Reader] = {
        Kind.BOOLEAN: _boolean,
        Kind.FLAG: _flag,
        Kind.INTEGER: _integer,
        Kind.NUMBER: _number,
        Kind.MOMENT: _moment,
        Kind.DAY: _day,
    }
    return readers[slot.kind]


@cache
def loose_reader_of(slot: Slot) -> Reader:
    """Return the function that reads known wrong spellings; it raises ValueError on all others."""
    if slot.kind is Kind.WORD:
        return _loose_word_reader(slot.python)
    readers: dict[Kind, Reader] = {
        Kind.BOOLEAN: lambda text: _LOOSE_BOOLEANS[text.strip().lower()],
        Kind.FLAG: lambda text: _LOOSE_BOOLEANS[text.strip().lower()],
        Kind.MOMENT: _loose_moment,
    }
    return readers.get(slot.kind, _no_looser)


def spelling_of(slot: Slot) -> Callable[[Any], str]:
    """Return the function that spells a value as the slot's XML text, not yet escaped."""
    return _SPELLINGS[slot.kind]


def text_of(slot: Slot, value: Any) -> str:
    """Spell `value` as the slot's XML text, not yet escaped."""
    return spelling_of(slot)(value)


def _token(text: str) -> str:
    return " ".join(text.split())


def _boolean(text: str) -> bool:
    value = _BOOLEANS.get(text) if text in _BOOLEANS else _BOOLEANS.get(text.strip())
    if value is None:
        raise ValueError("neither true nor false")
    return value


def _flag(text: str) -> bool:
    # `fixed` in a schema: an empty element takes the value true, and false is not allowed.
    if text.strip() not in ("", "true", "1"):
        raise ValueError("present, yet not true")
    return True


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text.strip()):
        raise ValueError("not a whole number")
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError("not a number")
    return float(text)


def _moment(text: str) -> datetime:
    text = text.strip()
    if not _MOMENT.fullmatch(text):
        raise ValueError("not of the form 2026-01-31T23:59:59+03:00")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("not a moment that exists") from None


def _day(text: str) -> date:
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise ValueError("not of the form 2026-01-31")
    try:
        return date.fromisoformat(found[1])
    except ValueError:
        raise ValueError("not a day that exists") from None


def _loose_moment(text: str) -> datetime:
    found = _LOOSE_MOMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError("not of the form 2026-01-31T23:59:59+03:00")
    zone = "Z" if (found[3] or "").upper() in ("UTC", "GMT", "Z") and found[3] else found[3] or ""
    return datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}")


def _word_reader(words: type[StrEnum]) -> Reader:
    known = {word.value: word for word in words}

    def read(text: str) -> StrEnum:
        word = known.get(text) or known.get(text.strip())
        if word is None:
            raise ValueError("not one of the words allowed here")
        return word

    return read


def _loose_word_reader(words: type[StrEnum]) -> Reader:
    known = {word.value.lower(): word for word in words}

    def read(text: str) -> StrEnum:
        plain = _token(text).lower()
        return known[_LOOSE_WORDS.get(plain, plain).lower()]

    return read


def _no_looser(text: str) -> Any:
    raise ValueError(text and "no other spelling is known")


def _spell_moment(value: datetime) -> str:
    offset = value.utcoffset()
    if offset is not None and offset % timedelta(minutes=1):
        value = value.astimezone(UTC)  # XML has no seconds in a zone; local mean times of old have
    return value.isoformat()


_SPELLINGS: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: str,
    Kind.WORD: str,
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.FLAG: lambda _: "true",
    Kind.INTEGER: str,
    Kind.NUMBER: repr,
    Kind.MOMENT: _spell_moment,
    Kind.DAY: date.isoformat,
}
