"""Nothing that a person said, and nothing that betrays them, lies anywhere in clear.

Words that stand nowhere else are sent through a whole installation: as a report, as a browser's headers, as
notes,
answers, referrals and a file. Then every store is searched for them: a dump of the database, the raw files
of the
database with its write-ahead log, the vault, the outbox, and everything that the processes wrote.
"""

import base64
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlinzi.site.pg_binaries import find_binaries
from tests.journeys.installation import Installation, running

CANARIES = {
    "narrative": "kanarinarrative harbourlight",
    "account": "kanariaccount77",
    "user agent": "KanariBrowser",
    "referrer": "kanarireferrer.invalid",
    "address": "203.0.113.77",
    "query": "kanariquery",
    "note": "kanarinote lanternrope",
    "answer": "kanarianswer seaglass",
    "referral": "kanarireferral driftwood",
    "outcome": "kanarioutcome tidepool",
    "file name": "kanarifilename.txt",
    "file": "kanarifilecontent saltwind",
}
# What the desk does with the report, in the words of the canaries; run by the owner inside the installation.
DESK = """
import json, os, sys
from mlinzi.site.environment import state_folder
from mlinzi.site.installing import owner_connection
with owner_connection(state_folder()):
    from django.conf import settings
    from mlinzi.access import reads as access
    from mlinzi.access.models import Person
    from mlinzi.casework import acts
    from mlinzi.casework.models import Case
    from mlinzi.casework.rules import Basis, Outcome, Purpose, Shared
    from mlinzi.directory.models import Organisation
    from mlinzi.kernel.clock import now
    from mlinzi.kernel.keyring import keyring
    said, keys = json.loads(sys.argv[1]), keyring()
    def who(name):
        person = Person.objects.get(email=f"{name}@demo.invalid")
        return access.officer(person, now=now(), factor_at=now())
    key = lambda: os.urandom(16)
    mirren, tavi, number = who("mirren"), who("tavi"), Case.objects.get().number
    acts.take(number, by=mirren, now=now())
    acts.open_case(number, Purpose.TRIAGE, by=mirren, now=now(), keys=keys)
    acts.note(number, said["note"], form_key=key(), by=mirren, now=now(), keys=keys)
    acts.add_file(number, [said["file"].encode()], said["file name"], len(said["file"]), form_key=key(),
                  folder=settings.VAULT, by=mirren, now=now(), keys=keys)
    to = str(Organisation.objects.get(pack_id="east_wardens").uuid)
    wish = acts.Wish(to, "protection", frozenset(Shared), Basis.BEST_INTEREST, said["referral"])
    referral = acts.refer(number, wish, form_key=key(), by=mirren, now=now(), keys=keys)
    acts.accept(referral.number, by=tavi, now=now(), keys=keys)
    acts.open_referral(referral.number, Purpose.REFERRAL, by=tavi, now=now(), keys=keys)
    acts.done(referral.number, said["outcome"], by=tavi, now=now(), keys=keys)
    acts.answer(number, said["answer"], form_key=key(), by=mirren, now=now(), keys=keys)
"""


@pytest.fixture(scope="module")
def here() -> Iterator[Installation]:
    with running("xx") as installation:
        yield installation


def forms(text: str) -> set[bytes]:
    """The ways in which a text could lie in a file: plain, percent-encoded, UTF-16, hexadecimal, base64."""
    raw = text.encode()
    found = {
        raw,
        urllib.parse.quote(text).encode(),
        urllib.parse.quote_plus(text).encode(),
        text.encode("utf-16-le"),
    }
    found.add(raw.hex().encode())
    for shift in range(3):
        found.add(base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4])
    return {form for form in found if len(form) >= 8}


def call(address: str, fields: dict[str, str] | None = None) -> str:
    """A browser's call with everything in its headers that a browser may send."""
    data = urllib.parse.urlencode(fields).encode() if fields else None
    headers = {
        "User-Agent": CANARIES["user agent"],
        "Referer": f"https://{CANARIES['referrer']}/page",
        "X-Forwarded-For": CANARIES["address"],
        "Forwarded": f"for={CANARIES['address']}",
    }
    request = urllib.request.Request(f"{address}?{CANARIES['query']}=1", data=data, headers=headers)  # noqa: S310
    return urllib.request.urlopen(request, timeout=20).read().decode()  # type: ignore[no-any-return]  # noqa: S310


def lead_through(here: Installation) -> str:
    """Send everything through the house; return the receipt."""
    form = call(f"{here.public}/en/tell/")
    token = re.search(r'name="token" value="([^"]+)"', form)
    assert token, form
    fields = {
        "token": token[1],
        "narrative": f"{CANARIES['narrative']} and he is called @{CANARIES['account']} there",
        "where_online": CANARIES["account"],
        "in_danger": "no",
    }
    receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", call(f"{here.public}/en/tell/", fields))
    assert receipt
    _worker_opens(here)
    done = subprocess.run(
        [sys.executable, "-c", DESK, json.dumps(CANARIES)],
        capture_output=True, text=True, check=False,
        env={k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {"MLINZI_STATE": str(here.state)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert CANARIES["answer"] in call(f"{here.public}/en/back/", {"number": receipt[0]})
    return receipt[0]


def _worker_opens(here: Installation) -> None:
    for _ in range(100):
        if "casework.triage: 1 done" in here.log.read_text():
            return
        time.sleep(0.3)
    raise AssertionError(here.log.read_text())


def dump(here: Installation) -> bytes:
    """The whole database as its owner sees it, as text."""
    with_url = "from mlinzi.site.environment import state_folder; from mlinzi.site.postgres import Cluster\n"
    with_url += "c = Cluster(state_folder() / 'postgres'); c.start(); print(c.owner_url); c.stop()"
    url = subprocess.run(
        [sys.executable, "-c", with_url], capture_output=True, text=True, check=True,
        env=os.environ | {"MLINZI_STATE": str(here.state)},
    ).stdout.strip()  # fmt: skip
    program = find_binaries().program("pg_dump")
    return subprocess.run([program, "--inserts", url], capture_output=True, check=True).stdout


def stores(here: Installation) -> Iterator[tuple[str, bytes]]:
    yield "database dump", dump(here)
    yield "what the processes wrote", here.log.read_bytes()
    for path in sorted(Path(here.state).rglob("*")):
        if path.is_file() and not path.is_socket():
            yield str(path.relative_to(here.state)), path.read_bytes()


def test_no_canary_is_found_in_any_store(here: Installation) -> None:
    receipt = lead_through(here)
    wanted = {**CANARIES, "receipt": receipt, "receipt without blanks": receipt.replace(" ", "")}
    patterns = {name: forms(text) for name, text in wanted.items()}
    found, seen, searched = [], {"dump": False, "raw files": False, "log": False}, 0
    for store, content in stores(here):
        searched += 1
        found += [
            f"{name} in {store}" for name, texts in patterns.items() if any(t in content for t in texts)
        ]
        # The organisations' names are public facts: the search must find them, or it would find nothing at
        # all.
        if b"First Lantern" in content:
            seen["dump" if store == "database dump" else "raw files"] = True
        seen["log"] = seen["log"] or (store.startswith("what") and b"answers after" in content)
    assert all(seen.values()), f"the search is blind: {seen}"
    assert searched > 100
    assert not found


def test_the_search_knows_a_text_in_every_disguise() -> None:
    text = CANARIES["narrative"]
    for disguise in (
        text.encode(), urllib.parse.quote(text).encode(), text.encode("utf-16-le"), text.encode().hex().encode(),  # noqa: E501
        base64.b64encode(b"xx" + text.encode() + b"yy"), base64.b64encode(b"x" + text.encode()),
    ):  # fmt: skip
        assert any(form in b"before" + disguise + b"after" for form in forms(text)), disguise
