"""Facts come with what stands behind them."""

from datetime import UTC, datetime

import pytest

from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import NotFound
from mlinzi.law import acts, reads

NOW = datetime(2026, 5, 6, tzinfo=UTC)
OWNER = Actor.process("owner")
SOURCED = {"certainty": "press", "source": "a newspaper", "as_of": None, "reviewer": "", "note": ""}
pytestmark = pytest.mark.django_db


def load(statement: str, note: str = "") -> None:
    fact = {"statement": {"en": statement}, "value": "7", "unit": "reports", **SOURCED, "note": note}
    acts.load(instruments=[], provisions=[], states=[], facts=[("f1", fact)], by=OWNER, now=NOW)


def test_a_fact_is_never_without_its_source_and_caution() -> None:
    load("Seven reports came.", note="Reports are not children.")
    fact = reads.fact("f1")
    assert (fact.value, fact.certainty, fact.source) == ("7", "press", "a newspaper")
    assert fact.note == "Reports are not children."
    with pytest.raises(NotFound):
        reads.fact("f2")


def test_a_changed_fact_replaces_the_old_one() -> None:
    load("Seven reports came.")
    load("Eight reports came.")
    assert reads.fact("f1").statement == {"en": "Eight reports came."}


def test_an_unknown_provision_is_not_found() -> None:
    with pytest.raises(NotFound):
        reads.state_of("nothing", on=NOW.date())
