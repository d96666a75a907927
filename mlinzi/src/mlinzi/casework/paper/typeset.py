"""Typeset one sheet: JSON on standard input, a PDF on standard output. A program of its own; see `pdf_of`.

The root is a folder that holds the template alone, packages are sought where there are none, and only the
fonts that come with the typesetter are used, so that a sheet looks the same everywhere.
"""

import json
import resource
import sys
from pathlib import Path

import typst

ROOT = Path(__file__).parent / "template"
_MEMORY = 2 << 30
_SECONDS = 15


def compiled(data: str, *, standard: bool) -> bytes:
    """The PDF of some data. Raises `typst.TypstError`."""
    nowhere = str(ROOT / "none")
    made = typst.compile(
        str(ROOT / "sheet.typ"),
        root=str(ROOT),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": data},
        pdf_standards=["ua-1"] if standard else [],
        package_path=nowhere,
        package_cache_path=nowhere,
    )
    if not isinstance(made, bytes):
        raise TypeError
    return made


def main() -> None:
    """Read, typeset, write. A character that no font has makes the standard impossible, not the sheet."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    sheet = json.loads(sys.stdin.buffer.read())
    try:
        pdf = compiled(json.dumps({**sheet, "gap": ""}), standard=True)
    except typst.TypstError:
        pdf = compiled(json.dumps(sheet), standard=False)
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
