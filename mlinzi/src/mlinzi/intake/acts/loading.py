"""Load what a country's pack says about the door: categories, the form, its settings."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from mlinzi.audit import acts as audit
from mlinzi.intake.models import Category, FormPage, FormSetting
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.packed import Loaded, load_rows

Rows = Iterable[tuple[str, Mapping[str, Any]]]


@transaction.atomic
def load_categories(rows: Rows, *, by: Actor, now: datetime) -> Loaded:
    """Load a pack's report categories: 1. load, 2. record."""
    loaded = load_rows(Category, rows)
    _record("category", loaded, by=by, now=now)
    return loaded


@transaction.atomic
def load_form(*, pages: Rows, settings: Rows, by: Actor, now: datetime) -> Loaded:
    """Load the pages of the public form and the settings of the door.

    1. load both, 2. take out pages that the pack no longer has, since the form asks all that are there,
    3. record.
    """
    pages = list(pages)
    loaded = load_rows(FormPage, pages)
    FormPage.objects.exclude(pack_id__in=[id for id, _ in pages]).filter(edited_by_person=False).delete()
    loaded += load_rows(FormSetting, settings)
    _record("form", loaded, by=by, now=now)
    return loaded


def _record(kind: str, loaded: Loaded, *, by: Actor, now: datetime) -> None:
    if loaded.added or loaded.changed:
        audit.record(
            f"intake.{kind}.load",
            f"intake.{kind}",
            "-",
            by=by,
            now=now,
            details={"added": len(loaded.added), "changed": len(loaded.changed)},
        )
