"""What becomes of an order: drafted, decided by a second person, seen, answered, extended, ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.audit.rules import Detail
from mlinzi.casework import reads as casework
from mlinzi.casework.rules import Action as CaseAction
from mlinzi.deadlines import acts as deadlines
from mlinzi.deadlines.acts import Subject
from mlinzi.directory import reads as directory
from mlinzi.industry.models import Order
from mlinzi.industry.reads.orders import (
    ORDER,
    ended_by,
    is_ours,
    order_for,
    provisions,
    relation_of,
    sealed,
)
from mlinzi.industry.rules import Action
from mlinzi.industry.rules.orders import (
    MOVES,
    RUNNING,
    WAITING,
    Asked,
    OrderKind,
    OrderMove,
    OrderState,
    after,
    why_not_decide,
    why_not_extend,
    why_not_order,
)
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault import reads as stored
from mlinzi.vault.rules import FILE_LIMIT

CLOCK = "order"
"""The deadline table's kind for orders: from sending until the provider has answered."""


@dataclass(frozen=True)
class Wanted:
    """An order as somebody writes it. `about`: number of a case or a referral; `provider`: uuid."""

    about: str
    provider: str
    asked: Asked


def _matter(number: str, *, by: Officer) -> casework.OneCase:
    """The case that an order is about: one that the officer may see, or that of a referral sent to their
    office. Raises `NotFound`.
    """
    try:
        return casework.case_for(number, CaseAction.CASE_SEE, by=by)
    except NotFound:
        return casework.referral_for(number, CaseAction.REFERRAL_OPEN, by=by).case


@transaction.atomic
def draft_order(wanted: Wanted, *, form_key: bytes, by: Officer, now: datetime, keys: KeyRing) -> Order:
    """Write an order down; nobody outside the office knows of it. 1. may they, about this case, to this
    provider? written by this form already? 2. ask the rules, 3. seal, write, record.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    case, house = _matter(wanted.about, by=by), directory.organisation(by.organisation)
    if (found := Order.objects.filter(drafted_by_id=UUID(by.id), form_key=form_key).first()) is not None:
        return found
    asked = wanted.asked
    in_force = frozenset(one.pack_id for one in provisions(now=now))
    if reasons := why_not_order(asked, today=directory.local_day(now), provisions=in_force):
        raise Refused(reasons)
    order = Order(
        kind=asked.kind,
        case=case,
        organisation=house,
        provider=directory.provider_of(wanted.provider).organisation,
        basis=asked.basis,
        reference=asked.reference.strip(),
        until=asked.until,
        urgent=asked.urgent,
        drafted_by_id=UUID(by.id),
        drafted_at=now,
        form_key=form_key,
    )
    order.scope = vault.seal_text(asked.scope.strip(), ORDER, order.id, "scope", keys=keys)
    order.save(force_insert=True)
    _record("draft", order, by=by, now=now, kind=order.kind, provider=str(order.provider.uuid))
    return order


def _held(number: str, action: Action, *, by: Officer) -> Order:
    """An order that an officer may see for an action, locked. Raises `NotFound`."""
    rows = Order.objects.select_for_update(of=("self",)).select_related("organisation")
    return rows.get(pk=order_for(number, action, by=by).pk)


def _locked(number: str, action: Action, move: OrderMove, *, by: Officer) -> Order:
    """An order that this move can be made with, locked. Raises `NotFound` or `Refused`."""
    order = _held(number, action, by=by)
    if after(OrderState(order.state), move) is None:
        raise Refused(["This cannot be done any more: somebody was faster, or its last day is over."])
    return order


def _go(order: Order, move: OrderMove, *, by: Actor, now: datetime) -> None:
    """Write where an order stands after a move that can be made, and let its clock follow."""
    leads = MOVES[OrderState(order.state), move]
    order.state = leads
    if leads in {OrderState.ANSWERED, OrderState.DECLINED}:
        deadlines.meet(ORDER, str(order.id), CLOCK, by=by, now=now)
    elif leads not in WAITING:
        deadlines.drop(ORDER, str(order.id), by=by, now=now)
    if leads not in RUNNING:
        order.ended_at = now
    order.save()
    _record(move, order, by=by, now=now)


def _record(what: str, order: Order, *, by: Actor, now: datetime, **details: Detail) -> None:
    audit.record(f"industry.order.{what}", ORDER, order.id, by=by, now=now, details=details)


@transaction.atomic
def approve_order(number: str, *, by: Officer, now: datetime) -> None:
    """Send an order, as the second person: 1. find, lock, 2. somebody else than who wrote it? still lawful?
    3. write, start the clock, record. Raises `NotFound` or `Refused`.
    """
    order = _locked(number, Action.ORDER_DECIDE, OrderMove.APPROVE, by=by)
    reasons = why_not_decide(str(order.drafted_by_id), by=by.id)
    if order.basis not in {one.pack_id for one in provisions(now=now)}:
        reasons.append("The provision of law that this rests on is not in force any more.")
    if order.until <= directory.local_day(now):
        reasons.append("Its last day is over. Turn it down and write another.")
    if reasons:
        raise Refused(reasons)
    order.decided_by_id, order.sent_at = UUID(by.id), now
    _go(order, OrderMove.APPROVE, by=by, now=now)
    subject = Subject(
        ORDER, str(order.id), organisation=str(order.organisation.uuid), assignee=str(order.drafted_by_id)
    )
    risk = "high" if order.urgent else "low"
    deadlines.start(subject, CLOCK, risk=risk, service="", by=by, now=now)


@transaction.atomic
def turn_down_order(number: str, why: str, *, by: Officer, now: datetime, keys: KeyRing) -> None:
    """Say no to an order, as the second person; it never leaves the office. Raises `NotFound` or
    `Refused`.
    """
    order = _locked(number, Action.ORDER_DECIDE, OrderMove.TURN_DOWN, by=by)
    if reasons := why_not_decide(str(order.drafted_by_id), by=by.id):
        raise Refused(reasons)
    order.decided_by_id = UUID(by.id)
    _say(order, why, keys=keys)
    _go(order, OrderMove.TURN_DOWN, by=by, now=now)


@transaction.atomic
def withdraw_order(number: str, why: str, *, by: Officer, now: datetime, keys: KeyRing) -> None:
    """Take an order back that was not answered. Raises `NotFound` or `Refused`."""
    _end(number, Action.ORDER_DRAFT, OrderMove.WITHDRAW, why, by=by, now=now, keys=keys)


@transaction.atomic
def acknowledge_order(number: str, *, by: Officer, now: datetime) -> None:
    """Say that an order has reached the provider. Raises `NotFound` or `Refused`."""
    order = _locked(number, Action.ORDER_ANSWER, OrderMove.ACKNOWLEDGE, by=by)
    order.seen_at = now
    _go(order, OrderMove.ACKNOWLEDGE, by=by, now=now)


@dataclass(frozen=True)
class File:
    """A file that comes with an answer. `size`: in bytes, as announced; what arrives is counted."""

    name: str
    chunks: Iterable[bytes]
    size: int


def answer_order(
    number: str,
    words: str,
    file: File | None = None,
    *,
    folder: Path,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> None:
    """Answer an order: 1. find, ask the rules, 2. seal the file before the transaction, 3. lock, write, name
    the file, record. Raises `NotFound` or `Refused`.
    """
    found = order_for(number, Action.ORDER_ANSWER, by=by)
    if after(OrderState(found.state), OrderMove.ANSWER) is None:
        raise Refused(["Acknowledge the order first; one that was answered or has ended takes no answer."])
    if file and file.size > FILE_LIMIT:
        raise Refused([f"A file may have at most {FILE_LIMIT // 1024**2} MB. Divide it."])
    body = None
    if file:
        body = vault.seal_file(
            file.chunks, file.name[:200] or "file", ORDER, found.id, folder=folder, by=by, now=now, keys=keys
        )
    with transaction.atomic():
        order = _locked(number, Action.ORDER_ANSWER, OrderMove.ANSWER, by=by)
        _say(order, words, keys=keys)
        if body:
            vault.store_file(body, by=by, now=now)
        _go(order, OrderMove.ANSWER, by=by, now=now)


@transaction.atomic
def decline_order(number: str, why: str, *, by: Officer, now: datetime, keys: KeyRing) -> None:
    """Refuse an order, with the reason. Raises `NotFound` or `Refused`."""
    _end(number, Action.ORDER_ANSWER, OrderMove.DECLINE, why, by=by, now=now, keys=keys)


def _end(
    number: str, action: Action, move: OrderMove, why: str, *, by: Officer, now: datetime, keys: KeyRing
) -> None:
    order = _locked(number, action, move, by=by)
    _say(order, why, keys=keys)
    _go(order, move, by=by, now=now)


def _say(order: Order, words: str, *, keys: KeyRing) -> None:
    if not words.strip():
        raise Refused(["Say it in a sentence: whoever reads it later has nothing else."])
    order.answer = vault.seal_text(words.strip(), ORDER, order.id, "answer", keys=keys)


@transaction.atomic
def ask_longer(number: str, until: date, *, by: Officer, now: datetime) -> None:
    """Ask a second person to let an order hold longer. Raises `NotFound` or `Refused`."""
    order = _held(number, Action.ORDER_DRAFT, by=by)
    if reasons := _why_not_until(order, until, now=now):
        raise Refused(reasons)
    order.asked_until, order.asked_by_id = until, UUID(by.id)
    order.save(update_fields=["asked_until", "asked_by"])
    _record("ask_longer", order, by=by, now=now, until=until.isoformat())


@transaction.atomic
def decide_longer(number: str, agreed: bool, *, by: Officer, now: datetime) -> None:
    """Let an order hold longer, or not, as the second person. Raises `NotFound` or `Refused`."""
    order = _held(number, Action.ORDER_DECIDE, by=by)
    if order.asked_until is None:
        raise Refused(["Nobody asks for more time any more."])
    if reasons := why_not_decide(str(order.asked_by_id), by=by.id):
        raise Refused(reasons)
    if agreed:
        if reasons := _why_not_until(order, order.asked_until, now=now):
            raise Refused(reasons)
        order.until = order.asked_until
    order.asked_until, order.asked_by_id = None, None
    order.save(update_fields=["until", "asked_until", "asked_by"])
    _record("longer" if agreed else "no_longer", order, by=by, now=now, until=order.until.isoformat())


def _why_not_until(order: Order, until: date, *, now: datetime) -> list[str]:
    state, kind, today = OrderState(order.state), OrderKind(order.kind), directory.local_day(now)
    return why_not_extend(state, kind, order.until, until, today=today)


def lapse_orders(*, by: Actor, now: datetime) -> int:
    """End orders whose last day is over, one transaction each. Returns how many."""
    ended, today = 0, directory.local_day(now)
    for id in ended_by(today=today):
        with transaction.atomic():
            order = Order.objects.select_for_update().get(pk=id)
            if after(OrderState(order.state), OrderMove.LAPSE) is None or order.until >= today:
                continue
            _go(order, OrderMove.LAPSE, by=by, now=now)
            ended += 1
    return ended


@dataclass(frozen=True)
class OpenedOrder:
    """What an order asks for, and what was answered, in clear."""

    scope: str
    answer: str


def open_order(number: str, *, by: Officer, now: datetime, keys: KeyRing) -> OpenedOrder:
    """Open what an order says, from either side: 1. find, 2. let the vault record, then open. Call it outside
    a transaction. Raises `NotFound`.
    """
    order = order_for(number, Action.ORDER_SEE, by=by)
    names = ["scope"] + (["answer"] if order.answer else [])
    texts = vault.open_texts(
        [sealed(order, name) for name in names],
        action=Action.ORDER_SEE,
        relation=relation_of(order, Action.ORDER_SEE),
        object_type=ORDER,
        object_id=order.id,
        purpose="order",
        by=by,
        now=now,
        keys=keys,
    )
    return OpenedOrder(texts["scope"], texts.get("answer", ""))


def open_answer_file(
    number: str, file_id: UUID, *, folder: Path, by: Officer, now: datetime, keys: KeyRing
) -> vault.OpenedFile:
    """Open a file of an answer, for whose order it is: record, then open. Raises `NotFound`."""
    order = order_for(number, Action.ORDER_SEE, by=by)
    if not is_ours(order, by=by):
        raise NotFound
    return vault.open_file(
        stored.file_of(ORDER, order.id, file_id),
        action=Action.ORDER_SEE,
        relation=relation_of(order, Action.ORDER_SEE),
        purpose="order",
        folder=folder,
        by=by,
        now=now,
        keys=keys,
    )
