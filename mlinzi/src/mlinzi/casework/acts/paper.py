"""A summary of a case on paper: what an officer chose, for one receiver, marked on every page."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.template.defaultfilters import date as formatted
from django.utils import translation
from django.utils.translation import gettext as _

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import paper, reads, rules, words
from mlinzi.casework.acts.common import lock, remember_form
from mlinzi.casework.acts.people import people_to_share
from mlinzi.casework.acts.sharing import links_in, sealed_items
from mlinzi.casework.models import Case, PersonInCase, Summary
from mlinzi.casework.paper import Section, Sheet
from mlinzi.casework.rules import Action, Basis, PaperPlan, PersonField, Purpose, Receiving, Shared
from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.ids import spoken_number
from mlinzi.kernel.keyring import KeyRing
from mlinzi.kernel.packed import in_language
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText

Said = Sequence[tuple[str, str]]
"""Pairs of what a text is (an item's kind, or "note") and the text in clear."""


def summarise(
    number: str,
    plan: PaperPlan,
    *,
    form_key: bytes,
    folder: Path,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> Summary:
    """Make a summary of a case on paper. It becomes a sealed file of the case.

    1. find the case through the officer's eyes, carried out already? the same summary, 2. ask the rules,
    3. open what was chosen, recorded first, 4. typeset it and seal it into the vault folder, 5. in one
    transaction: lock, ask once more, name the file, write who got what, record.

    Raises `NotFound`, `Refused` with the reasons, or `paper.NoPaper`. Call it outside a transaction.
    """
    case = reads.case_for(number, Action.CASE_SUMMARISE, by=by)
    if made := _made(case, form_key, by):
        return made
    _ask(case, plan, now=now)
    said = _opened(case, plan, by=by, now=now, keys=keys)
    copy_id = spoken_number(12)
    with translation.override(plan.language):
        sheet = _sheet(case, plan, copy_id, said, by=by, now=now)
    name, pdf = f"summary-{copy_id}.pdf", paper.pdf_of(sheet)
    file = vault.seal_file([pdf], name, reads.CASE, case.id, folder=folder, by=by, now=now, keys=keys)
    with transaction.atomic():
        case = lock(case.id)
        if made := _made(case, form_key, by):
            return made
        _ask(case, plan, now=now)
        vault.store_file(file, by=by, now=now)
        summary = _write(case, plan, copy_id, file.id, by=by, now=now)
        remember_form(case, form_key, summary.id, by=by, now=now)
        return summary


def _made(case: Case, form_key: bytes, by: Officer) -> Summary | None:
    made = reads.made_by_form(case.id, by.id, form_key)
    return Summary.objects.get(id=made) if made else None


def _ask(case: Case, plan: PaperPlan, *, now: datetime) -> None:
    try:
        to = directory.organisation(str(UUID(plan.to)))
    except (NotFound, ValueError):
        to = None
    offered = {code for code, _place in reads.printable(case)}
    offered |= {one.code for one in reads.printable_people(case)}
    own = to is not None and to.pk == case.organisation_id
    reasons = rules.why_not_summarise(plan, offered=offered, receives=to is not None, to_self=own)
    if to and not reasons:
        if plan.basis == Basis.CONSENT:
            receiving = Receiving(plan.to, to.kind.pack_id, "")
            reasons = rules.why_not_consented(reads.live_consents(case), plan.items, receiving)
        else:
            holds = any(p.pack_id == plan.provision for p in reads.provisions(now=now))
            reasons = rules.why_not_on_law(plan.provision, in_force=holds)
    if reasons:
        raise Refused(reasons)


def _opened(case: Case, plan: PaperPlan, *, by: Officer, now: datetime, keys: KeyRing) -> Said:
    """The sealed texts that were chosen, in clear, in the order of the case."""
    people = _people(case, plan, by=by, now=now, keys=keys)
    things = [*sealed_items(case, plan.items), *_notes(case, plan)]
    if not things:
        return people
    texts = vault.open_all(
        [thing for _kind, thing in things],
        action=Action.CASE_SUMMARISE,
        relation=reads.relation_of(case),
        object_type=reads.CASE,
        object_id=case.id,
        purpose=Purpose.CASEWORK,
        by=by,
        now=now,
        keys=keys,
        recorded_as="casework.case.share",
    )
    found = [
        (kind, links_in(text) if kind == Shared.LINKS else text)
        for (kind, _thing), text in zip(things, texts, strict=True)
    ]
    return [*((kind, text) for kind, text in found if text), *people]


def _people(
    case: Case, plan: PaperPlan, *, by: Officer, now: datetime, keys: KeyRing
) -> list[tuple[str, str]]:
    """The facts of people that were chosen, a text for each person."""
    codes = [code.split(":") for code in plan.items if rules.kind_of(code) == Shared.PERSON]
    wanted = [(UUID(id), PersonField(name)) for _kind, id, name in codes]
    opened = people_to_share(case, wanted, by=by, now=now, keys=keys)
    with translation.override(plan.language):
        return [(Shared.PERSON, "\n".join(_lines(person, fields))) for person, fields in opened]


def _lines(person: PersonInCase, fields: Mapping[PersonField, str]) -> Iterator[str]:
    yield str(words.PART[person.part])
    for name, text in fields.items():
        yield f"{words.PERSON_FIELD[name]}: {text}"


def _notes(case: Case, plan: PaperPlan) -> Iterator[tuple[str, SealedText]]:
    wanted = {UUID(code.split(":")[1]) for code in plan.items if rules.kind_of(code) == rules.NOTE_ITEM}
    for note in case.notes.filter(id__in=wanted).order_by("written_at"):
        yield rules.NOTE_ITEM, SealedText(reads.NOTE, str(note.id), "text", bytes(note.sealed))


def _sheet(case: Case, plan: PaperPlan, copy_id: str, said: Said, *, by: Officer, now: datetime) -> Sheet:
    to, day = directory.organisation(plan.to).name, _day(now)
    paper_for = str(words.PAPER_FOR[plan.paper_for])
    maker = access.names_of({by.id}).get(by.id, "")
    facts = [
        (_("Made for"), f"{to}. {paper_for}."),
        (_("Made by"), f"{maker}, {day}"),
        (_("Shared because"), str(words.BASIS[plan.basis])),
        (_("Copy"), copy_id),
        *_clear(case, plan),
    ]
    kinds = [*Shared, rules.NOTE_ITEM]
    texts = {kind: tuple(text for one, text in said if one == kind) for kind in kinds}
    labels = {**words.SHARED, **words.PRINTED}
    return Sheet(
        title=_("Summary of case %(number)s") % {"number": case.number},
        language=plan.language,
        mark=(to, day, copy_id),
        facts=tuple(facts),
        sections=tuple(Section(str(labels[k]), texts[k]) for k in kinds if texts[k]),
        gap=_("Some characters of the texts could not be printed; read them on the screen."),
    )


def _clear(case: Case, plan: PaperPlan) -> Iterator[tuple[str, str]]:
    """The facts that were chosen and lie in clear."""
    unknown = _("Not known")
    if Shared.CATEGORY in plan.items:
        told = in_language(case.category.officer_label, plan.language) if case.category else unknown
        yield str(words.SHARED[Shared.CATEGORY]), told
    if Shared.AREA in plan.items:
        yield str(words.SHARED[Shared.AREA]), case.area.name if case.area else unknown
    if Shared.RECEIVED in plan.items:
        yield str(words.SHARED[Shared.RECEIVED]), _day(case.received_at)
    if rules.URGENCY_ITEM in plan.items:
        yield str(words.PRINTED[rules.URGENCY_ITEM]), str(words.URGENCY[case.urgency])


def _day(at: datetime) -> str:
    return str(formatted(at.astimezone(directory.time_zone()), "j F Y"))


def _write(case: Case, plan: PaperPlan, copy_id: str, file: UUID, *, by: Officer, now: datetime) -> Summary:
    summary = Summary.objects.create(
        copy_id=copy_id,
        case=case,
        to=directory.organisation(plan.to),
        paper_for=plan.paper_for,
        basis=plan.basis,
        provision=plan.provision if plan.basis == Basis.LAW else "",
        language=plan.language,
        items=sorted(plan.items),
        file=file,
        made_by_id=by.id,
        made_at=now,
    )
    codes = {f"item_{at}": code for at, code in enumerate(summary.items, start=1)}
    facts = {"to": plan.to, "for": plan.paper_for, "basis": plan.basis, "copy": copy_id}
    details: dict[str, str | int] = {**facts, **codes}
    audit.record("casework.case.summarise", reads.CASE, case.id, by=by, now=now, details=details)
    return summary


@transaction.atomic
def check_paper(copy_id: str, *, by: Officer, now: datetime) -> Summary | None:
    """Whose copy a sheet is, by the mark on it: 1. find it, 2. record that it was asked for.

    Returns None where no such copy was made. Nothing of the case is shown with it. The view asks for the
    right.
    """
    found = reads.summary_with(copy_id)
    object_id = found.id if found else ""
    audit.record("casework.summary.check", "casework.summary", object_id, by=by, now=now)
    return found
