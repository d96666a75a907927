"""Whether the parts of a pack fit each other. Each finding says where, what is wrong and what to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import combinations
from pathlib import Path
from zoneinfo import available_timezones

from mlinzi.casework.rules import why_not_table
from mlinzi.site.packs.basics import Refers, Translated
from mlinzi.site.packs.checks_form import check_drawings, check_form
from mlinzi.site.packs.reading import PLACES_FILE, PackError, Problem, read_pack
from mlinzi.site.packs.schema import RISKS, Deadline, DemoPerson, Pack, Place, ProvisionState, Role
from mlinzi.site.packs.walking import Leaf, leaves
from mlinzi.site.packs.wording import avoided_terms
from mlinzi.site.packs.work import at_risk

MOST_PUBLIC_CATEGORIES = 14  # more choices than fit two screens of a small phone are not read
SELF_ACTION = "access.self.use"
DEADLINE_ACTION = "casework.deadline.see"


def check_pack(folder: Path, *, actions: frozenset[str] | None = None) -> list[Problem]:
    """Everything that is wrong with the pack in `folder`; an empty list means that it can be loaded.

    actions: the actions that the code declares; given, a role may only be granted these.
    Raises nothing for a bad pack: files that cannot be read are problems too.
    """
    try:
        pack = read_pack(folder)
    except PackError as error:
        return error.problems
    return [*problems_of(pack), *_unknown_actions(pack, actions)]


def problems_of(pack: Pack) -> list[Problem]:
    """Everything by which the parts of a pack that was read do not fit each other."""
    return [problem for check in _CHECKS for problem in check(pack)]


def _by_leaf(pack: Pack) -> Iterator[Problem]:
    collections = _collections(pack)
    for leaf in leaves(pack):
        if leaf.value is None:
            continue
        for mark in leaf.marks:
            if isinstance(mark, Translated):
                yield from _translations(leaf, pack.languages)
            elif isinstance(mark, Refers) and leaf.value not in collections[mark.to]:
                what = mark.to.replace("_", " ")
                wrong = f"'{leaf.value}' is not among the {what}"
                yield Problem(leaf.file, leaf.place, wrong, "Correct the spelling or add it there.")
        for term, better in avoided_terms(leaf, pack.manifest.wording):
            yield Problem(leaf.file, leaf.place, f"it says '{term}'", f"Say: {better}.")


def _translations(leaf: Leaf, languages: tuple[str, ...]) -> Iterator[Problem]:
    for language in languages:
        if language not in leaf.value:
            yield Problem(leaf.file, leaf.place, f"the text in '{language}' is missing", "Translate it.")
    for language in leaf.value.keys() - set(languages):
        wrong = f"it has a text in '{language}', which is no language of this pack"
        yield Problem(leaf.file, leaf.place, wrong, "Take it out, or add the language to pack.yaml.")
    if len({frozenset(re.findall(r"\{[^}]*\}", text)) for text in leaf.value.values()}) > 1:
        wrong = "the placeholders in braces differ between languages"
        yield Problem(leaf.file, leaf.place, wrong, "Use the same ones in each.")


def _collections(pack: Pack) -> dict[str, frozenset[str]]:
    return {name: frozenset(ids) for name, (_, ids) in _ids(pack).items()}


def _ids(pack: Pack) -> dict[str, tuple[str, list[str]]]:
    manifest, law, demo = pack.manifest, pack.law, pack.demo
    return {
        "languages": ("pack.yaml", [row.id for row in manifest.languages]),
        "place_levels": ("pack.yaml", [row.id for row in manifest.place_levels]),
        "classifications": ("pack.yaml", [row.id for row in manifest.classifications]),
        "sources": ("sources.yaml", [row.id for row in pack.sources]),
        "places": (PLACES_FILE, [row.id for row in pack.places]),
        "agency_kinds": ("agencies.yaml", [row.id for row in pack.agencies.kinds]),
        "agencies": ("agencies.yaml", [row.id for row in pack.agencies.agencies]),
        "services": ("services.yaml", [row.id for row in pack.services]),
        "categories": ("categories.yaml", [row.id for row in pack.categories]),
        "destinations": ("destinations.yaml", [row.id for row in pack.destinations]),
        "roles": ("roles.yaml", [row.id for row in pack.roles]),
        "ladders": ("deadlines.yaml", [row.id for row in pack.deadlines.ladders]),
        "instruments": ("law.yaml", [row.id for row in law.instruments]),
        "provisions": ("law.yaml", [row.id for row in law.provisions]),
        "facts": ("law.yaml", [row.id for row in law.facts]),
        "answers": ("public.yaml", [row.id for row in pack.public.answers]),
        "emergency numbers": ("public.yaml", [row.id for row in pack.public.emergency]),
        "referral outcomes": ("sharing.yaml", [row.id for row in pack.sharing.outcomes]),
        **{
            f"care: {name}": ("care.yaml", [row.id for row in rows])
            for name, rows in pack.care.lists().items()
        },
        "triage rows": ("triage.yaml", [id for id, _ in pack.triage.stored()]),
        "risk questions": ("care.yaml", [row.id for row in pack.care.risk.questions]),
        "pages": ("form.yaml", [row.id for row in pack.form.pages]),
        "near": ("form.yaml", [row.id for row in pack.form.near]),
        "demo_organisations": ("demo.yaml", [row.id for row in demo.organisations]),
        "people": ("demo.yaml", [row.id for row in demo.people]),
    }


def _twice(file: str, place: str, keys: Iterable[Hashable], cure: str) -> Iterator[Problem]:
    for key, count in Counter(keys).items():
        if count > 1:
            name = ", ".join(map(str, key)) if isinstance(key, tuple) else key
            yield Problem(file, place, f"'{name}' stands here {count} times", cure)


def _unique(pack: Pack) -> Iterator[Problem]:
    for name, (file, ids) in _ids(pack).items():
        yield from _twice(file, name.replace("_", " "), ids, "Give each its own id.")
    cure = "Give each place its own number."
    for column in ("national_code", "iso_code"):
        numbers = [(p.level, value) for p in pack.places if (value := getattr(p, column)) is not None]
        yield from _twice(PLACES_FILE, column, numbers, cure)
    registry = [(p.provenance, p.registry_code) for p in pack.places if p.registry_code]
    yield from _twice(PLACES_FILE, "registry_code", registry, cure)
    yield from _twice("categories.yaml", "order", (c.order for c in pack.categories), "Give each its own.")
    lines = [line.number for line in pack.public.emergency]
    yield from _twice("public.yaml", "emergency → number", lines, "Name each number once.")
    codes = [(name, code) for d in pack.destinations for name, some in d.codes.items() for code in some]
    yield from _twice("destinations.yaml", "codes", codes, "Map a code to one destination only.")


def _places(pack: Pack) -> Iterator[Problem]:
    parent_level = {level.id: level.parent for level in pack.manifest.place_levels}
    by_id = {place.id: place for place in pack.places}
    for place in pack.places:
        above = by_id[place.parent].level if place.parent in by_id else None
        if place.level in parent_level and above != parent_level[place.level]:
            wanted = parent_level[place.level] or "nothing"
            wrong = f"a {place.level} lies below {wanted}, but this one lies below {above or 'nothing'}"
            yield Problem(PLACES_FILE, place.id, wrong, "Correct its parent or its level.")
    if not pack.areas:
        wrong = f"there is no place of the level '{pack.manifest.area_level}'"
        yield Problem(PLACES_FILE, "level", wrong, "Add the places for which officers are responsible.")
    yield from _numbering(pack, by_id)


def _numbering(pack: Pack, by_id: dict[str, Place]) -> Iterator[Problem]:
    for place in pack.areas:
        if place.national_code is None or place.iso_code is None:
            yield Problem(PLACES_FILE, place.id, "it lacks one of its two numbers", "Give both.")
    for place in pack.places:
        if place.iso_code and not place.iso_code.startswith(f"{pack.manifest.country_code}-"):
            wrong = f"its ISO code {place.iso_code} belongs to another country"
            yield Problem(PLACES_FILE, place.id, wrong, "Look it up in ISO 3166-2.")
    for known in pack.manifest.numbering_check:
        listed = by_id.get(known.place)
        if listed and (listed.national_code, listed.iso_code) != (known.national_code, known.iso_code):
            wrong = (
                f"it has the numbers {listed.national_code} and {listed.iso_code}, "
                f"but pack.yaml knows {known.national_code} and {known.iso_code}"
            )
            cure = "The national and the ISO numbering were mixed: correct whichever is wrong."
            yield Problem(PLACES_FILE, known.place, wrong, cure)


def _time_zone(pack: Pack) -> Iterator[Problem]:
    if pack.manifest.time_zone not in available_timezones():
        wrong = f"'{pack.manifest.time_zone}' is no time zone"
        yield Problem("pack.yaml", "time_zone", wrong, "Write its name as in Africa/Cairo.")


def _certainty(pack: Pack) -> Iterator[Problem]:
    unread = {source.id for source in pack.sources if source.type == "none"}
    found = {(leaf.file, leaf.place): leaf.value for leaf in leaves(pack)}
    for (file, place), certainty in found.items():
        record, _, field = place.rpartition("certainty")
        source = found.get((file, f"{record}source"))
        if field == "" and certainty in ("seen", "press") and source in unread:
            wrong = f"it is marked '{certainty}', but its source is '{source}': no text was read"
            yield Problem(file, place, wrong, "Name the source, or mark it general.")


def _codes(pack: Pack) -> Iterator[Problem]:
    unread = {c.id for c in pack.manifest.classifications if c.certainty in ("general", "none_found")}
    rows = [("services.yaml", s.id, s.codes) for s in pack.services]
    rows += [("categories.yaml", c.id, c.codes) for c in pack.categories]
    rows += [("destinations.yaml", d.id, d.codes) for d in pack.destinations]
    for file, row, codes in rows:
        for name in unread & {name for name, some in codes.items() if some}:
            cure = "Empty the list, or read the list's own publication and raise its certainty in pack.yaml."
            yield Problem(file, row, f"it has codes of '{name}', which nobody has read yet", cure)


def _public(pack: Pack) -> Iterator[Problem]:
    shown = len(pack.public_categories)
    if not 1 <= shown <= MOST_PUBLIC_CATEGORIES:
        wrong = f"{shown} categories are public"
        cure = f"Offer the reporter between 1 and {MOST_PUBLIC_CATEGORIES}."
        yield Problem("categories.yaml", "public", wrong, cure)


def _roles(pack: Pack) -> Iterator[Problem]:
    for role in pack.roles:
        names = {grant.action for grant in role.grants}
        yield from _twice(
            "roles.yaml",
            role.id,
            (g.action for g in role.grants),
            "Grant an action once, with its widest scope.",
        )
        administers = sorted(name for name in names if name.startswith("access.") and name != SELF_ACTION)
        works_on = sorted(name for name in names if name.startswith("casework."))
        if administers and works_on:
            wrong = f"it has both {administers[0]} and {works_on[0]}"
            cure = "Whoever gives access must not read cases: make two roles of it."
            yield Problem("roles.yaml", role.id, wrong, cure)
        if (SELF_ACTION, "own") not in {(grant.action, grant.scope) for grant in role.grants}:
            yield Problem(
                "roles.yaml", role.id, f"it lacks {SELF_ACTION} own", "Grant it: everybody signs in."
            )


def _unknown_actions(pack: Pack, actions: frozenset[str] | None) -> Iterator[Problem]:
    for role in pack.roles:
        for grant in role.grants:
            if actions is not None and grant.action not in actions:
                wrong = f"no room declares the action {grant.action}"
                yield Problem("roles.yaml", role.id, wrong, "Correct its spelling or take it out.")


def _triage(pack: Pack) -> Iterator[Problem]:
    known = {category.id for category in pack.categories} | {"none", "other"}
    for row in (*pack.triage.first, *pack.triage.after):
        named = row.when.get("category", ())
        for category in () if isinstance(named, int) else named:
            if category not in known:
                wrong = f"'{category}' is not among the categories"
                yield Problem("triage.yaml", row.id, wrong, "Correct the spelling or add it there.")
    for reason in why_not_table(pack.triage.table(), pack.triage.examples()):
        yield Problem("triage.yaml", "examples", reason, "Move the row, or correct row or example.")


def _deadlines(pack: Pack) -> Iterator[Problem]:
    rows = pack.deadlines
    file, cure = "deadlines.yaml", "Keep one row."
    by_risk = (
        ("triage", rows.triage, "nothing says how long {} risk may wait"),
        ("glass_review", rows.glass_review, "nothing says how soon an opening in need at {} risk is judged"),
        (
            "on_the_day",
            rows.on_the_day,
            "nothing says when a day is over on which something at {} risk is due",
        ),
        ("help", rows.help, "nothing says how long promised help at {} risk may take"),
        ("orders", rows.orders, "nothing says how long an answer to an order at {} risk may take"),
    )
    for name, table, _wrong in by_risk:
        yield from _twice(file, name, (row.risk for row in table), cure)
    yield from _twice(file, "referral_defaults", (row.risk for row in rows.referral_defaults), cure)
    yield from _twice(file, "referrals", ((row.risk, row.service) for row in rows.referrals), cure)
    for risk in RISKS:
        for name, table, wrong in by_risk:
            if at_risk(table, risk) is None:
                yield Problem(file, name, wrong.format(risk), "Add a row.")
        open_services = [s.id for s in pack.services if rows.referral_for(risk, s.id) is None]
        if open_services:
            wrong = f"nothing says how long a referral for {open_services[0]} at {risk} risk may wait"
            yield Problem(file, "referral_defaults", wrong, f"Add a default for {risk} risk.")
    named: list[tuple[str, Iterable[Deadline]]] = [
        *((name, table) for name, table, _wrong in by_risk),
        ("referral_defaults", rows.referral_defaults),
        ("referrals", rows.referrals),
    ]
    for name, deadlines in named:
        for deadline in deadlines:
            if deadline.risk in pack.calendar.round_the_clock and deadline.clock != "always":
                wrong = f"{deadline.risk} risk waits for office hours, but calendar.yaml says round the clock"
                yield Problem(file, name, wrong, "Write clock: always.")


def _told_when_late(pack: Pack) -> Iterator[Problem]:
    sees = {role.id for role in pack.roles if any(g.action == DEADLINE_ACTION for g in role.grants)}
    known = {role.id for role in pack.roles}
    for ladder in pack.deadlines.ladders:
        for role in sorted({rung.role for rung in ladder.rungs if rung.role in known} - sees - {None}):
            wrong = f"{role} is told of lateness but lacks {DEADLINE_ACTION}"
            yield Problem("deadlines.yaml", ladder.id, wrong, "Grant it in roles.yaml or tell somebody else.")


def _states(pack: Pack) -> Iterator[Problem]:
    def overlap(one: ProvisionState, other: ProvisionState) -> bool:
        first, second = sorted((one, other), key=lambda state: state.since)
        return first.until is None or first.until >= second.since

    for one, other in combinations(pack.law.states, 2):
        if one.provision == other.provision and overlap(one, other):
            wrong = f"two states hold on {max(one.since, other.since)}"
            yield Problem(
                "law.yaml", f"states → {one.provision}", wrong, "End the first before the second begins."
            )


def _demo(pack: Pack) -> Iterator[Problem]:
    offered = {service.id: service.offered_by for service in pack.services}
    for organisation in pack.demo.organisations:
        for service in organisation.services:
            if service in offered and organisation.kind not in offered[service]:
                wrong = f"a {organisation.kind} does not offer {service}"
                yield Problem("demo.yaml", organisation.id, wrong, "See offered_by in services.yaml.")
    roles = {role.id: role for role in pack.roles}
    kinds = {organisation.id: organisation.kind for organisation in pack.demo.organisations}
    areas = {place.id for place in pack.areas}
    for person in pack.demo.people:
        if person.role in roles and person.organisation in kinds:
            yield from _person(person, roles[person.role], kinds[person.organisation], areas)
    for role_id in roles.keys() - {person.role for person in pack.demo.people}:
        yield Problem("demo.yaml", "people", f"nobody has the role {role_id}", "Add a person.")
    for category in {c.id for c in pack.public_categories} - {n.category for n in pack.demo.narratives}:
        yield Problem("demo.yaml", "narratives", f"there is none for {category}", "Add one.")


def _person(person: DemoPerson, role: Role, kind: str, areas: set[str]) -> Iterator[Problem]:
    if kind not in role.agency_kinds:
        wrong = f"a {kind} has no {role.id}"
        yield Problem("demo.yaml", person.id, wrong, "See agency_kinds in roles.yaml.")
    if any(grant.scope == "area" for grant in role.grants) and not person.areas:
        yield Problem("demo.yaml", person.id, f"{role.id} needs an area", "Name at least one place.")
    for area in sorted(set(person.areas) - areas):
        wrong = f"'{area}' is not a place for which officers are responsible"
        yield Problem("demo.yaml", person.id, wrong, "Name a place of the level area_level.")


_CHECKS: tuple[Callable[[Pack], Iterator[Problem]], ...] = (
    _by_leaf,
    _unique,
    _places,
    _time_zone,
    _certainty,
    _codes,
    _public,
    check_form,
    check_drawings,
    _roles,
    _triage,
    _deadlines,
    _told_when_late,
    _states,
    _demo,
)
