"""Signed notes and checkpoints as C2SP writes them."""

import base64
import itertools
import stat
from pathlib import Path
from typing import Any

import pytest

from kinga.auditlog import (
    BadSignature,
    Checkpoint,
    Ed25519Signer,
    ExposedFile,
    MalformedKey,
    MalformedNote,
    Verifier,
    open_note,
    read_checkpoint,
    root_of,
    sign_checkpoint,
    sign_note,
)

ROOT = root_of([bytes(32)])


@pytest.fixture(scope="module")
def signer() -> Ed25519Signer:
    """The log's key."""
    return Ed25519Signer.generate("log.example/kinga")


@pytest.fixture(scope="module")
def note(signer: Ed25519Signer) -> str:
    """A checkpoint of one entry."""
    return sign_checkpoint(Checkpoint(signer.name, 1, ROOT), signer)


def test_the_published_notes(auditlog_vectors: dict[str, Any]) -> None:
    assert len(auditlog_vectors["notes"]) >= 2
    for vector in auditlog_vectors["notes"]:
        verifier = Verifier.from_vkey(vector["vkey"])
        assert verifier.vkey == vector["vkey"]
        published = f"{vector['text']}\n{vector['signature']}\n"
        assert open_note(published, verifier) == vector["text"]
        with pytest.raises(BadSignature):
            open_note(published.replace("i", "I", 1), verifier)


def test_the_published_private_key_signs_the_published_note(
    tmp_path: Path, auditlog_vectors: dict[str, Any]
) -> None:
    vector = auditlog_vectors["notes"][1]
    path = tmp_path / "log.key"
    path.write_text(vector["skey"] + "\n")
    path.chmod(0o600)
    signer = Ed25519Signer.from_file(path)
    assert signer.verifier.vkey == vector["vkey"]
    blob = Verifier.from_vkey(vector["vkey"]).verify(
        vector["text"].encode(), signer.sign(vector["text"].encode())
    )
    assert blob
    signer.write(tmp_path / "again.key")
    assert (tmp_path / "again.key").read_text() == path.read_text()


def test_any_text_that_ends_its_last_line_can_be_signed_and_is_read_back(signer: Ed25519Signer) -> None:
    for text in ("\n", "one line\n", "a blank line\n\nin it\n", "— not a signature\n", "Ripoti ✓\n"):
        signed = sign_note(text, signer)
        assert open_note(signed, signer.verifier) == text
        with pytest.raises(BadSignature):
            open_note(f"x{signed}", signer.verifier)
    checkpoint = Checkpoint(signer.name, 1, ROOT)
    assert sign_checkpoint(checkpoint, signer) == sign_note(checkpoint.body(), signer)


@pytest.mark.parametrize("text", ["", "no line end", "\r\n", "a\tb\n", "a\x00b\n", "half \ud800\n"])
def test_what_no_note_can_hold_is_not_signed(signer: Ed25519Signer, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - half characters are refused by Python's own words
        sign_note(text, signer)


def test_the_published_key_signs_the_published_note_byte_for_byte(auditlog_vectors: dict[str, Any]) -> None:
    golden = auditlog_vectors["checkpoint"]
    signer = Ed25519Signer(golden["origin"], bytes.fromhex(golden["private"]))
    text = golden["note"].rpartition("\n\n")[0] + "\n"
    assert sign_note(text, signer) == golden["note"]


def test_our_golden_checkpoint(auditlog_vectors: dict[str, Any]) -> None:
    """Ed25519 is deterministic: the same key and text give the same note, byte for byte."""
    golden = auditlog_vectors["checkpoint"]
    signer = Ed25519Signer(golden["origin"], bytes.fromhex(golden["private"]))
    checkpoint = Checkpoint(golden["origin"], golden["size"], bytes.fromhex(golden["root"]))
    assert signer.verifier.vkey == golden["vkey"]
    assert sign_checkpoint(checkpoint, signer) == golden["note"]
    assert read_checkpoint(golden["note"], Verifier.from_vkey(golden["vkey"])) == checkpoint


def test_the_shape_of_a_checkpoint(signer: Ed25519Signer, note: str) -> None:
    lines = note.split("\n")
    assert lines[:2] == ["log.example/kinga", "1"]
    assert lines[3] == ""
    assert lines[4].startswith("— log.example/kinga ")
    assert lines[5:] == [""]
    assert read_checkpoint(note, signer.verifier).body() == "\n".join(lines[:3]) + "\n"


def test_every_flipped_bit_of_a_checkpoint_is_found(signer: Ed25519Signer, note: str) -> None:
    raw = note.encode()
    assert read_checkpoint(note, signer.verifier).size == 1
    for place, bit in itertools.product(range(len(raw)), range(8)):
        changed = bytearray(raw)
        changed[place] ^= 1 << bit
        with pytest.raises((BadSignature, MalformedNote)):
            read_checkpoint(changed.decode("utf-8", "surrogateescape"), signer.verifier)


def test_every_truncation_of_a_checkpoint_is_found(signer: Ed25519Signer, note: str) -> None:
    for length in range(len(note)):
        with pytest.raises((BadSignature, MalformedNote)):
            read_checkpoint(note[:length], signer.verifier)


def test_another_key_even_under_the_same_name_does_not_verify(signer: Ed25519Signer, note: str) -> None:
    assert read_checkpoint(note, signer.verifier).root == ROOT
    for other in (Ed25519Signer.generate(signer.name), Ed25519Signer.generate("other")):
        with pytest.raises(BadSignature):
            read_checkpoint(note, other.verifier, origin=signer.name)


def test_a_key_cannot_lend_its_id_to_another(signer: Ed25519Signer, note: str) -> None:
    """The id is short; who finds another key with the same one still cannot sign for ours."""

    class Forger(Ed25519Signer):
        pass

    forger = Forger.generate(signer.name)
    forger.key_id = signer.key_id
    with pytest.raises(BadSignature):
        read_checkpoint(sign_checkpoint(Checkpoint(signer.name, 9, ROOT), forger), signer.verifier)


def test_signatures_by_others_are_passed_over_and_two_of_ours_must_both_hold(
    signer: Ed25519Signer, note: str
) -> None:
    witness = Ed25519Signer.generate("witness.example")
    checkpoint = Checkpoint(signer.name, 1, ROOT)
    cosigned = note + sign_checkpoint(checkpoint, witness).rpartition("\n\n")[2]
    assert read_checkpoint(cosigned, signer.verifier) == checkpoint
    assert read_checkpoint(cosigned, witness.verifier, origin=signer.name) == checkpoint
    false = sign_checkpoint(Checkpoint(signer.name, 2, ROOT), signer).rpartition("\n\n")[2]
    assert read_checkpoint(note + note.rpartition("\n\n")[2], signer.verifier) == checkpoint
    with pytest.raises(BadSignature):
        read_checkpoint(note + false, signer.verifier)


def test_there_is_an_end_to_signatures(signer: Ed25519Signer, note: str) -> None:
    line = "— someone AAAAAAAAAAA=\n"
    assert read_checkpoint(note + line * 99, signer.verifier).root == ROOT
    with pytest.raises(MalformedNote, match="too many"):
        read_checkpoint(note + line * 100, signer.verifier)


def test_a_checkpoint_of_another_log_is_refused(signer: Ed25519Signer) -> None:
    other = sign_checkpoint(Checkpoint("demonstration", 1, ROOT), signer)
    with pytest.raises(BadSignature, match="another log"):
        read_checkpoint(other, signer.verifier)
    assert read_checkpoint(other, signer.verifier, origin="demonstration").size == 1


@pytest.mark.parametrize(
    "body",
    [
        "log\n1\n",
        "log\n01\n{root}\n",
        "log\n-1\n{root}\n",
        "log\n+1\n{root}\n",
        "log\n١\n{root}\n",
        "log\n1 \n{root}\n",
        "log\n\n{root}\n",
        "log\n99999999999999999999\n{root}\n",
        "\n1\n{root}\n",
        "log\n1\n{root}\n\nafter an empty line\n",
        "log\n1\nAAAA\n",
        "log\n1\n{root}=\n",
        "log\n1\nnot base64\n",
    ],
)
def test_a_well_signed_note_that_is_no_checkpoint_is_refused(body: str) -> None:
    signer = Ed25519Signer.generate("log")

    class Body(Checkpoint):
        def body(self) -> str:
            return body.replace("{root}", Checkpoint("log", 1, ROOT).body().split("\n")[2])

    assert read_checkpoint(sign_checkpoint(Checkpoint("log", 1, ROOT), signer), signer.verifier).size == 1
    with pytest.raises(MalformedNote):
        read_checkpoint(sign_checkpoint(Body("log", 1, ROOT), signer), signer.verifier)


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("—", "-"),
        lambda note: note.removesuffix("\n"),
        lambda note: note + "\n",
        lambda note: note.replace("\n", "\r\n"),
        lambda note: note.replace("log", "log\t", 1),
        lambda note: note + "— someone AAAAAA==\n",
        lambda note: note + "— someone\n",
        lambda note: note + "— some one AAAAAAAAAAA=\n",
        lambda note: "",
    ],
)
def test_what_is_no_signed_note_is_refused(signer: Ed25519Signer, note: str, change: Any) -> None:
    with pytest.raises(MalformedNote):
        read_checkpoint(change(note), signer.verifier)


def test_a_note_needs_its_blank_line_even_if_the_signature_holds(signer: Ed25519Signer) -> None:
    signature = base64.b64encode(signer.key_id + signer.sign(b"\n")).decode()
    assert open_note(f"\n\n— {signer.name} {signature}\n", signer.verifier) == "\n"
    with pytest.raises(MalformedNote):
        open_note(f"— {signer.name} {signature}\n", signer.verifier)


def test_extension_lines_are_kept(signer: Ed25519Signer) -> None:
    checkpoint = Checkpoint(signer.name, 1, ROOT, ("time 1", "more"))
    assert read_checkpoint(sign_checkpoint(checkpoint, signer), signer.verifier) == checkpoint
    for line in ("", "two\nlines"):
        with pytest.raises(ValueError, match="printable line"):
            Checkpoint(signer.name, 1, ROOT, (line,))


def test_a_checkpoint_is_a_line_a_size_and_a_hash() -> None:
    assert Checkpoint("log", 0, ROOT).body().startswith("log\n0\n")
    for origin in ("", "two\nlines"):
        with pytest.raises(ValueError, match="printable line"):
            Checkpoint(origin, 1, ROOT)
    for size, root in ((-1, ROOT), (1, ROOT[:31])):
        with pytest.raises(ValueError, match="32 bytes"):
            Checkpoint("log", size, root)


def test_keys_as_text_and_back(signer: Ed25519Signer) -> None:
    verifier = Verifier.from_vkey(signer.verifier.vkey)
    assert (verifier.name, verifier.public) == (signer.name, signer.verifier.public)
    text = signer.verifier.vkey
    name, key_id, blob = text.split("+", 2)
    for wrong in (
        "",
        name,
        f"{name}+{key_id}",
        text[:-1],
        text + "=",
        f"{name}x+{key_id}+{blob}",
        f"{name}+00000000+{blob}",
        f"{name}+{key_id.upper() if key_id.upper() != key_id else '0'}+{blob}",
        f"{name}+{key_id}+B{blob[1:]}",
    ):
        with pytest.raises(MalformedKey):
            Verifier.from_vkey(wrong)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak", "no\u00a0break"])
def test_names_that_would_break_a_note_are_refused(name: str) -> None:
    assert Verifier("jina-lá", bytes(32)).name == "jina-lá"
    with pytest.raises(MalformedKey):
        Ed25519Signer.generate(name)


def test_keys_have_32_bytes() -> None:
    for length in (0, 31, 33):
        with pytest.raises(MalformedKey, match="32"):
            Verifier("log", bytes(length))
        with pytest.raises(MalformedKey, match="32"):
            Ed25519Signer("log", bytes(length))


def test_a_signing_key_goes_through_a_closed_file(tmp_path: Path, signer: Ed25519Signer, note: str) -> None:
    path = tmp_path / "log.key"
    signer.write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sign_checkpoint(Checkpoint(signer.name, 1, ROOT), Ed25519Signer.from_file(path)) == note
    with pytest.raises(FileExistsError):
        signer.write(path)
    path.chmod(0o640)
    with pytest.raises(ExposedFile):
        Ed25519Signer.from_file(path)
    assert Ed25519Signer.from_file(path, allow_shared=True).name == signer.name


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+", "log+00+AAAA", "\x00\xff"])
def test_a_file_that_holds_no_signing_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.key"
    path.write_text(text, "latin-1")
    path.chmod(0o600)
    with pytest.raises(MalformedKey):
        Ed25519Signer.from_file(path)


def test_a_signing_key_under_another_name_is_refused(tmp_path: Path, signer: Ed25519Signer) -> None:
    path = tmp_path / "log.key"
    signer.write(path)
    path.write_text(path.read_text().replace(signer.name, "other"))
    with pytest.raises(MalformedKey, match="hash"):
        Ed25519Signer.from_file(path)


def test_a_signer_does_not_show_its_key() -> None:
    signer = Ed25519Signer("log", bytes(range(32)))
    assert repr(signer) == "Ed25519Signer('log')"
    assert signer.verifier.vkey in repr(signer.verifier)
