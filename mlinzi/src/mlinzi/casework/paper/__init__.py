"""Make a sheet of paper. What a sheet says goes as data to a template of ours, so that no text of a person
becomes markup; the typesetter runs in a process of its own, with no key, no database and a bounded time.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mlinzi.kernel.errors import OurTurn

TIME_LIMIT = 20.0
_SCRIPT = Path(__file__).with_name("typeset.py")


class NoPaper(OurTurn):
    """A sheet could not be typeset. Try again; if it fails again, tell whoever keeps the system."""


@dataclass(frozen=True)
class Section:
    """Some texts under a heading; line breaks in them are kept."""

    heading: str
    texts: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Sheet:
    """What a sheet says.

    Args:
        mark: stands across every page and at its foot. facts: pairs of label and value, at the top.
        gap: the sentence that is printed where the fonts lack a character of a text.
    """

    title: str
    language: str
    mark: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...] = field(repr=False)
    gap: str = ""


def pdf_of(sheet: Sheet) -> bytes:
    """The sheet as a tagged PDF: by PDF/UA-1 where the fonts have every character, tagged all the same where
    they lack one. Raises `NoPaper`.
    """
    data = json.dumps(asdict(sheet)).encode()
    # Isolated and with an empty environment: it finds nothing of the site's that could be printed.
    command = [sys.executable, "-I", str(_SCRIPT)]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=TIME_LIMIT, check=False, env={}, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired):
        raise NoPaper from None
    # What it complains of may hold the text; so nothing of it is kept.
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise NoPaper
    return done.stdout
