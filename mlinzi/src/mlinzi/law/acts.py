"""Load a pack's law and facts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from mlinzi.audit import acts as audit
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.packed import FromPack, Loaded, load_rows
from mlinzi.law import models

Rows = Iterable[tuple[str, Mapping[str, Any]]]


@transaction.atomic
def load(
    *, instruments: Rows, provisions: Rows, states: Rows, facts: Rows, by: Actor, now: datetime
) -> Loaded:
    """Load instruments, their provisions, the provisions' states by date, and facts.

    `instrument` in a provision and `provision` in a state are pack ids.
    1. load each after what it points at, 2. record.
    """
    total = load_rows(models.Instrument, instruments)
    total += load_rows(models.Provision, _linked(provisions, "instrument", models.Instrument))
    total += load_rows(models.StateOfProvision, _linked(states, "provision", models.Provision))
    total += load_rows(models.Fact, facts)
    if total.added or total.changed:
        audit.record(
            "law.pack.load",
            "law.fact",
            "-",
            by=by,
            now=now,
            details={"added": len(total.added), "changed": len(total.changed), "kept": len(total.kept)},
        )
    return total


def _linked(rows: Rows, name: str, model: type[FromPack]) -> Rows:
    held = {row.pack_id: row for row in model._default_manager.all()}
    return [(key, {**values, name: held[values[name]]}) for key, values in rows]
