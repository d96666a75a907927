"""A code that a reporter tells somebody who helps, so that they find the report. Pure."""

import hashlib
import hmac
import re
from datetime import timedelta

HELPER_CODE_LASTS = timedelta(days=7)
_CODE = re.compile(r"M[ -]?([0-9]{4})[ -]?([0-9]{4})", re.IGNORECASE)


def helper_code(seed: bytes, once: str) -> str:
    """The code of a mailbox for one wish to have one, as it is shown, such as "M 0417 2293".

    Args:
        seed: of the mailbox; nobody without the number can count it out. once: the key of the form.
    """
    digest = hmac.digest(seed, f"helper code|{once}".encode(), hashlib.sha256)
    digits = f"{int.from_bytes(digest) % 10**8:08d}"
    return f"M {digits[:4]} {digits[4:]}"


def read_helper_code(text: str) -> str:
    """What somebody typed as it is kept; "" for what is no such code.

    >>> read_helper_code(" m0417-2293 ")
    'M 0417 2293'
    """
    found = _CODE.fullmatch(text.strip())
    return f"M {found[1]} {found[2]}" if found else ""


def is_helper_code(text: str) -> bool:
    """Whether this is a code exactly as it is kept."""
    return read_helper_code(text) == text
