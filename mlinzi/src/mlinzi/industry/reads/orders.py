"""The only road to an order: through the eyes of somebody of its own office, or of the provider."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer, Relation
from mlinzi.casework import reads as casework
from mlinzi.directory import reads as directory
from mlinzi.industry.models import Order
from mlinzi.industry.rules import Action
from mlinzi.industry.rules.orders import RUNNING
from mlinzi.kernel.errors import NotFound
from mlinzi.law import reads as law
from mlinzi.law.reads import ProvisionFacts
from mlinzi.vault.rules import SealedText

ORDER = "industry.order"


def relation_of(order: Order, action: Action) -> Relation:
    """How an order stands to people. Those of its office write and decide, those of the provider answer, both
    see it; the provider only once it was sent.
    """
    house, company = str(order.organisation.uuid), str(order.provider.uuid)
    known = {company} if order.sent_at else set()
    if action is Action.ORDER_ANSWER:
        return Relation(organisations=frozenset(known))
    if action is Action.ORDER_SEE:
        return Relation(organisations=frozenset({house} | known))
    return Relation(organisations=frozenset({house}))


def orders_seen(action: Action, *, by: Officer) -> QuerySet[Order]:
    """The orders an officer may see for an action, in no order: the same answer as `relation_of`, in SQL. Not
    those in a case that does not exist for them.
    """
    ours = access.visible(by, action, organisations=("organisation__uuid",))
    theirs = access.visible(by, action, organisations=("provider__uuid",)) & Q(sent_at__isnull=False)
    sides = {Action.ORDER_SEE: ours | theirs, Action.ORDER_ANSWER: theirs}
    people = ("drafted_by", "decided_by", "asked_by", "organisation", "provider", "case")
    rows = Order.objects.filter(sides.get(action, ours) & ~Q(case_id__in=casework.fenced_rows(by)))
    return rows.select_related(*people)


def order_for(number: str, action: Action, *, by: Officer) -> Order:
    """One order by its spoken number. Raises `NotFound` for the absent and the forbidden alike."""
    found = orders_seen(action, by=by).filter(number=casework.spoken(number)).first()
    if found is None:
        raise NotFound
    return found


def is_ours(order: Order, *, by: Officer) -> bool:
    """Whether an officer who sees an order sees it as one of the office whose order it is."""
    return str(order.organisation.uuid) == by.organisation


def orders(*, by: Officer, after: str = "", limit: int = 50) -> casework.Page[Order]:
    """The orders of an officer's office or to an officer's company, the newest first.

    Args:
        after: the cursor of the page before; one that cannot be read begins at the top.
    """
    seen = orders_seen(Action.ORDER_SEE, by=by)
    if key := casework.Cursor.read(after):
        seen = seen.filter(drafted_at__lte=key.at).filter(Q(drafted_at__lt=key.at) | Q(id__gt=key.id))
    found = list(seen.defer("scope", "answer").order_by("-drafted_at", "id")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return casework.Page(found[:limit], str(casework.Cursor(0, last.drafted_at, last.id)) if last else "")


def provisions(*, now: datetime) -> list[ProvisionFacts]:
    """The provisions of law that an order can rest on today."""
    return law.in_force(on=directory.local_day(now))


def companies() -> list[tuple[str, str]]:
    """Providers that an order can go to: uuid and name."""
    return [(str(house.uuid), house.name) for house in directory.providers()]


def sealed(order: Order, name: str) -> SealedText:
    """One sealed text of an order."""
    return SealedText(ORDER, str(order.id), name, bytes(getattr(order, name)))


def ended_by(*, today: date, limit: int = 200) -> list[UUID]:
    """Orders whose last day is over, the oldest first."""
    rows = Order.objects.filter(state__in=RUNNING, until__lt=today).order_by("until", "id")
    return list(rows.values_list("id", flat=True)[:limit])
