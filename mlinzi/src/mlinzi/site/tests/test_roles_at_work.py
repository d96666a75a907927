"""The rights and the keys of each process are enough for its work: the house's stories, told as the roles."""

import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from pytest_django import Settings

from kinga import auditlog
from mlinzi.access import acts as access
from mlinzi.access.rules import Typed
from mlinzi.audit.models import Checkpoint, Numbered, Verified
from mlinzi.audit.sequencer import Sequencer
from mlinzi.casework import acts, reads
from mlinzi.casework.acts import Wish
from mlinzi.casework.models import Case, GuestLink
from mlinzi.casework.rules import (
    Basis,
    Given,
    GivenBy,
    HowObtained,
    Outcome,
    Purpose,
    Reason,
    ReferralState,
    SecondKind,
    Shared,
    Urgency,
)
from mlinzi.deadlines.models import Deadline, Escalation
from mlinzi.intake.rules import Receipt, Status
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.messaging.models import Letter
from mlinzi.site.environment import Process
from mlinzi.site.roles import ensure_roles
from mlinzi.site.tests.acting import acting_as, owner_url
from mlinzi.site.worker import BEATS
from tests.people import ACHIENG, AMINA, BARASA, MORAA, NASERIAN, OTIENO, WANJIKU
from tests.world import World, make_world, open_box, sign_in, submit

STORY = "Somebody in a game keeps asking for pictures."


@pytest.fixture
def world(db: None, tmp_path: Path, settings: Settings) -> World:
    """Kenya with its invented people, and the roles."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.VAULT = tmp_path / "vault"
    made = make_world("ke")
    ensure_roles(tmp_path / "keys", owner_url())
    return made


def work() -> None:
    """One round of everything the worker does, as the worker."""
    with acting_as(Process.WORKER):
        for beat in BEATS:
            beat.work()


def at_the_door(text: str = STORY) -> Receipt:
    with acting_as(Process.PUBLIC):
        return submit(text, area="nairobi")


def waiting_case() -> str:
    """A report that came through the door and was triaged by the worker; the number of its case."""
    at_the_door()
    work()
    return Case.objects.latest("opened_at").number


def test_the_door_shows_its_pages_and_takes_a_report_twice_as_one(world: World) -> None:
    with acting_as(Process.PUBLIC):
        client = Client()
        for path in ("/", "/en/", "/sw/", "/en/r/story/", "/en/back/", "/health", "/log/checkpoint"):
            assert client.get(path).status_code in (200, 303, 404), path
        assert client.get("/en/").status_code == 200
        token = secrets.token_bytes(16)
        receipt, again = (submit(STORY, token=token) for _ in range(2))
        assert receipt.digits == again.digits
        box = open_box(receipt)
    assert box.status is Status.RECEIVED
    work()
    assert Case.objects.count() == 1


def test_the_worker_does_every_beat(world: World) -> None:
    number = waiting_case()
    case = Case.objects.get(number=number)
    Deadline.objects.filter(subject_id=str(case.id)).update(
        next_at=now() - timedelta(minutes=1), due_at=now() - timedelta(minutes=1)
    )
    sequence()
    work()
    work()
    assert Escalation.objects.filter(told_at=None).count() == 0
    assert Escalation.objects.exists()
    assert Letter.objects.filter(state="sent").exists()
    assert Verified.objects.exists()


def sequence() -> None:
    """What the sequencer does, as the sequencer."""
    signer = auditlog.Ed25519Signer.from_file(settings.KEYS / "sequencer" / "log.key")
    with acting_as(Process.SEQUENCER):
        sequencer = Sequencer(signer, signer.verifier)
        assert sequencer.take_office()
        assert sequencer.number() > 0
        assert sequencer.sign_head(now=now(), force=True)
        sequencer.resume()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


def test_the_sequencer_numbers_and_signs(world: World) -> None:
    at_the_door()
    sequence()
    assert Checkpoint.objects.get().size == Numbered.objects.count()


def test_the_desk_leads_a_case_to_help_and_back(world: World) -> None:
    receipt = at_the_door()
    work()
    number = Case.objects.get().number
    amina, achieng, wanjiku = (world.officer(who) for who in (AMINA, ACHIENG, WANJIKU))
    wish = Wish(
        str(world.organisations["nairobi_childrens_office"].uuid),
        "case_management",
        frozenset({Shared.WHAT_HAPPENED}),
        Basis.LAW,
        "Please visit.",
        provision="children2022_s_8",
    )
    with acting_as(Process.STAFF):
        keys = keyring()
        acts.take(number, by=amina, now=now())
        acts.judge(
            number, urgency=Urgency.HIGH, category="", reason=Reason.NEW_INFORMATION, by=amina, now=now()
        )
        acts.open_case(number, Purpose.TRIAGE, by=amina, now=now(), keys=keys)
        acts.note(number, "Called back.", form_key=b"1", by=amina, now=now(), keys=keys)
        acts.add_file(
            number, [b"x"], "a.txt", 1, form_key=b"2", folder=settings.VAULT, by=amina, now=now(), keys=keys
        )
        one, two = (acts.refer(number, wish, form_key=b"3", by=amina, now=now(), keys=keys) for _ in range(2))
        assert one.id == two.id
        acts.open_referral(one.number, Purpose.REFERRAL, by=achieng, now=now(), keys=keys)
        acts.accept(one.number, by=achieng, now=now(), keys=keys)
        acts.done(one.number, "Visited.", by=achieng, now=now(), keys=keys)
        acts.answer(number, "Somebody will help you.", form_key=b"4", by=amina, now=now(), keys=keys)
        look = acts.ask_second(
            number, SecondKind.CLOSE, "She is safe.", form_key=b"5", by=amina, now=now(), keys=keys
        )
        acts.decide_second(look.id, agree=True, words="", by=wanjiku, now=now(), keys=keys)
        acts.close(number, Outcome.HELPED, by=amina, now=now())
        acts.reopen(number, Reason.REPORTER_WROTE, by=amina, now=now())
        assert reads.history(number, by=world.officer(WANJIKU))
    work()
    with acting_as(Process.PUBLIC):
        box = open_box(receipt)
    assert [told.text for told in box.answers] == ["Somebody will help you."]


def test_the_staff_site_shows_its_pages(world: World) -> None:
    number = waiting_case()
    pages = ["/", "/queue/", "/cases/", "/referrals/", "/account/", "/health"]
    case = f"/cases/{number}/"
    seen = {
        AMINA: [*pages, case, f"{case}refer/", f"{case}answer/"],
        WANJIKU: ["/overdue/", f"{case}history/"],
        BARASA: ["/people/", "/approvals/", "/people/invite/", f"/people/{world.people[MORAA].id}/"],
    }
    for who, paths in seen.items():
        client = Client()
        with acting_as(Process.STAFF):
            sign_in(client, world.people[who])
            if who == AMINA:
                client.post(f"{case}take/")
            for path in paths:
                assert client.get(path).status_code == 200, path
            assert client.post("/sign-out/").status_code == 302


def test_people_are_managed_with_the_rights_of_the_staff_site(world: World) -> None:
    barasa, naserian = world.officer(BARASA), world.officer(NASERIAN)
    house = str(world.people[OTIENO].organisation.uuid)
    moraa = str(world.people[MORAA].id)
    with acting_as(Process.STAFF):
        keys = keyring()
        invitation = access.invite(
            name="Invented Person", email="new@demo.invalid", organisation_uuid=house, language="en",
            by=barasa, now=now(),
        )  # fmt: skip
        access.invite_again(invitation.person_id, by=barasa, now=now())
        proposal = access.propose_restore(moraa, reason="Lost her phone.", by=barasa, now=now())
        access.decide(proposal.id, approve=True, by=naserian, now=now())
        access.end_person(world.people[OTIENO].id, by=barasa, now=now())
        access.keep_typed(moraa, "/x/", Typed({"text": ["half a sentence"]}), now=now(), keys=keys)
        assert access.give_typed_back(moraa, "/x/", now=now(), keys=keys) is not None
    work()
    assert Letter.objects.filter(about="invitation").exists()


def test_a_word_a_link_and_a_handing_over_work_as_the_roles(world: World) -> None:
    at_the_door()
    work()
    number, keys = Case.objects.get().number, keyring()
    amina, achieng, wanjiku = (world.officer(who) for who in (AMINA, ACHIENG, WANJIKU))
    office, moment = str(world.organisations["nairobi_childrens_office"].uuid), now()
    items = frozenset({"what_happened", "area"})
    given = Given(GivenBy.CHILD, HowObtained.SPOKEN, items, moment, to=office, words="She said yes.")
    address = "office@place.invalid"
    wish = Wish(office, "rescue", items, Basis.CONSENT, address=address, again=address)
    alone = replace(wish, service="case_management", basis=Basis.BEST_INTEREST, reason="Cannot be reached.")
    with acting_as(Process.STAFF):
        acts.take(number, by=amina, now=moment)
        consent = acts.record_consent(number, given, form_key=b"1", by=amina, now=moment, keys=keys)
        acts.preview(number, wish, by=amina, now=moment, keys=keys)
        acts.refer(number, wish, form_key=b"2", by=amina, now=moment, keys=keys)
        draft = acts.ask_to_refer(number, alone, form_key=b"3", by=amina, now=moment, keys=keys)
        look = reads.drafts_of(Case.objects.get())[0].look
        assert look
        acts.decide_second(look.id, agree=True, words="Yes.", by=wanjiku, now=moment, keys=keys)
        acts.send_draft(number, draft.id, by=amina, now=moment, keys=keys)
    work()
    link = GuestLink.objects.filter(referral__service__pack_id="rescue").get()
    assert link.sent_at
    with acting_as(Process.STAFF):
        acts.open_by_link(link.id, now=now(), keys=keys)
        acts.answer_by_link(link.id, ReferralState.ACCEPTED, now=now(), keys=keys)
        done = acts.answer_by_link(
            link.id, ReferralState.DONE, "Done.", outcome="child_safe", now=now(), keys=keys
        )
        acts.tell_outcome(done.number, "", "spoken", form_key=b"4", by=amina, now=now(), keys=keys)
        acts.withdraw_consent(number, consent.line, by=amina, now=now())
        by_law = replace(
            wish, service="", basis=Basis.LAW, provision="children2022_s_8", address="", again=""
        )
        offer = acts.offer_transfer(number, by_law, form_key=b"5", by=amina, now=now(), keys=keys)
        acts.open_transfer(offer.number, Purpose.REFERRAL, by=achieng, now=now(), keys=keys)
        acts.accept_transfer(offer.number, by=achieng, now=now(), keys=keys)
        assert reads.my_work(by=achieng).cases
    work()
