"""One spelling for every entry: the JSON Canonicalization Scheme (RFC 8785) for a safe set of values."""

import json
from collections.abc import Mapping, Sequence
from typing import Union

from kinga.auditlog.errors import NotCanonical

Value = Union[str, int, bool, None, Sequence["Value"], Mapping[str, "Value"]]  # noqa: UP007

_GREATEST_INT = 2**53 - 1  # beyond it, readers that keep numbers as IEEE doubles would see another number
_DEEPEST = 32


def canonical(entry: Mapping[str, Value]) -> bytes:
    """Return the only UTF-8 text that stands for ``entry``: no spaces, keys ordered by their UTF-16 units.

    Raises NotCanonical for floats, bytes, dates, numbers beyond 2**53 - 1, half a surrogate pair, keys that
    are not text, or nesting deeper than 32. The message names the place and the type, never the value.
    """
    if not isinstance(entry, Mapping):
        raise NotCanonical("An entry is an object.")
    plain = _plain(entry, "entry", 0)
    try:
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
    except UnicodeEncodeError:
        raise NotCanonical("It holds half a surrogate pair.") from None


def _plain(value: Value, place: str, depth: int) -> object:
    if depth > _DEEPEST:
        raise NotCanonical("It is nested too deep.")
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if abs(value) > _GREATEST_INT:
            raise NotCanonical(f"{place} is a number beyond 2**53 - 1: write it as text.")
        return int(value)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise NotCanonical(f"{place} has a key that is not text.")
        ordered = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {str(key): _plain(value[key], f"{place}.{key}", depth + 1) for key in ordered}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{place}[{number}]", depth + 1) for number, item in enumerate(value)]
    raise NotCanonical(f"{place} is of type {type(value).__name__}.")
