"""Bring a checked pack into the database, room by room. The only code that knows both the pack and all
rooms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from mlinzi.access import acts as access
from mlinzi.casework import acts as casework
from mlinzi.deadlines import acts as deadlines
from mlinzi.directory import acts as directory
from mlinzi.industry import acts as industry
from mlinzi.intake import acts as intake
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.packed import Loaded
from mlinzi.law import acts as law
from mlinzi.site.packs.loading_form import form_pages, form_settings
from mlinzi.site.packs.schema import Deadline, Pack, Sourced

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEARS_AHEAD = 10
Row = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class LoadedPack:
    """What a load did, by kind of row."""

    kinds: Mapping[str, Loaded]

    @property
    def total(self) -> Loaded:
        total = Loaded()
        for loaded in self.kinds.values():
            total += loaded
        return total


@transaction.atomic
def load_pack(pack: Pack, *, by: Actor, now: datetime) -> LoadedPack:
    """Load a pack: all of it or nothing.

    Safe to repeat: a row that did not change is left alone, and a row that a person edited keeps the edit.
    Rooms are loaded from the bottom of the staircase up, since rows point downwards.
    """
    kinds: dict[str, Loaded] = {}
    for kind, rows in _directory_rows(pack):
        kinds[kind] = directory.load(kind, rows, by=by, now=now)
    kinds["place"] = directory.load_places(_places(pack), by=by, now=now)
    kinds["organisation"] = directory.load_organisations(_agencies(pack), by=by, now=now)
    kinds["law"] = law.load(
        instruments=_instruments(pack),
        provisions=_provisions(pack),
        states=_states(pack),
        facts=_facts(pack),
        by=by,
        now=now,
    )
    kinds["role"] = access.load_roles(_roles(pack), by=by, now=now)
    kinds["deadline"] = deadlines.load(terms=_terms(pack), calendar=_calendar(pack, now.year), by=by, now=now)
    kinds["category"] = intake.load_categories(_categories(pack), by=by, now=now)
    kinds["form"] = intake.load_form(pages=form_pages(pack), settings=form_settings(pack), by=by, now=now)
    kinds["sharing"] = casework.load_sharing(
        outcomes=_outcomes(pack),
        terms=[
            ("guest_link", {"hours": pack.sharing.guest_link.hours}),
            ("review", {"hours": pack.sharing.review.hours}),
            ("entry", {"hours": pack.sharing.entry.days * 24}),
        ],
        by=by,
        now=now,
    )
    kinds["care"] = casework.load_care(items=_care_items(pack), risk=[("risk", _risk(pack))], by=by, now=now)
    kinds["duty"] = industry.load_duties(pack.duties.rows(), by=by, now=now)
    kinds["triage"] = casework.load_triage(pack.triage.stored(), by=by, now=now)
    return LoadedPack(kinds)


def _outcomes(pack: Pack) -> list[Row]:
    return [
        (o.id, {"label": o.label, "answers": [f"answer.{id}" for id in o.answers], "order": order})
        for order, o in enumerate(pack.sharing.outcomes, start=1)
    ]


def _care_items(pack: Pack) -> list[Row]:
    return [
        (
            f"{name}.{row.id}",
            {
                "group": name,
                "code": row.id,
                "label": row.label,
                "codes": list(row.codes),
                "term": getattr(row, "term", ""),
                "order": order,
            },
        )
        for name, rows in pack.care.lists().items()
        for order, row in enumerate(rows, start=1)
    ]


def _risk(pack: Pack) -> dict[str, Any]:
    risk = pack.care.risk
    return {
        "version": risk.version,
        "medium_from": risk.medium_from,
        "high_from": risk.high_from,
        "questions": [question.model_dump() for question in risk.questions],
    }


def _directory_rows(pack: Pack) -> Iterator[tuple[str, list[Row]]]:
    m = pack.manifest
    yield (
        "country",
        [
            (
                m.id,
                {
                    "name": m.name,
                    "country_code": m.country_code,
                    "languages": list(pack.languages),
                    "time_zone": m.time_zone,
                    "area_level": m.area_level,
                    "pack_version": m.version,
                    "phone_prefix": m.phone_prefix or "",
                    "child_age_limit": m.child_age_limit.value,
                },
            )
        ],
    )
    yield "agency_kind", [(kind.id, {"label": kind.label}) for kind in pack.agencies.kinds]
    yield "service", [(s.id, {"label": s.label, "codes": dict(s.codes)}) for s in pack.services]
    yield (
        "destination",
        [
            (d.id, {"label": d.label, "state": d.state, "code": next(iter(dict(d.codes).values()), "")})
            for d in pack.destinations
        ],
    )
    yield (
        "emergency_number",
        [
            (
                n.id,
                {
                    "number": n.number,
                    "label": n.label,
                    "when": n.when,
                    "hours": n.hours or {},
                    "free": n.free,
                    "order": order,
                    "certainty": n.certainty,
                    "source": _source(pack, n),
                },
            )
            for order, n in enumerate(pack.public.emergency, start=1)
        ],
    )
    yield "public_text", [(key, {"text": text}) for key, text in _texts(pack)]


def _texts(pack: Pack) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The pack's public texts under the keys that pages ask for."""
    public = pack.public
    yield "site_name", public.site_name
    yield "exit_url", dict.fromkeys(pack.languages, public.exit_url)
    for number, line in enumerate(public.intro, start=1):
        yield f"intro.{number}", line
    for key in ("who_reads", "what_next", "limit_of_secrecy", "how_long"):
        yield key, getattr(public, key)
    for status in type(public.statuses).model_fields:
        yield f"status.{status}", getattr(public.statuses, status)
    for answer in public.answers:
        yield f"answer.{answer.id}", answer.text


def _source(pack: Pack, thing: Any) -> str:
    names = {source.id: source.name for source in pack.sources}
    return names.get(thing.source or "", "")


def _sourced(pack: Pack, thing: Sourced) -> dict[str, Any]:
    return {
        "certainty": thing.certainty,
        "source": _source(pack, thing),
        "as_of": thing.as_of,
        "reviewer": thing.reviewer or "",
        "note": getattr(thing, "note", None) or "",
    }


def _places(pack: Pack) -> list[Row]:
    return [
        (
            p.id,
            {
                "level": p.level,
                "parent": p.parent or "",
                "name": p.name,
                "national_code": str(p.national_code or ""),
                "iso_code": p.iso_code or "",
                "registry_code": p.registry_code or "",
                "provenance": p.provenance,
                "latitude": p.latitude,
                "longitude": p.longitude,
            },
        )
        for p in pack.places
    ]


def _agencies(pack: Pack) -> list[Row]:
    return [
        (
            agency.id,
            {
                "name": agency.name,
                "kind": agency.kind,
                "areas": [],
                "services": [s.id for s in pack.services if agency.kind in s.offered_by],
            },
        )
        for agency in pack.agencies.agencies
    ]


def _instruments(pack: Pack) -> list[Row]:
    return [
        (
            i.id,
            {
                "title": i.title,
                "year": i.year,
                "number": i.number or "",
                "commenced": i.commenced.date if i.commenced else None,
                **_sourced(pack, i),
            },
        )
        for i in pack.law.instruments
    ]


def _provisions(pack: Pack) -> list[Row]:
    return [
        (
            p.id,
            {
                "instrument": p.instrument,
                "number": p.number,
                "heading": p.heading or "",
                "summary": p.summary,
                **_sourced(pack, p),
            },
        )
        for p in pack.law.provisions
    ]


def _states(pack: Pack) -> list[Row]:
    return [
        (
            f"{s.provision}@{s.since.isoformat()}",
            {
                "provision": s.provision,
                "state": s.state,
                "since": s.since,
                "until": s.until,
                "basis": s.basis,
                **_sourced(pack, s),
            },
        )
        for s in pack.law.states
    ]


def _facts(pack: Pack) -> list[Row]:
    return [
        (
            f.id,
            {
                "statement": f.statement,
                "value": "" if f.value is None else str(f.value),
                "unit": f.unit or "",
                **_sourced(pack, f),
            },
        )
        for f in pack.law.facts
    ]


def _roles(pack: Pack) -> list[Row]:
    return [
        (
            role.id,
            {
                "label": role.label,
                "description": role.description,
                "agency_kinds": list(role.agency_kinds),
                "grants": [(grant.action, grant.scope, grant.why) for grant in role.grants],
            },
        )
        for role in pack.roles
    ]


ON_A_DAY = ("plan_review", "task", "help_again")
"""The kinds of deadline that end with a day that somebody chose."""


def _terms(pack: Pack) -> list[Row]:
    table = pack.deadlines
    rows = [(f"triage.{row.risk}", "triage", row, "") for row in table.triage]
    rows += [(f"glass_review.{row.risk}", "glass_review", row, "") for row in table.glass_review]
    rows += [(f"{kind}.{row.risk}", kind, row, "") for kind in ON_A_DAY for row in table.on_the_day]
    rows += [(f"help.{row.risk}", "help", row, "") for row in table.help]
    rows += [(f"order.{row.risk}", "order", row, "") for row in table.orders]
    rows += [(f"referral.{row.risk}", "referral", row, "") for row in table.referral_defaults]
    rows += [(f"referral.{row.risk}.{row.service}", "referral", row, row.service) for row in table.referrals]
    return [(key, _term(pack, kind, row, service)) for key, kind, row, service in rows]


def _term(pack: Pack, kind: str, row: Deadline, service: str) -> dict[str, Any]:
    ladder = [
        {"after_hours": rung.after_hours, "role": rung.role or rung.duty or "", "where": rung.where}
        for rung in pack.deadlines.rungs_for(row)
    ]
    clock = "always" if row.risk in pack.calendar.round_the_clock else row.clock
    return {
        "kind": kind,
        "risk": row.risk,
        "service": service,
        "hours": float(row.hours),
        "clock": clock,
        "reminder_before": float(row.reminder_before),
        "ladder": ladder,
        "basis": row.kind if row.kind == "proposal" else _source(pack, row),
    }


def _calendar(pack: Pack, year: int) -> list[Row]:
    calendar = pack.calendar
    days = {listed.date for listed in calendar.listed}
    for number in range(year - 1, year + YEARS_AHEAD + 1):
        for fixed in calendar.fixed:
            if (day := _day(number, fixed.month, fixed.day)) is not None:
                days.add(day)
    if calendar.sunday.moves:
        days |= {_next_free(day, days) for day in days if day.weekday() == 6}
    return [
        (
            pack.manifest.id,
            {
                "weekdays": [WEEKDAYS.index(day) for day in calendar.working_days],
                "opens": calendar.hours.opens,
                "closes": calendar.hours.closes,
                "holidays": sorted(day.isoformat() for day in days),
                "time_zone": pack.manifest.time_zone,
            },
        )
    ]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # 29 February in a common year
        return None


def _next_free(day: date, taken: set[date]) -> date:
    while day in taken:
        day += timedelta(days=1)
    return day


def _categories(pack: Pack) -> list[Row]:
    return [
        (
            c.id,
            {
                "public": c.public,
                "order": c.order,
                "label": c.label,
                "hint": c.hint or {},
                "drawing": c.drawing or "",
                "officer_label": c.officer_label,
                "base_urgency": c.base_urgency,
                "online": c.setting != "offline",
                "codes": {**dict(c.codes), **({"luxembourg": c.luxembourg} if c.luxembourg else {})},
            },
        )
        for c in pack.categories
    ]
