"""Write to the people whom the clock of an order concerns, and to a provider's people when one has come."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from mlinzi.access import reads as access
from mlinzi.casework import reads as casework
from mlinzi.deadlines import acts as deadlines
from mlinzi.deadlines import reads as deadline_reads
from mlinzi.deadlines.rules import Where
from mlinzi.industry.models import Order
from mlinzi.industry.reads.orders import ORDER
from mlinzi.industry.rules import Action
from mlinzi.industry.rules.orders import WAITING
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.keyring import KeyRing
from mlinzi.messaging import acts as messaging

People = list[tuple[str, str]]


def tell_of_orders(*, by: Actor, now: datetime, keys: KeyRing, limit: int = 100) -> int:
    """Write letters, one transaction each. Returns how many orders and steps were told.

    1. of orders that were sent and not seen: to the provider's people, once, 2. of the steps that clocks
    took: a reminder to the provider's people, then along the ladder to those of the office. A letter holds a
    number and nothing else.
    """
    return _tell_of_new(by=by, now=now, keys=keys, limit=limit) + _tell_of_steps(
        by=by, now=now, keys=keys, limit=limit
    )


def _tell_of_new(*, by: Actor, now: datetime, keys: KeyRing, limit: int) -> int:
    rows = Order.objects.filter(state__in=WAITING, told_at=None).select_related("provider")
    told = 0
    for order in rows.order_by("sent_at")[:limit]:
        with transaction.atomic():
            _write(_answering(order, now), f"order:{order.id}", order, by=by, now=now, keys=keys)
            Order.objects.filter(pk=order.pk).update(told_at=now)
            told += 1
    return told


def _tell_of_steps(*, by: Actor, now: datetime, keys: KeyRing, limit: int) -> int:
    told = 0
    for step in list(deadline_reads.untold(ORDER, limit=limit)):
        with transaction.atomic():
            order = Order.objects.select_related("provider", "organisation", "drafted_by", "case").get(
                id=step.deadline.subject_id
            )
            people = _answering(order, now) if step.rung < 0 else _who(order, step.where, step.role, now)
            effect = f"deadline:{step.deadline_id}:{step.rung}"
            written = _write(people, effect, order, by=by, now=now, keys=keys)
            deadlines.mark_told(step.id, people=written, now=now)
            told += 1
    return told


def _who(order: Order, where: str, role: str, now: datetime) -> People:
    """Those of the office whom a step means, also where the ladder says national: nobody outside knows of an
    order. Where it finds nobody, whoever may decide about the office's orders.
    """
    house, found = str(order.organisation.uuid), []
    match Where(where):
        case Where.ASSIGNEE if order.drafted_by.is_active:
            found = [order.drafted_by]
        case Where.SAME_ORGANISATION | Where.NATIONAL:
            found = list(access.holders(role, now=now, organisation=house))
    people = access.addressees(found) or access.addressees(
        access.who_may(Action.ORDER_DECIDE, now=now, organisation=house)
    )
    return casework.not_fenced(order.case, people)


def _answering(order: Order, now: datetime) -> People:
    return access.addressees(
        access.who_may(Action.ORDER_ANSWER, now=now, organisation=str(order.provider.uuid))
    )


def _write(people: People, effect: str, order: Order, *, by: Actor, now: datetime, keys: KeyRing) -> int:
    path = f"/orders/{order.number}/"
    return messaging.tell(people, "order", effect, path, _words, by=by, now=now, keys=keys)


def _words() -> tuple[str, str]:
    return _("Something waits for you in Mlinzi"), _("An order waits for an answer.")
