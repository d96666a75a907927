"""Identifiers: random, so that none tells how many there are or which came before."""

import secrets
import uuid

# No I, L, O, U, 0 or 1: a number must survive being read aloud on a bad line.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> uuid.UUID:
    """A random id for a row."""
    return uuid.uuid4()


def spoken_number(letters: int = 8) -> str:
    """A number for people, such as ``K7QX-92MD``: random, grouped by four, without look-alike letters."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(letters))
    return "-".join(text[at : at + 4] for at in range(0, letters, 4))
