"""Who acts. Every act and read takes one as `by=`; the audit log keeps it."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    PERSON = "person"
    PROCESS = "process"
    REPORTER = "reporter"
    GUEST = "guest"
    PROGRAM = "program"


@dataclass(frozen=True)
class Actor:
    """One who acts.

    Args:
        kind: a person with an account, a process of ours, a reporter (who has no identity at all), a guest
            who answers for an organisation by a link, or a provider's program.
        id: the person's id, the process's name, "-" for a reporter, what a guest's link is about, or the id
            of a program's credential.
        organisation: the organisation's pack id or uuid as text; "" where there is none.
    """

    kind: ActorKind
    id: str
    organisation: str = ""

    @classmethod
    def process(cls, name: str) -> "Actor":
        return cls(ActorKind.PROCESS, name)

    @classmethod
    def reporter(cls) -> "Actor":
        return cls(ActorKind.REPORTER, "-")

    @classmethod
    def guest(cls, about: str, organisation: str) -> "Actor":
        return cls(ActorKind.GUEST, about, organisation)

    @classmethod
    def program(cls, credential: str, organisation: str) -> "Actor":
        return cls(ActorKind.PROGRAM, credential, organisation)
