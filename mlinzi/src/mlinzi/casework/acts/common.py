"""What several acts do: lock, tell the mailboxes, write letters, remember a form."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time
from uuid import UUID

from django.utils.translation import gettext as _

from mlinzi.casework.models import Case, FormUsed, Referral
from mlinzi.casework.reads import REFERRAL, hushed_reports
from mlinzi.casework.rules import Event, ReferralState, form_digest, status_after
from mlinzi.deadlines import acts as deadlines
from mlinzi.deadlines.acts import Subject
from mlinzi.directory import reads as directory
from mlinzi.intake import acts as intake
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.keyring import KeyRing
from mlinzi.messaging import acts as messaging


def lock(case_id: UUID) -> Case:
    """The case as it stands now, locked until the act ends. Referrals are locked after their case, never
    before,
    so that two acts cannot wait for each other."""
    rows = Case.objects.select_for_update(of=("self",))
    return rows.select_related("area", "organisation", "assignee", "category").get(pk=case_id)


def subject_of(case: Case) -> Subject:
    """The case as the deadlines see it."""
    return Subject(
        "casework.case",
        str(case.id),
        organisation=str(case.organisation.uuid) if case.organisation else "",
        area=case.area.pack_id if case.area else "",
        assignee=str(case.assignee_id or ""),
    )


def subject_of_referral(referral: Referral, case: Case) -> Subject:
    """A referral as the deadlines see it: it is with whoever receives it, in its case's area."""
    return Subject(
        REFERRAL,
        str(referral.id),
        organisation=str(referral.to.uuid),
        area=case.area.pack_id if case.area else "",
        assignee=str(referral.taken_by_id or ""),
    )


def begin_day(subject: Subject, kind: str, day: date, case: Case, *, by: Actor, now: datetime) -> None:
    """Start the clock of what is due on a day that somebody chose; it counts from the day's beginning."""
    dawn = datetime.combine(day, time.min, directory.time_zone())
    deadlines.start(subject, kind, risk=case.urgency, service="", by=by, now=now, since=dawn)


def tell_mailboxes(
    case: Case,
    event: Event,
    *,
    by: Actor,
    now: datetime,
    still_open: Collection[ReferralState] = (),
    only: Collection[UUID] | None = None,
) -> None:
    """Tell every reporter of the case where their report stands now; only those of some reports, where they
    are named. Whoever is suspected of having done harm learns nothing more of how it goes on.
    """
    status, hushed = status_after(event, still_open), hushed_reports(case)
    for report_id in case.reports.values_list("report_id", flat=True) if only is None else only:
        if report_id in hushed:
            continue
        intake.set_status(report_id, status, by=by, now=now)


def write_to(
    people: Iterable[tuple[str, str]],
    about: str,
    effect: str,
    path: str,
    *,
    by: Actor,
    now: datetime,
    keys: KeyRing,
) -> int:
    """Tell people of the house that something waits, in the words for `about`, a key of `_words`; see
    `messaging.acts.tell`.
    """
    return messaging.tell(people, about, effect, path, lambda: _words(about), by=by, now=now, keys=keys)


def _words(about: str) -> tuple[str, str]:
    words = {
        "referral": (_("Something waits for you in Mlinzi"), _("Your organisation was asked for help.")),
        "transfer": (_("Something waits for you in Mlinzi"), _("Your organisation is offered a case.")),
        "transfer.answer": (_("Something waits for you in Mlinzi"), _("An organisation has answered you.")),
        "referral.answer": (_("Something waits for you in Mlinzi"), _("An organisation has answered you.")),
        "referral.revoke": (
            _("Something changed in Mlinzi"),
            _("Your organisation is no longer asked for help."),
        ),
        "reporter.wrote": (
            _("Something waits for you in Mlinzi"),
            _("Somebody wrote about a case of yours."),
        ),
        "case.assign": (_("Something waits for you in Mlinzi"), _("A case was given to you.")),
        "case.unite": (_("Something changed in Mlinzi"), _("A case of yours lies in another one now.")),
        "entry.ask": (
            _("Something waits for you in Mlinzi"),
            _("Is what an organisation tells still right?"),
        ),
        "second.ask": (_("Something waits for you in Mlinzi"), _("A colleague asks for a second opinion.")),
        "second.answer": (
            _("Something waits for you in Mlinzi"),
            _("A colleague has answered your question."),
        ),
        "fence": (_("Something waits for you in Mlinzi"), _("Somebody cannot see a case any more.")),
        "glass": (_("Something waits for you in Mlinzi"), _("Somebody opened a case in need.")),
        "glass.answer": (_("Something changed in Mlinzi"), _("A supervisor looked at what you opened.")),
        "task": (_("Something waits for you in Mlinzi"), _("You were given something to do.")),
        "handover": (_("Something waits for you in Mlinzi"), _("A colleague handed over to you.")),
        "deadline.reminder": (_("Something is due soon in Mlinzi"), _("Something is due soon.")),
        "deadline.overdue": (_("Something is overdue in Mlinzi"), _("Something is overdue.")),
    }
    return words[about]


def remember_form(case: Case, form_key: bytes, made: object, *, by: Actor, now: datetime) -> None:
    """Note that a form was carried out, inside the act that holds the case's lock."""
    FormUsed.objects.create(digest=form_digest(case.id, by.id, form_key), made=str(made), at=now)
