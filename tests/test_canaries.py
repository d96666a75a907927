"""Nothing that a person said, and nothing that betrays them, lies anywhere in clear.

Words that stand nowhere else are sent through a whole installation: as a report page by page, as a picture
with its hidden facts, as a safe contact, as a later message, as a draft that is never sent, as a browser's
headers, as notes, answers, referrals and a file. Then every store is searched for them: a dump of the
database, the raw files of the database with its write-ahead log, the vault, what lies at the door, the
outbox, and everything that the processes wrote.
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
    "contact": "0700 555 0177 kanariphone",
    "what may be said": "kanarisay homework",
    "later message": "kanarilater tidewrack",
    "picture": "kanaripixels cormorant",
    "EXIF": "kanariexif Phone 7 -4.0435 39.6682",
    "picture's name": "kanaripicture.jpg",
    "draft": "kanaridraft never sent",
}
PICTURE = (
    b"\xff\xd8\xff\xe1\x00\x40Exif\x00\x00" + CANARIES["EXIF"].encode() + CANARIES["picture"].encode() * 500
)
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
    wish = acts.Wish(to, "protection", frozenset(Shared), Basis.LAW, said["referral"],
                     provision="harbour_code_4")
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


class Phone:
    """A browser with everything in its headers that a browser may send; it follows where it is led."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def call(self, path: str, fields: dict[str, str] | None = None, *, file: bool = False) -> str:
        headers = {
            "User-Agent": CANARIES["user agent"],
            "Referer": f"https://{CANARIES['referrer']}/page",
            "X-Forwarded-For": CANARIES["address"],
            "Forwarded": f"for={CANARIES['address']}",
        }
        data = urllib.parse.urlencode(fields).encode() if fields else None
        if file and fields:
            data = _with_picture(fields)
            headers["Content-Type"] = "multipart/form-data; boundary=B"
        address = f"{self._site}{path}?{CANARIES['query']}=1"
        request = urllib.request.Request(address, data=data, headers=headers)  # noqa: S310 - our own address
        return self._opener.open(request, timeout=20).read().decode()  # type: ignore[no-any-return]

    def write(self, story: str, picture: str, **pages: dict[str, str]) -> str:
        """From the first page to "check your answers"; returns the mark of the draft."""
        mark = re.search(r'name="mark" value="(\w+)"', self.call("/en/", {"safe": "yes"}))
        assert mark
        for page, fields in {"about": {"about": "me"}, "story": {"story": story}, **pages}.items():
            self.call(f"/en/r/{page}/", {"mark": mark[1], **fields})
        assert picture in self.call("/en/r/files/", {"mark": mark[1], "name": picture}, file=True)
        assert story in self.call("/en/r/check/").replace("&#x27;", "'")
        return mark[1]


def _with_picture(fields: dict[str, str]) -> bytes:
    """A form with a picture, as a browser sends it."""
    head = f'--B\r\nContent-Disposition: form-data; name="mark"\r\n\r\n{fields["mark"]}\r\n'
    head += f'--B\r\nContent-Disposition: form-data; name="file"; filename="{fields["name"]}"\r\n'
    return head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + PICTURE + b"\r\n--B--\r\n"


def lead_through(here: Installation) -> str:
    """Send everything through the house; return the receipt."""
    phone, other = Phone(here.public), Phone(here.public)
    other.write(CANARIES["draft"], CANARIES["picture's name"])  # and then somebody came into the room
    mark = phone.write(
        f"{CANARIES['narrative']} and he is called @{CANARIES['account']} there",
        CANARIES["picture's name"],
        where={"account": CANARIES["account"], "link": f"https://{CANARIES['account']}.example/room"},
        contact={"channel": "call", "address": CANARIES["contact"], "say": CANARIES["what may be said"]},
    )
    receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", phone.call("/en/r/check/", {"mark": mark}))
    assert receipt
    phone.call("/en/r/number/", {"mark": mark, "number_end": receipt[0][-4:]})
    _worker_does(here, "casework.triage")
    _desk_works(here)
    box = phone.call("/en/back/", {"number": receipt[0]})
    assert CANARIES["answer"] in box
    held = dict(re.findall(r'name="(mark|once)" value="(\w+)"', box))
    assert CANARIES["later message"] in phone.call("/en/box/", {**held, "text": CANARIES["later message"]})
    name = {"mark": held["mark"], "name": CANARIES["picture's name"]}
    assert CANARIES["picture's name"] in phone.call("/en/box/files/", name, file=True)
    _worker_does(here, "intake.take_words")
    _worker_does(here, "intake.adopt_files")
    return receipt[0]


def _desk_works(here: Installation) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DESK, json.dumps(CANARIES)],
        capture_output=True, text=True, check=False,
        env={k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {"MLINZI_STATE": str(here.state)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def _worker_does(here: Installation, job: str) -> None:
    for _ in range(100):
        if re.search(rf"{job}: [1-9]\d* done", here.log.read_text()):
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
