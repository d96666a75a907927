"""One thing that is not as it should be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What is wrong and what to do about it.

    Args:
        code: a short name that stays the same, for programs that watch.
        refuses: whether the installation must not be used like this; otherwise it is a warning.
        sentence: for people. It holds no secret and nothing about a person.
    """

    code: str
    refuses: bool
    sentence: str


def refusal(code: str, sentence: str) -> Finding:
    return Finding(code, True, sentence)


def warning(code: str, sentence: str) -> Finding:
    return Finding(code, False, sentence)
