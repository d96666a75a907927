"""The copy that leaves a case: what an officer chose, on what ground, and nothing else."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from mlinzi.access.rules import Officer, allowed
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.people import people_to_share
from mlinzi.casework.models import Case, Referral, RestsOn, Transfer
from mlinzi.casework.rules import Action, Basis, PersonField, Purpose, Receiving, Shared
from mlinzi.directory import reads as directory
from mlinzi.intake import reads as intake
from mlinzi.intake.rules import clean_text, details_from
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText


@dataclass(frozen=True)
class Wish:
    """What an officer asks of whom, and what is shared for it.

    Args:
        to: the receiving organisation's uuid as text. service: a service's pack id; "" for a transfer.
        shared: the items chosen, see `rules.item`; a bare kind stands for all of it in the case.
        note: words to the receiver. basis: on what ground it is shared; provision: of law, for that ground.
        reason: why it is best for the child, for that ground.
        address, again: where a link goes by which an organisation without account answers, typed twice.
        seen: `digest_of` the copy that the officer looked at; "" where nobody did.
    """

    to: str
    service: str
    shared: frozenset[str]
    basis: Basis
    note: str = field(default="", repr=False)
    provision: str = ""
    reason: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    again: str = field(default="", repr=False)
    seen: str = ""


@dataclass(frozen=True)
class Ground:
    """What a wish came to: the items spelled out, and the consents on which they rest."""

    items: frozenset[str]
    consents: frozenset[str]


def ground_of(case: Case, wish: Wish, *, by: Officer, now: datetime) -> tuple[Ground, list[str], bool]:
    """The ground of a wish, the reasons against it, and whether every item chosen belongs to the case."""
    offered = {one.code for one in reads.shareable(case)}
    items = rules.spelled_out(wish.shared, offered)
    inside = items <= offered
    if wish.basis == Basis.CONSENT:
        to, consents = _receiving(wish), reads.live_consents(case)
        rests_on = rules.carrying(consents, items, to)
        return Ground(items, rests_on), rules.why_not_consented(consents, items, to), inside
    if wish.basis == Basis.LAW:
        holds = any(p.pack_id == wish.provision for p in reads.provisions(now=now))
        return Ground(items, frozenset()), rules.why_not_on_law(wish.provision, in_force=holds), inside
    reasons = []
    if not allowed(by, Action.CASE_OVERRIDE, reads.relation_of(case)):
        reasons.append("Your role may not share without consent; ask a colleague whose role may.")
    if not wish.reason.strip():
        reasons.append("Say why it is best for the child, so that a second person can judge it.")
    return Ground(items, frozenset()), reasons, inside


def _receiving(wish: Wish) -> Receiving:
    try:
        kind = directory.organisation(wish.to).kind.pack_id
    except (NotFound, ValueError):
        kind = ""
    return Receiving(wish.to, kind, wish.service)


def copy_of(
    case: Case, wish: Wish, items: Collection[str], *, by: Officer, now: datetime, keys: KeyRing
) -> dict[str, Any]:
    """The copy as the receiver will read it; what was not chosen is not in it at all.

    What is sealed is opened for it, recorded first. Call it outside a transaction.
    """
    texts = _opened(case, items, by=by, now=now, keys=keys)
    clear: Mapping[str, Any] = {
        Shared.AREA: case.area.name if case.area else "",
        Shared.CATEGORY: case.category.officer_label if case.category else {},
        Shared.RECEIVED: case.received_at.isoformat(),
    }
    kinds = {rules.kind_of(code) for code in items}
    found: dict[str, Any] = {}
    for kind in Shared:
        if kind is Shared.PERSON and kind in kinds:
            found[kind.value] = _people(case, items, by=by, now=now, keys=keys)
        elif kind in kinds:
            found[kind.value] = texts.get(kind, []) if kind in rules.SEALED_ITEMS else clear[kind]
    return {"items": found, "note": clean_text(wish.note)}


def _people(
    case: Case, items: Collection[str], *, by: Officer, now: datetime, keys: KeyRing
) -> list[dict[str, Any]]:
    """The people of whom something was chosen: part, and the chosen fields that hold something."""
    wanted = [
        (UUID(of), PersonField(name))
        for kind, of, name in (code.split(":") for code in items if rules.kind_of(code) == Shared.PERSON)
    ]
    return [
        {"part": person.part, "fields": {name.value: text for name, text in fields.items()}}
        for person, fields in people_to_share(case, wanted, by=by, now=now, keys=keys)
    ]


def _opened(
    case: Case, items: Collection[str], *, by: Officer, now: datetime, keys: KeyRing
) -> dict[str, list[str]]:
    """The texts of reports that were chosen, in clear, by kind, in the order of the reports."""
    things = list(sealed_items(case, items))
    if not things:
        return {}
    texts = vault.open_all(
        [thing for _, thing in things],
        action=Action.CASE_REFER,
        relation=reads.relation_of(case),
        object_type=reads.CASE,
        object_id=case.id,
        purpose=Purpose.REFERRAL,
        by=by,
        now=now,
        keys=keys,
        recorded_as="casework.case.share",
    )
    found: dict[str, list[str]] = {}
    for (kind, _), text in zip(things, texts, strict=True):
        said = links_in(text) if kind == Shared.LINKS else text
        if said:
            found.setdefault(kind, []).append(said)
    return found


def sealed_items(case: Case, items: Collection[str]) -> Iterable[tuple[str, SealedText]]:
    """The sealed texts of a case's reports that were chosen, each with its kind, by report."""
    fields = {"narrative": Shared.WHAT_HAPPENED, "where_online": Shared.WHERE_ONLINE, "details": Shared.LINKS}
    wanted = {UUID(code.split(":")[1]) for code in items if rules.kind_of(code) in rules.SEALED_ITEMS}
    rows = case.reports.filter(report_id__in=wanted).select_related("report")
    for row in rows.order_by("report__received_at", "pk"):
        for thing in (*intake.sealed_texts(row.report), *intake.sealed_details(row.report)):
            if rules.item(fields[thing.name], row.report_id) in items:
                yield fields[thing.name], thing


def links_in(text: str) -> str:
    """Service, account and link out of the details of a report; nothing else of them."""
    details = details_from(json.loads(text))
    return "\n".join(said for said in (details.service, details.account, details.link) if said)


def sealed_copy(copy: Mapping[str, Any], record: str, id: object, *, keys: KeyRing) -> bytes:
    """A copy as it is kept: sealed for the record that carries it."""
    return vault.seal_text(json.dumps(copy, ensure_ascii=False), record, id, "shared", keys=keys)


def digest_of(copy: Mapping[str, Any]) -> str:
    """A copy's mark, by which one that has changed since somebody looked at it is known."""
    return hashlib.sha256(json.dumps(copy, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def check_seen(wish: Wish, copy: Mapping[str, Any]) -> None:
    """Refuse to send what the officer did not see."""
    if wish.seen and wish.seen != digest_of(copy):
        raise Refused(["What would be shared has changed since you looked at it; look at it again."])


def rest(ground: Ground, *, referral: Referral | None = None, transfer: Transfer | None = None) -> None:
    """Note on which consents a referral or a transfer rests."""
    RestsOn.objects.bulk_create(
        RestsOn(consent_id=UUID(id), referral=referral, transfer=transfer) for id in sorted(ground.consents)
    )


def item_details(wish: Wish, items: Collection[str]) -> dict[str, str | int]:
    """What the audit log keeps of what was shared: each item's code, never what stands in it."""
    codes = {f"item_{at}": code for at, code in enumerate(sorted(items), start=1)}
    kinds = ",".join(sorted({rules.kind_of(code) for code in items}))
    law = {"provision": wish.provision} if wish.basis == Basis.LAW else {}
    return {"to": wish.to, "service": wish.service, "basis": str(wish.basis), "shared": kinds, **law, **codes}
