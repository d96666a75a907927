"""A pack goes into the database whole, again without change, and never over a person's edit."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mlinzi.access.models import Role
from mlinzi.deadlines import reads as deadlines
from mlinzi.directory import reads as directory
from mlinzi.directory.acts import create_deployment
from mlinzi.directory.models import Place, PublicText
from mlinzi.intake import reads as intake
from mlinzi.intake.models import Category, FormPage, FormSetting
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused
from mlinzi.law import reads as law
from mlinzi.law.models import StateOfProvision
from mlinzi.site.packs.loading import load_pack
from mlinzi.site.packs.reading import read_pack
from mlinzi.site.packs.schema import Pack

PACKS = Path(__file__).parents[5] / "packs"
NOW = datetime(2026, 5, 6, tzinfo=UTC)
OWNER = Actor.process("owner")
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kenya() -> Pack:
    return read_pack(PACKS / "ke")


def test_a_pack_loads_and_a_second_time_changes_nothing(kenya: Pack) -> None:
    create_deployment("ke", demonstration=False, by=OWNER, now=NOW)
    first = load_pack(kenya, by=OWNER, now=NOW)
    assert len(first.total.added) > 2000
    assert directory.country().pack_id == "ke"
    assert directory.areas().count() == 47
    assert Place.objects.filter(level="ward").count() == 1450
    assert intake.public_categories().exists()
    assert directory.emergency_numbers()[0].number
    second = load_pack(kenya, by=OWNER, now=NOW)
    assert second.total.added == second.total.changed == []
    assert second.total.unchanged == len(first.total.added)


def test_an_edit_by_a_person_is_kept_and_said(kenya: Pack) -> None:
    load_pack(kenya, by=OWNER, now=NOW)
    text = PublicText.objects.get(pack_id="who_reads")
    text.text, text.edited_by_person, text.pack_digest = {"en": "Mine"}, True, "older"
    text.save()
    again = load_pack(kenya, by=OWNER, now=NOW)
    assert again.total.kept == ["who_reads"]
    assert directory.public_text("who_reads", "en") == "Mine"


def test_the_form_loads_in_its_order_and_a_persons_words_stay(kenya: Pack) -> None:
    load_pack(kenya, by=OWNER, now=NOW)
    pages = list(FormPage.objects.order_by("order"))
    assert [page.pack_id for page in pages] == [page.id for page in kenya.form.pages]
    assert pages[1].when == [{"safe": ["no"]}]
    assert FormSetting.objects.get(pack_id="copies").value == {"from": 4, "within_hours": 24}
    assert Category.objects.get(pack_id="video_call").drawing == "phone"
    FormPage.objects.filter(pack_id="story").update(
        ask={"en": "Mine"}, edited_by_person=True, pack_digest="older"
    )
    assert load_pack(kenya, by=OWNER, now=NOW).total.kept == ["story"]
    assert FormPage.objects.get(pack_id="story").ask == {"en": "Mine"}


def test_a_page_that_left_the_pack_is_asked_no_more(kenya: Pack) -> None:
    load_pack(kenya, by=OWNER, now=NOW)
    fewer = tuple(page for page in kenya.form.pages if page.id != "since")
    shorter = kenya.form.model_copy(update={"pages": fewer})
    load_pack(kenya.model_copy(update={"form": shorter}), by=OWNER, now=NOW)
    assert [page.pack_id for page in FormPage.objects.order_by("order")] == [page.id for page in fewer]


def test_a_right_that_changed_in_the_pack_changes_in_the_house(kenya: Pack) -> None:
    load_pack(kenya, by=OWNER, now=NOW)
    role = kenya.roles[0]
    smaller = role.model_copy(update={"grants": role.grants[:1]})
    load_pack(kenya.model_copy(update={"roles": (smaller, *kenya.roles[1:])}), by=OWNER, now=NOW)
    assert Role.objects.get(pack_id=role.id).rights.count() == 1


def test_what_the_law_was_is_asked_by_date(kenya: Pack) -> None:
    load_pack(kenya, by=OWNER, now=NOW)
    state = StateOfProvision.objects.order_by("pack_id").first()
    assert state is not None
    assert state.since is not None
    answer = law.state_of(state.provision.pack_id, on=state.since)
    assert answer.state == state.state
    assert law.state_of(state.provision.pack_id, on=date(1900, 1, 1)).state is None


def test_every_risk_has_its_term_and_the_calendar_its_holidays(kenya: Pack) -> None:
    load_pack(kenya, by=OWNER, now=NOW)
    for risk in ("high", "medium", "low"):
        assert deadlines.term("triage", risk=risk).hours > 0
        assert deadlines.term("referral", risk=risk, service=kenya.services[0].id).ladder
    assert date(2027, 12, 25) in deadlines.calendar().holidays


def test_an_installation_says_once_which_country_it_serves() -> None:
    create_deployment("xx", demonstration=True, by=OWNER, now=NOW)
    with pytest.raises(Refused, match="make a new one"):
        create_deployment("ke", demonstration=False, by=OWNER, now=NOW)


def test_the_invented_country_loads_by_the_same_code() -> None:
    create_deployment("xx", demonstration=True, by=OWNER, now=NOW)
    load_pack(read_pack(PACKS / "xx"), by=OWNER, now=NOW)
    assert directory.country().languages == ["en"]
    assert directory.areas().count() == 3
