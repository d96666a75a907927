"""Which records meet in their terms: how alike two texts are, and what one names that others do not."""

import pytest

from mlinzi.kernel.keyring import keyring
from mlinzi.vault import acts, reads
from mlinzi.vault.models import BlindTerm
from mlinzi.vault.rules import BANDS, Term, account_term

pytestmark = pytest.mark.django_db
TEXT = "Somebody in a game asks my little sister for pictures every single night."


def index(id: str, *accounts: str, text: str = TEXT) -> None:
    terms: list[Term] = [term for name in accounts if (term := account_term("", name))]
    acts.index_terms("test.thing", id, terms=terms, text=text, keys=keyring())


def test_copies_are_as_near_as_is_asked_for() -> None:
    index("1")
    index("2")
    index("3", text="The weather on the lake is fine today and the boats are out again.")
    assert reads.near_copies("test.thing", "1", at_least=BANDS) == ["2"]
    meeting = BlindTerm.objects.filter(subject_id="2", kind="near").values_list("id", flat=True)
    BlindTerm.objects.filter(id__in=list(meeting[:6])).delete()
    assert reads.near_copies("test.thing", "1") == ["2"]
    assert reads.near_copies("test.thing", "1", at_least=10) == ["2"]
    assert reads.near_copies("test.thing", "1", at_least=11) == []


def test_a_record_that_names_more_than_the_others_is_found() -> None:
    index("1", "invented_one")
    index("2", "invented_two")
    index("3", "invented_one", "invented_two")
    assert reads.terms_beyond("test.thing", "3", ["1"])
    assert not reads.terms_beyond("test.thing", "3", ["1", "2"])
    assert not reads.terms_beyond("test.thing", "1", ["3"])
    assert reads.terms_beyond("test.thing", "1", [])
    assert not reads.terms_beyond("other.thing", "1", [])
    index("4")
    assert not reads.terms_beyond("test.thing", "4", []), "nearly the same words are not a name"
