"""Files at the door: sealed as they come, and never a reason to lose a word."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoCaptureOnCommitCallbacks

from mlinzi.intake import acts
from mlinzi.intake.models import Attachment, Report, Submission, Word
from mlinzi.intake.tests.test_acts import everything_in_the_database, open_all
from mlinzi.intake.tests.test_taking import take
from mlinzi.intake.tests.visitor import Visitor, text_of
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText
from tests.tables import StoredFile
from tests.world import WORKER

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db
PICTURE = b"\xff\xd8\xff\xe1canary EXIF of a phone" + b"canary pixels " * 100_000


def bring(
    visitor: Visitor, content: bytes = PICTURE, name: str = "canary-name.jpg", *, to: str = "r/files/"
) -> "Answer":
    secret = visitor.secret("b" if to.startswith("box") else "k")
    assert secret is not None
    file = SimpleUploadedFile(name, content, "image/jpeg")
    return visitor.client.post(visitor.at(to), {"mark": secret.mark, "file": file})


def bodies(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_limits_are_said_before_and_pictures_of_abuse_are_never_asked_for(visitor: Visitor) -> None:
    visitor.write()
    page = text_of(visitor.get("r/files/"))
    assert "Please never send a picture or video of a child without clothes" in page
    assert "At most 5 files of at most 25 MB each" in page
    assert 'accept="image' not in page


def test_a_file_is_sealed_as_it_comes_and_reaches_the_vault_unopened(
    visitor: Visitor,
    door_folder: Path,
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    visitor.write()
    assert bring(visitor).headers["Location"] == "/en/r/files/"
    for rest in ("r/files/", "r/check/"):
        assert "canary-name.jpg" in text_of(visitor.get(rest))
    (body,) = bodies(door_folder)
    assert b"canary" not in body
    assert len(body) > len(PICTURE)
    visitor.send()
    open_all()
    row = Attachment.objects.get()
    assert row.size == len(PICTURE)
    assert b"canary" not in everything_in_the_database()
    vaulted = tmp_path / "vault"
    with django_capture_on_commit_callbacks(execute=True):
        assert acts.adopt_files(by=WORKER, now=now(), keys=keyring(), door=door_folder, folder=vaulted) == 1
    assert bodies(door_folder) == []
    assert bodies(vaulted) == [body]
    stored = StoredFile.objects.get()
    assert (stored.id, stored.subject_id) == (row.id, str(Report.objects.get().id))
    name = SealedText("vault.file", str(stored.id), "name", bytes(stored.name))
    assert vault.open_for_work(name, by=WORKER, now=now(), keys=keyring()) == "canary-name.jpg"


def test_a_file_can_be_taken_away_again(
    visitor: Visitor, door_folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    visitor.write()
    bring(visitor, name="one.png")
    bring(visitor, name="two.png")
    page = text_of(visitor.get("r/files/"))
    first = page.split('name="remove" value="')[1].split('"')[0]
    with django_capture_on_commit_callbacks(execute=True):
        for remove in (first, first, "no-such-file", "../../etc"):
            assert visitor.post("r/files/", {"remove": remove}).status_code == 303
    assert len(bodies(door_folder)) == 1
    assert "one.png" not in text_of(visitor.get("r/files/"))
    assert visitor.post("r/files/", {"remove": first, "mark": "forged"}).status_code == 422
    visitor.send()
    assert Submission.objects.get().attachments.count() == 1


def test_more_than_five_are_refused_kindly_and_leave_nothing(visitor: Visitor, door_folder: Path) -> None:
    visitor.write()
    for at in range(5):
        assert bring(visitor, b"x", f"{at}.png").status_code == 303
    assert "There are 5 files. More do not fit." in text_of(visitor.get("r/files/"))
    sixth = bring(visitor, b"x", "6.png")
    assert sixth.status_code == 422
    assert "There are 5 files already" in text_of(sixth)
    assert len(bodies(door_folder)) == 5
    visitor.send()
    assert Attachment.objects.count() == 5


def test_a_file_that_is_too_large_or_empty_is_said_so_and_the_words_are_safe(
    visitor: Visitor, door_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlinzi.intake.web.files.FILE_LIMIT", 1_000_000)
    visitor.write()
    for content, said in ((PICTURE, "This file is larger than 25 MB"), (b"", "This file is empty")):
        refused = bring(visitor, content)
        assert refused.status_code == 422
        assert said in text_of(refused)
    assert bodies(door_folder) == []
    assert "game &lt;b&gt;" in text_of(visitor.get("r/check/"))
    assert visitor.post("r/files/", {}).headers["Location"] == "/en/r/check/"  # no file was chosen
    visitor.send()
    assert Submission.objects.count() == 1


def test_a_disk_that_is_full_is_said_and_no_word_is_lost(
    visitor: Visitor, door_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    visitor.write()
    with monkeypatch.context() as broken:
        broken.setattr("mlinzi.vault.files.WholeFile.commit", full)
        refused = bring(visitor)
    assert refused.status_code == 422
    assert "did not arrive whole" in text_of(refused)
    assert bodies(door_folder) == []
    assert bring(visitor).status_code == 303
    visitor.send()
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a\u202egnp.exe", "<b>.png", "x" * 5_000, "C:\\phone\\chat.png", "\x00\n.png"],
)
def test_a_name_is_kept_as_words_and_leads_nowhere(visitor: Visitor, door_folder: Path, name: str) -> None:
    visitor.write()
    assert bring(visitor, b"x", name).status_code in (303, 422)
    page = visitor.get("r/files/")
    assert page.status_code == 200
    assert "<b>.png" not in text_of(page)
    assert len(page.content) < 20_000
    assert all(path.parent.parent.parent == door_folder for path in door_folder.rglob("*") if path.is_file())


def test_a_file_may_follow_later_and_stands_in_the_mailbox(visitor: Visitor, door_folder: Path) -> None:
    visitor.come_back(visitor.tell())
    assert bring(visitor, to="box/files/").headers["Location"] == "/en/box/"
    assert "canary-name.jpg" in visitor.box()
    word = Word.objects.get()
    assert word.kind == "file"
    assert Attachment.objects.get().submission == Submission.objects.get()
    open_all()
    assert take() == 1
    assert "canary-name.jpg" in visitor.box()
    assert b"canary" not in everything_in_the_database()
    for at in range(4):
        assert bring(visitor, b"x", f"{at}.png", to="box/files/").status_code == 303
    refused = bring(visitor, b"x", "6.png", to="box/files/")
    assert refused.status_code == 422
    assert len(bodies(door_folder)) == 5


@pytest.mark.parametrize("error", ["Refused([])", "NotFound()"])
def test_a_visit_that_ends_while_a_file_comes_leaves_no_body(
    visitor: Visitor, door_folder: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    from mlinzi.kernel.errors import NotFound, Refused

    def late(*_given: object, **_named: object) -> None:
        raise {"Refused([])": Refused([]), "NotFound()": NotFound()}[error]

    visitor.come_back(visitor.tell())
    monkeypatch.setattr("mlinzi.intake.web.files.acts.write_back", late)
    assert bring(visitor, to="box/files/").headers["Location"] == "/en/box/files/"
    assert bodies(door_folder) == []


def test_without_a_draft_or_a_visit_nothing_is_taken(visitor: Visitor, door_folder: Path) -> None:
    file = SimpleUploadedFile("a.png", PICTURE, "image/png")
    for rest, leads in (("r/files/", "/en/"), ("box/files/", "/en/back/")):
        answer = visitor.client.post(visitor.at(rest), {"mark": "x", "file": file})
        assert answer.headers["Location"] == leads
    assert bodies(door_folder) == []


@pytest.mark.parametrize("rest", ["r/story/", "", "back/", "paper/", "leave/"])
def test_a_page_that_takes_no_file_keeps_the_words_beside_it(
    visitor: Visitor, door_folder: Path, rest: str
) -> None:
    visitor.write()
    file = SimpleUploadedFile("a.png", PICTURE, "image/png")
    secret = visitor.secret()
    assert secret is not None
    fields = {"mark": secret.mark, "story": "New words.", "file": file}
    answer = visitor.client.post(visitor.at(rest), fields)
    assert answer.status_code in (200, 303, 422)
    assert bodies(door_folder) == []
    if rest == "r/story/":
        assert "New words." in text_of(visitor.get("r/check/"))


def test_the_name_that_stands_in_a_mailbox_is_what_was_sealed(visitor: Visitor, door_folder: Path) -> None:
    from tests.world import open_box

    receipt = visitor.tell()
    visitor.come_back(receipt)
    bring(visitor, b"x", "chat.png", to="box/files/")
    (told,) = open_box(receipt).messages
    kept = json.loads(told.text)
    assert (kept["name"], kept["size"]) == ("chat.png", 1)


def test_a_file_that_comes_with_a_wish_to_remove_one_leaves_no_body(
    visitor: Visitor, door_folder: Path
) -> None:
    visitor.write()
    secret = visitor.secret()
    assert secret is not None
    file = SimpleUploadedFile("a.png", PICTURE, "image/png")
    answer = visitor.client.post(
        visitor.at("r/files/"), {"mark": secret.mark, "remove": "no-such-file", "file": file}
    )
    assert answer.status_code == 303
    assert bodies(door_folder) == []


@pytest.mark.parametrize("to", ["r/files/", "box/files/"])
def test_on_a_disk_that_is_nearly_full_files_wait_and_words_do_not(
    visitor: Visitor, door_folder: Path, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    free = SimpleNamespace(free=2 * 1024**3 - 1)
    monkeypatch.setattr("mlinzi.intake.web.files.shutil.disk_usage", lambda _folder: free)
    if to.startswith("box"):
        visitor.come_back(visitor.tell())
    else:
        visitor.write()
    refused = bring(visitor, to=to)
    assert refused.status_code == 422
    assert "files have to wait. What you wrote is safe." in text_of(refused)
    assert 'type="file"' not in text_of(visitor.get(to))
    assert bodies(door_folder) == []
    free.free += 1
    assert bring(visitor, to=to).status_code == 303
    assert len(bodies(door_folder)) == 1
