"""What is kept is sealed, and opens only for whom and where it belongs."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection

from kinga.envelope import EnvelopeError
from mlinzi.access import acts, reads, sealing
from mlinzi.access.jobs import sweep
from mlinzi.access.models import TypedText
from mlinzi.access.rules import Newcomer, Typed
from mlinzi.access.tests.conftest import OWNER, SECRET, House, codes_now
from mlinzi.directory import reads as directory
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import OurTurn, Refused
from mlinzi.kernel.keyring import KeyRing, keyring

pytestmark = pytest.mark.django_db
CANARY = "canary-in-a-form-7731"
TYPED = Typed({"note": [CANARY], "shared": ["a", "b"]}, ("photo",))


def rows(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t::text FROM {table} t")  # noqa: S608 - names of ours
        text = "".join(row[0] for row in cursor.fetchall())
    # bytea is written in hex
    return text + "".join(
        bytes.fromhex(part.split(",")[0].strip('")')).decode("latin-1")
        for part in text.replace('"', "").split("\\x")[1:]
        if all(c in "0123456789abcdef" for c in part.split(",")[0].strip(")"))
        and len(part.split(",")[0].strip(")")) % 2 == 0
    )


def test_typed_text_comes_back_once_to_the_same_person_and_address(house: House) -> None:
    ada, bo = house["ada"].id, house["bo"].id
    acts.keep_typed(ada, "/cases/1/note/", TYPED, now=now(), keys=keyring())
    assert acts.give_typed_back(bo, "/cases/1/note/", now=now(), keys=keyring()) is None
    assert acts.give_typed_back(ada, "/cases/2/note/", now=now(), keys=keyring()) is None
    assert acts.give_typed_back(ada, "/cases/1/note/", now=now(), keys=keyring()) == TYPED
    assert acts.give_typed_back(ada, "/cases/1/note/", now=now(), keys=keyring()) is None


def test_typed_text_is_sealed_and_bound(house: House) -> None:
    ada, bo = house["ada"].id, house["bo"].id
    acts.keep_typed(ada, "/x/", TYPED, now=now(), keys=keyring())
    assert CANARY not in rows("access_typedtext")
    assert str(ada) in rows("access_typedtext")
    TypedText.objects.update(person_id=bo)
    with pytest.raises(EnvelopeError):
        acts.give_typed_back(bo, "/x/", now=now(), keys=keyring())
    with pytest.raises(OurTurn, match=r"docs/keys\.md"):
        acts.keep_typed(ada, "/x/", TYPED, now=now(), keys=KeyRing())


def test_the_newest_text_replaces_the_older_one(house: House) -> None:
    ada = house["ada"].id
    for word in ("first", "second"):
        acts.keep_typed(ada, "/x/", Typed({"note": [word]}), now=now(), keys=keyring())
    back = acts.give_typed_back(ada, "/x/", now=now(), keys=keyring())
    assert back is not None
    assert back.fields == {"note": ["second"]}


def test_typed_text_is_gone_after_a_day(house: House) -> None:
    ada, yesterday = house["ada"].id, now() - timedelta(hours=24, minutes=1)
    acts.keep_typed(ada, "/old/", TYPED, now=yesterday, keys=keyring())
    assert acts.give_typed_back(ada, "/old/", now=now(), keys=keyring()) is None
    acts.keep_typed(ada, "/old/", TYPED, now=yesterday, keys=keyring())
    acts.keep_typed(ada, "/new/", TYPED, now=now(), keys=keyring())
    Session.objects.create(session_key="old", session_data="", expire_date=yesterday)
    Session.objects.create(session_key="new", session_data="", expire_date=now() + timedelta(hours=1))
    assert sweep() == 2
    assert sweep() == 0
    assert acts.give_typed_back(ada, "/new/", now=now(), keys=keyring()) == TYPED
    assert Session.objects.get().session_key == "new"


def test_an_app_secret_lies_sealed_and_opens_only_in_its_own_row(house: House) -> None:
    factor = Authenticator.objects.get(user=house["ada"])
    assert factor.data["secret"] == SECRET
    assert SECRET not in rows("mfa_authenticator")
    assert '"sealed"' in rows("mfa_authenticator").replace("\\", "")
    factor.record_usage()
    assert SECRET not in rows("mfa_authenticator")
    factor.save()
    assert factor.data["secret"] == SECRET, "saving left the sealed form in memory"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mfa_authenticator SET data = (SELECT data FROM mfa_authenticator WHERE user_id = %s)"
            " WHERE user_id = %s",
            [house["bo"].id, house["ada"].id],
        )
    with pytest.raises(EnvelopeError):
        Authenticator.objects.get(user=house["ada"])
    assert Authenticator.objects.get(user=house["bo"]).data["secret"] == SECRET


def test_a_passkey_lies_sealed_as_well(house: House) -> None:
    credential = {"id": "credential-canary-9", "response": {"attestationObject": "abc"}}
    acts.add_passkey("blue key", credential, by=house.officer("ada"), now=now())
    assert "credential-canary-9" not in rows("mfa_authenticator")
    assert "blue key" not in rows("mfa_authenticator")
    kept = next(f for f in reads.factors_of(house["ada"].id) if f.type == "webauthn")
    assert kept.data == {"name": "blue key", "credential": credential}


def test_without_the_key_nothing_is_sealed_and_nothing_opens(house: House) -> None:
    ada = house["ada"].id
    sealed = sealing.seal({"secret": SECRET}, ada, "totp", keys=keyring())
    assert sealing.unseal(sealed, ada, "totp", keys=keyring()) == {"secret": SECRET}
    with pytest.raises(OurTurn, match=r"docs/keys\.md"):
        sealing.seal({"secret": SECRET}, ada, "totp", keys=KeyRing())
    for keys, kind in ((KeyRing(), "totp"), (keyring(), "webauthn")):
        with pytest.raises(EnvelopeError):
            sealing.unseal(sealed, ada, kind, keys=keys)


def enrol(house: House) -> str:
    newcomer = Newcomer(
        "Uli Sand", "uli@demo.invalid", house.organisation("council"), "en", (("watcher", ""),)
    )
    person = acts.enrol_demonstration(
        newcomer,
        hashed_password=house["ada"].password,
        totp_secret=SECRET,
        roles_until=now() + timedelta(days=30),
        by=OWNER,
        now=now(),
    )
    return reads.current_code(person)


def test_known_secrets_exist_only_in_a_demonstration(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="This is not a demonstration"):
        enrol(house)
    with pytest.raises(Refused, match="This is not a demonstration"):
        reads.current_code(house["ada"])
    monkeypatch.setattr(directory, "is_demonstration", lambda: True)
    assert enrol(house) in codes_now()
    with pytest.raises(Refused, match="has no authenticator app"):
        reads.current_code(house.add("nima", "council"))
