"""Two people on one phone: the next one neither reads nor goes on with what the one before began."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from mlinzi.intake.models import Draft, Submission
from mlinzi.intake.rules.drafts import expires_at, fresh_draft
from mlinzi.intake.tests.visitor import Visitor, text_of
from mlinzi.kernel.clock import now

pytestmark = pytest.mark.django_db
CANARY = "canary words of a draft"


def test_whose_draft_it_is_only_they_know_and_the_next_person_begins_anew(visitor: Visitor) -> None:
    visitor.begin()
    visitor.post("r/about/", {"about": "me"})
    visitor.post("r/story/", {"story": CANARY})
    copied = visitor.client.cookies["k"].value  # somebody wrote the cookie down, or planted it
    asked = visitor.client.post("/en/", {"safe": "yes"})
    assert CANARY not in text_of(asked)
    assert Draft.objects.count() == 1
    went_on = visitor.client.post("/en/", {"safe": "yes", "which": "on"})
    assert went_on.status_code == 303
    assert CANARY in text_of(visitor.get("r/story/"))
    thief = Client()
    thief.cookies["k"] = copied
    assert thief.get("/en/r/story/").status_code == 303, "the old cookie opens nothing any more"

    anew = visitor.client.post("/en/", {"safe": "yes", "which": "new"})
    assert anew.status_code == 303
    assert Draft.objects.count() == 1
    assert CANARY not in text_of(visitor.get("r/story/"))


def test_the_next_person_is_not_led_to_somebody_elses_number(visitor: Visitor) -> None:
    visitor.write()
    receipt = visitor.send()
    asked = text_of(visitor.client.post("/en/", {"safe": "no"}))
    assert receipt.shown not in asked
    assert 'href="tel:116"' in asked
    begun = visitor.client.post("/en/", {"safe": "no", "which": "new"})
    assert begun.headers["Location"] == "/en/r/help_now/" or begun.status_code == 303
    assert receipt.shown not in text_of(visitor.get("r/number/"))
    assert Submission.objects.count() == 1


def test_no_draft_outlives_a_day_however_often_it_is_used() -> None:
    began = now()
    draft = fresh_draft("en", began)
    assert expires_at(draft, began) == began + timedelta(hours=2)
    assert expires_at(draft, began + timedelta(hours=21)) == began + timedelta(hours=23)
    assert expires_at(draft, began + timedelta(hours=23)) == began + timedelta(hours=24)
    assert expires_at(replace(draft, sent=True), began) == began + timedelta(hours=24)
    set_back = began - timedelta(days=400)
    assert expires_at(draft, set_back) == set_back + timedelta(hours=2)
