"""The menu of the staff site: one table, and which of its lines an officer sees."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mlinzi.access.rules import Officer, may_at_all


@dataclass(frozen=True)
class Line:
    """One page of the menu. `actions`: whoever holds any of them sees the line; none means everybody."""

    view: str
    label: str | Promise
    actions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A line as it is shown to somebody."""

    address: str
    label: str | Promise
    current: bool


LINES = (
    Line("casework:my_work", _("My work")),
    Line("casework:queue", _("Queue"), ("casework.queue.see",)),
    Line("casework:cases", _("Cases"), ("casework.case.see",)),
    Line("casework:referrals", _("Referrals"), ("casework.referral.see",)),
    Line("casework:board", _("Overdue"), ("casework.deadline.see",)),
    Line("casework:stuck", _("Not sent"), ("casework.outgoing.see",)),
    Line("casework:look_up", _("Look up"), ("casework.look.up",)),
    Line("casework:help", _("Who can help"), ("directory.organisation.see",)),
    Line("casework:team", _("Team"), ("casework.team.see",)),
    Line("casework:break_glass", _("In need"), ("casework.case.glass",)),
    Line("casework:check_paper", _("Found sheet"), ("casework.summary.check",)),
    Line("desk:new_report", _("New report"), ("intake.report.enter",)),
    Line("desk:contacts", _("Contacts"), ("intake.contact.count",)),
    Line("industry:reports", _("Our reports"), ("industry.report.see",)),
    Line("industry:company", _("How we report"), ("industry.provider.edit",)),
    Line("industry:orders", _("Orders"), ("industry.order.see",)),
    Line("industry:standings", _("Duty to report"), ("industry.standing.see",)),
    Line("access:people", _("People"), ("access.person.list",)),
    Line("access:credentials", _("Programs"), ("access.credential.see",)),
    Line("access:proposals", _("Approvals"), ("access.proposal.approve",)),
    Line("access:account", _("My account")),
)


def menu_for(officer: Officer, path: str) -> list[Entry]:
    """The entries that an officer may open, with the one marked that the page at `path` belongs to."""
    seen = [line for line in LINES if not line.actions or any(may_at_all(officer, a) for a in line.actions)]
    found = [(reverse(line.view), line.label) for line in seen]
    # "/" is the beginning of every path; the longest fitting address is the one that is meant
    current = max(
        (a for a, _label in found if path == a or (a != "/" and path.startswith(a))), key=len, default=""
    )
    return [Entry(address, label, address == current) for address, label in found]
