"""The paper that a report was made on a day: signed, without content, to be shown elsewhere. Pure.

It is a signed note (C2SP) of three lines, a sentence, the day and a number:

    A report was made on this day.
    2026-03-14
    K7QX-92MD

    — mlinzi-acknowledgement 8C5v…
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from kinga import auditlog
from mlinzi.kernel.ids import ALPHABET

LONGEST_PASTED = 10_000
_LONGEST_WORDS = 500
_NUMBER = re.compile(rf"[{ALPHABET}]{{4}}(?:-[{ALPHABET}]{{1,4}})*")
# Programs exchange the dash before the signature for one of these; nothing that is signed is among them.
_DASH = re.compile(r"[-‐‑‒–—―−]{1,3}")
# Byte order marks, soft hyphens, zero-width spaces and marks of direction: copying adds and drops them.
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Acknowledged:
    """What a paper says.

    Args:
        day: on which the report was made.
        number: of the paper, as `kernel.ids.spoken_number` makes them; it leads to no mailbox.
        words: the sentence, in the language of whoever reported.
    """

    day: date
    number: str
    words: str


def acknowledgement(day: date, number: str, *, words: str, signer: auditlog.Signer) -> str:
    """The paper. Raises `ValueError` for words or a number that could not be read back from it."""
    line = " ".join(_seen(words).split())
    if not line or len(line) > _LONGEST_WORDS:
        raise ValueError(f"The words of an acknowledgement have 1 to {_LONGEST_WORDS} characters.")
    if not _NUMBER.fullmatch(number):
        raise ValueError("The number of an acknowledgement is one that can be read aloud.")
    return auditlog.sign_note(_text(line, day.isoformat(), number), signer)


def read_acknowledgement(pasted: str, verifier: auditlog.Verifier) -> Acknowledged | None:
    """What a true paper says; None for anything else, however little of it was changed.

    1. take the parts out of what was pasted, whatever copying did to blanks, line ends and the dash, 2. spell
    the note anew from them, 3. believe it only if the signature holds for that spelling.
    """
    parts = _parts(pasted, verifier.name) if len(pasted) <= LONGEST_PASTED else None
    if parts is None:
        return None
    words, day, number, signature = parts
    note = f"{_text(words, day, number)}\n— {verifier.name} {signature}\n"
    try:
        signed = auditlog.open_note(note, verifier)
        made = date.fromisoformat(day)
    except (auditlog.AuditLogError, ValueError):
        return None
    if signed != _text(words, made.isoformat(), number) or not _NUMBER.fullmatch(number):
        return None  # ours, but no paper: a day has other spellings
    return Acknowledged(made, number, words)


def _text(words: str, day: str, number: str) -> str:
    return f"{words}\n{day}\n{number}\n"


def _seen(text: str) -> str:
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))


def _parts(pasted: str, name: str) -> tuple[str, str, str, str] | None:
    """Words, day, number and signature. The last dash on its own stands before the signature.

    Everything after it is joined, since programs that wrap lines break the key's name at its hyphen and the
    signature anywhere.
    """
    tokens = _seen(pasted).split()
    dashes = [at for at, token in enumerate(tokens) if _DASH.fullmatch(token)]
    if not dashes or dashes[-1] < 3:
        return None
    *words, day, number = tokens[: dashes[-1]]
    tail = "".join(tokens[dashes[-1] + 1 :])
    return (" ".join(words), day, number, tail.removeprefix(name)) if tail.startswith(name) else None
