"""Rows that come from a country pack, and the one way they are loaded."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models


class FromPack(models.Model):
    """A row that a country pack brings. A person's edit wins over every later load."""

    pack_id = models.CharField(max_length=120, unique=True)
    pack_digest = models.CharField(max_length=64, editable=False)
    edited_by_person = models.BooleanField(default=False)

    class Meta:
        abstract = True


@dataclass
class Loaded:
    """What a load did: pack ids by what happened to them."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)  # edited by a person, so left alone

    def __iadd__(self, other: "Loaded") -> "Loaded":
        self.added += other.added
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.kept += other.kept
        return self


def digest_of(values: Mapping[str, Any]) -> str:
    """A digest of what the pack says, so that a second load knows that nothing changed."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def load_rows(
    model: type[FromPack],
    rows: Iterable[tuple[str, Mapping[str, Any]]],
    *,
    also: Mapping[str, object] | None = None,
) -> Loaded:
    """Bring rows of a pack into a table. Call inside a transaction.

    Args:
        model: the table; it has `pack_id`.
        rows: pairs of pack id and field values. Related rows are given as instances.
        also: by pack id, what the pack says of a row that lies in other tables (services, rights): when only
            that changed, the row counts as changed, and the caller writes it.

    Returns what was added, changed, left unchanged, or kept because a person had edited it.
    Rows that the pack no longer names stay: other records may point at them.
    """
    result = Loaded()
    held = {row.pack_id: row for row in model._default_manager.all()}
    fresh: list[FromPack] = []
    for pack_id, values in rows:
        told = {k: getattr(v, "pack_id", v) for k, v in values.items()}
        digest = digest_of({**told, "also": (also or {}).get(pack_id)})
        row = held.get(pack_id)
        if row is None:
            fresh.append(model(pack_id=pack_id, pack_digest=digest, **values))
            result.added.append(pack_id)
        elif row.pack_digest == digest:
            result.unchanged += 1
        elif row.edited_by_person:
            result.kept.append(pack_id)
        else:
            for name, value in values.items():
                setattr(row, name, value)
            row.pack_digest = digest
            row.save()
            result.changed.append(pack_id)
    model._default_manager.bulk_create(fresh, batch_size=500)
    return result


def in_language(text: Mapping[str, str], language: str) -> str:
    """The text in a language, or in the first language that the pack gives (packs list their default
    first)."""
    return text.get(language) or next(iter(text.values()), "")
