"""The only road to an order: through the eyes of somebody of its own office, or of the provider."""

from dataclasses import dataclass
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
from mlinzi.vault import reads as vault
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
    fenced = [UUID(id) for id in casework.fenced_cases(by=by)]
    people = ("drafted_by", "decided_by", "asked_by", "organisation", "provider", "case")
    rows = Order.objects.filter(sides.get(action, ours) & ~Q(case_id__in=fenced))
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


def orders(*, by: Officer, after: str = "", limit: int = 50) -> tuple[list[Order], str]:
    """The orders of an officer's office or to an officer's company, the newest first, and the next page's
    cursor.
    """
    seen = orders_seen(Action.ORDER_SEE, by=by)
    if last := seen.filter(number=casework.spoken(after)).first():
        older = Q(drafted_at__lt=last.drafted_at) | Q(drafted_at=last.drafted_at, id__gt=last.id)
        seen = seen.filter(drafted_at__lte=last.drafted_at).filter(older)
    found = list(seen.defer("scope", "answer").order_by("-drafted_at", "id")[: limit + 1])
    return found[:limit], found[limit - 1].number if len(found) > limit else ""


def provisions(*, now: datetime) -> list[ProvisionFacts]:
    """The provisions of law that an order can rest on today."""
    return law.in_force(on=directory.local_day(now))


def companies() -> list[tuple[str, str]]:
    """Providers that an order can go to: uuid and name."""
    return [(str(house.uuid), house.name) for house in directory.providers()]


@dataclass(frozen=True)
class Given:
    """A file that a provider gave with its answer."""

    id: UUID
    size: int
    stored_at: datetime


def files_of(order: Order) -> list[Given]:
    """The files of an answer, the oldest first. The caller fetched the order through an officer's eyes."""
    return [Given(one.id, one.size, one.stored_at) for one in vault.files_of(ORDER, order.id)]


def sealed(order: Order, name: str) -> SealedText:
    """One sealed text of an order."""
    return SealedText(ORDER, str(order.id), name, bytes(getattr(order, name)))


def ended_by(*, today: date, limit: int = 200) -> list[UUID]:
    """Orders whose last day is over, the oldest first."""
    rows = Order.objects.filter(state__in=RUNNING, until__lt=today).order_by("until", "id")
    return list(rows.values_list("id", flat=True)[:limit])
