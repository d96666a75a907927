"""Every value of a pack with its place in words and the marks that the schema put on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from mlinzi.site.packs.basics import Strict, Translated
from mlinzi.site.packs.reading import FILE_OF
from mlinzi.site.packs.schema import Pack


@dataclass(frozen=True)
class Leaf:
    """A text (one language or all), number or other plain value. place: where it stands, in words."""

    file: str
    place: str
    value: Any
    marks: tuple[object, ...]


def leaves(pack: Pack) -> Iterator[Leaf]:
    """All leaves of a pack, file by file."""
    for part, annotation in _fields(Pack).items():
        for words, value, marks in _walk(getattr(pack, part), annotation, (), ()):
            yield Leaf(FILE_OF[part], " → ".join(words) or "the file", value, marks)


Found = tuple[tuple[str, ...], Any, tuple[object, ...]]


def _walk(value: Any, annotation: Any, words: tuple[str, ...], marks: tuple[object, ...]) -> Iterator[Found]:
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        marks = (*marks, *more)
    if get_origin(annotation) in (Union, UnionType) and value is not None:
        annotation = next(choice for choice in get_args(annotation) if choice is not type(None))
        yield from _walk(value, annotation, words, marks)
    elif isinstance(value, Strict):
        for name, inner in _fields(type(value)).items():
            yield from _walk(getattr(value, name), inner, (*words, name), ())
    elif isinstance(value, tuple):
        inner = get_args(annotation)[0]
        for number, item in enumerate(value, start=1):
            yield from _walk(item, inner, (*words, getattr(item, "id", str(number))), ())
    elif isinstance(value, dict) and not any(isinstance(mark, Translated) for mark in marks):
        key_annotation, inner = get_args(annotation)
        for key, item in value.items():
            yield from _walk(key, key_annotation, (*words, key), ())
            yield from _walk(item, inner, (*words, key), ())
    else:
        yield words, value, marks


@cache
def _fields(model: type[Strict]) -> dict[str, Any]:
    hints = get_type_hints(model, include_extras=True)
    return {name: hints[name] for name in model.model_fields}
