"""Sealed where it belongs, opened by who may, after it was recorded; found again by look-up terms alone."""

from datetime import UTC, datetime

import pytest

from kinga import envelope
from mlinzi.access.rules import Officer, Relation, Right, Scope
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import KeyRing, keyring
from mlinzi.vault import acts, reads
from mlinzi.vault.models import BlindTerm
from mlinzi.vault.rules import SealedText, Term
from tests.tables import Entry

NOW = datetime(2026, 5, 6, 7, 8, tzinfo=UTC)
WORKER = Actor.process("worker")
HERS = Relation(organisations=frozenset({"house"}))
CANARY = "zq-canary-of-this-test"
pytestmark = pytest.mark.django_db


def officer(organisation: str = "house") -> Officer:
    rights = frozenset({Right("test.thing.open", Scope.ORGANISATION)})
    return Officer(kind=ActorKind.PERSON, id="ada", organisation=organisation, rights=rights)


def sealed(text: str = CANARY, *, id: str = "1", name: str = "story") -> SealedText:
    return SealedText("test.thing", id, name, acts.seal_text(text, "test.thing", id, name, keys=keyring()))


def opened(things: list[SealedText], by: Officer, **more: str) -> list[str]:
    return acts.open_all(
        things,
        action="test.thing.open",
        relation=HERS,
        object_type="test.thing",
        object_id="1",
        purpose="reading",
        by=by,
        now=NOW,
        keys=keyring(),
        **more,
    )


def test_who_may_reads_and_is_seen_reading() -> None:
    assert opened([sealed(), sealed("two", name="other")], officer()) == [CANARY, "two"]
    entry = Entry.objects.get()
    assert (entry.action, entry.purpose, entry.details) == ("test.thing.open", "reading", {"fields": 2})
    opened([sealed()], officer(), recorded_as="test.thing.share")
    assert Entry.objects.filter(action="test.thing.share").count() == 1


def test_who_may_not_reads_nothing_and_leaves_no_trace_of_an_opening() -> None:
    for stranger in (officer("elsewhere"), Officer(kind=ActorKind.PERSON, id="bo", organisation="house")):
        with pytest.raises(NotFound):
            opened([sealed()], stranger)
    assert not Entry.objects.exists()


def test_texts_come_by_name() -> None:
    texts = acts.open_texts(
        [sealed(), sealed("two", name="other")],
        action="test.thing.open",
        relation=HERS,
        object_type="test.thing",
        object_id="1",
        purpose="reading",
        by=officer(),
        now=NOW,
        keys=keyring(),
    )
    assert texts == {"story": CANARY, "other": "two"}


def test_a_sealed_text_opens_only_where_it_belongs() -> None:
    thing = sealed()
    for moved in (
        SealedText("test.other", thing.id, thing.name, thing.sealed),
        SealedText(thing.record, "2", thing.name, thing.sealed),
        SealedText(thing.record, thing.id, "other", thing.sealed),
    ):
        with pytest.raises(envelope.Tampered):
            opened([moved], officer())
    assert CANARY not in repr(thing)
    assert CANARY.encode() not in thing.sealed


def test_the_door_can_seal_and_not_open() -> None:
    whole = keyring()
    door = KeyRing(intake=whole.intake)
    thing = SealedText(
        "test.thing", "1", "all", acts.seal_for_worker(CANARY, "test.thing", "1", "all", keys=door)
    )
    with pytest.raises(envelope.NotForUs):
        acts.open_for_work(thing, by=WORKER, now=NOW, keys=door)
    assert acts.open_for_work(thing, by=WORKER, now=NOW, keys=whole) == CANARY
    with pytest.raises(NotFound):  # people do not open as processes do
        acts.open_for_work(thing, by=officer(), now=NOW, keys=whole)
    assert Entry.objects.filter(action="vault.text.work", actor_id="worker").count() == 2


def test_an_answer_opens_for_the_receipt_and_for_the_desk() -> None:
    box, stranger = (envelope.PrivateKey.from_seed("mailbox", seed * 32) for seed in (b"a", b"b"))
    text = acts.seal_for_reporter(CANARY, "test.thing", "1", "text", mailbox=box.public, keys=keyring())
    thing = SealedText("test.thing", "1", "text", text)
    assert acts.open_for_reporter(thing, box) == CANARY
    assert opened([thing], officer()) == [CANARY]
    with pytest.raises(envelope.EnvelopeError):
        acts.open_for_reporter(thing, stranger)


def test_without_a_key_nothing_is_sealed_and_it_says_so() -> None:
    empty = KeyRing()
    box = envelope.PrivateKey.from_seed("mailbox", b"a" * 32).public
    with pytest.raises(acts.NoKey, match=r"docs/keys\.md"):
        acts.seal_text("x", "r", "1", "n", keys=empty)
    with pytest.raises(acts.NoKey):
        acts.seal_for_worker("x", "r", "1", "n", keys=empty)
    with pytest.raises(acts.NoKey):
        acts.seal_for_reporter("x", "r", "1", "n", mailbox=box, keys=empty)
    with pytest.raises(acts.NoKey):
        acts.index_terms("r", "1", terms=[], keys=empty)
    with pytest.raises(acts.NoKey):
        acts.rewrap(b"", "r", "1", "n", keys=empty)
    assert reads.look_up(Term("phone:1"), "r", keys=empty) == []


def test_rewrapping_keeps_the_content_and_its_place() -> None:
    thing = sealed()
    moved = acts.rewrap(thing.sealed, thing.record, thing.id, thing.name, keys=keyring())
    assert moved != thing.sealed
    assert opened([SealedText(thing.record, thing.id, thing.name, moved)], officer()) == [CANARY]
    with pytest.raises(envelope.Tampered):
        acts.rewrap(thing.sealed, thing.record, "2", thing.name, keys=keyring())


def test_records_that_share_terms_find_each_other_and_strangers_do_not() -> None:
    link, phone = Term("link:example.org/1"), Term("phone:254712345678")
    index = {"1": [link, phone], "2": [link, phone], "3": [phone], "4": [Term("phone:254700000000")]}
    for id, terms in index.items():
        assert acts.index_terms("test.thing", id, terms=terms, keys=keyring()) == len(terms)
    acts.index_terms("test.other", "9", terms=[link], keys=keyring())
    rows = BlindTerm.objects.count()
    acts.index_terms("test.thing", "1", terms=[link, phone], keys=keyring())
    assert BlindTerm.objects.count() == rows, "a second call adds nothing"
    found = reads.sharing("test.thing", "1")
    assert [(s.subject_id, set(s.kinds)) for s in found] == [("2", {"link", "phone"}), ("3", {"phone"})]
    assert reads.sharing("test.thing", "4") == []
    assert reads.look_up(phone, "test.thing", keys=keyring()) == ["1", "2", "3"]
    assert reads.look_up(Term("phone:999"), "test.thing", keys=keyring()) == []
    assert all(b"example" not in bytes(row.digest) for row in BlindTerm.objects.all())
