"""The public form of a pack as rows for the door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlinzi.site.packs.form import FormField, FormPage
from mlinzi.site.packs.schema import Pack, Sourced

Row = tuple[str, Mapping[str, Any]]


def form_pages(pack: Pack) -> list[Row]:
    """The pages, in their order."""
    return [(page.id, _page(page, order)) for order, page in enumerate(pack.form.pages, start=1)]


def _page(page: FormPage, order: int) -> dict[str, Any]:
    return {
        "order": order,
        "ask": page.ask,
        "lead": page.lead or {},
        "fields": [_field(field) for field in page.fields],
        "when": [{name: list(answers) for name, answers in one.items()} for one in page.when],
        "shows": list(page.shows),
    }


def _field(field: FormField) -> dict[str, Any]:
    return {
        "id": field.id,
        "label": field.label or {},
        "hint": field.hint or {},
        "choices": [
            {"id": c.id, "label": c.label, "hint": c.hint or {}, "drawing": c.drawing or ""}
            for c in field.choices
        ],
    }


def form_settings(pack: Pack) -> list[Row]:
    """What the door is told besides the pages. A country without a line for support has an empty one."""
    form = pack.form
    near = [
        {"id": n.id, "label": n.label, "when": n.when, "hours": n.hours or {}, "area": n.area or ""}
        | _sourced(pack, n)
        for n in form.near
    ]
    support: dict[str, Any] = {}
    if line := form.support:
        support = {"id": line.id, "number": line.number, "label": line.label, "when": line.when}
        support |= {"free": line.free, "hours": line.hours or {}} | _sourced(pack, line)
    values: dict[str, Any] = {
        "flood": {"per_minute": form.flood.per_minute, "per_ten_minutes": form.flood.per_ten_minutes},
        "copies": {"from": form.copies.from_, "within_hours": form.copies.within_hours},
        "near": near,
        "support": support,
        "acknowledgement": form.acknowledgement,
    }
    return [(name, {"value": value}) for name, value in values.items()]


def _sourced(pack: Pack, thing: Sourced) -> dict[str, Any]:
    names = {source.id: source.name for source in pack.sources}
    return {"certainty": thing.certainty, "source": names.get(thing.source, "")}
