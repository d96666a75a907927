"""What may come in, and how it is spelled when it is sealed. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any
from uuid import UUID

NARRATIVE_LIMIT = 20_000
WHERE_LIMIT = 2_000
LINE_LIMIT = 500
MESSAGE_LIMIT = 8_000
FILES_LIMIT = 5
# A form in the spelling that is sealed, with room for what that spelling adds.
_LONGEST = 12 * (NARRATIVE_LIMIT + 8 * WHERE_LIMIT)


class Door(StrEnum):
    WEB = "web"
    STAFF = "staff"
    PROVIDER = "provider"


class Danger(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Where a report stands, in the words that the pack gives a reporter."""

    RECEIVED = "received"
    BEING_READ = "being_read"
    PASSED_ON = "passed_on"
    BEING_HELPED = "being_helped"
    ANSWERED = "answered"
    CLOSED = "closed"


class SafeChannel(StrEnum):
    """How a reporter may be reached. `BOX` is the mailbox behind the number; `NEVER` wins over all."""

    BOX = "box"
    CALL = "call"
    SMS = "sms"
    MAIL = "mail"
    NEVER = "never"


# What a person has to be called, written or mailed at; the other channels need no address.
WITH_ADDRESS = frozenset({SafeChannel.CALL, SafeChannel.SMS, SafeChannel.MAIL})


class WordKind(StrEnum):
    """What a reporter who has come back sends."""

    WORDS = "words"
    CONTACT = "contact"
    STOP = "stop"
    FILE = "file"
    CODE = "code"


class Source(StrEnum):
    """By which way a report reached a member of staff who wrote it down."""

    PHONE = "phone"
    WALK_IN = "walk_in"
    VISIT = "visit"
    LETTER = "letter"
    CHAT = "chat"


class Consent(StrEnum):
    """Whether whoever told agreed that it is written down and passed on."""

    GIVEN = "given"
    REFUSED = "refused"
    NOT_ASKED = "not_asked"


class Contact(StrEnum):
    """Contacts that are counted and make no report."""

    SILENT = "silent"
    HOAX = "hoax"
    WRONG_NUMBER = "wrong_number"
    REPEAT = "repeat"
    HUNG_UP = "hung_up"
    QUESTION = "question"


class Action(StrEnum):
    SOURCE_SEE = "intake.source.see"
    REPORT_ENTER = "intake.report.enter"
    CONTACT_COUNT = "intake.contact.count"


@dataclass(frozen=True)
class Details:
    """What may be told besides the words themselves. Codes are ids of the pack's choices; "" is not told.

    Args:
        about: whom it is about. age: the child's age band. since: since when.
        service, link, account: where online.
        channel: a code of `SafeChannel`. address: number or address for it. hours: when. say: what may be
            said when somebody else answers.
        organisation, position: of a professional who reports.
        source, consent, call: of a report that staff wrote down: by which way, agreed to, and facts of the
            call or visit.
        in_flood: whether the door was flooded. worked: whether the sender's machine had worked for it.
    """

    about: str = ""
    age: str = ""
    since: str = ""
    service: str = ""
    link: str = ""
    account: str = ""
    channel: str = ""
    address: str = ""
    hours: str = ""
    say: str = ""
    organisation: str = ""
    position: str = ""
    source: str = ""
    consent: str = ""
    call: str = ""
    in_flood: bool = False
    worked: bool = False

    def __repr__(self) -> str:
        return "Details(…)"


# What a taken-over door could write longer than any form of ours.
DETAIL_LIMITS: Mapping[str, int] = {
    **dict.fromkeys(("about", "age", "since", "channel", "hours", "source", "consent"), 32),
    **dict.fromkeys(("service", "account", "address", "say", "organisation", "position", "call"), LINE_LIMIT),
    "link": WHERE_LIMIT,
}


@dataclass(frozen=True)
class Submitted:
    """What somebody tells at the door. Everything but the narrative may be empty.

    Args:
        narrative: what happened, in the reporter's words.
        where_online: service, link and account name, a line each.
        category, area: pack ids, or "".
        in_danger: whether a child is in danger now.
        language: the language of the form.
        files: ids of the files that belong to it, as text.
    """

    narrative: str = field(repr=False)
    where_online: str = field(repr=False)
    category: str
    area: str
    in_danger: Danger
    language: str
    details: Details = Details()
    files: tuple[str, ...] = ()


def where_of(service: str, link: str, account: str) -> str:
    """Where online, as one text for the desk: what was told, a line each."""
    return "\n".join(line for line in (service, link, account) if line)


def as_text(submitted: Submitted) -> str:
    """What is sealed for the worker; `from_text` is its reverse."""
    return json.dumps(asdict(submitted), ensure_ascii=False, sort_keys=True)


def from_text(text: str) -> Submitted:
    """What the door sealed. Raises `ValueError`, `KeyError` or `TypeError` for what no door of ours wrote.

    Whoever has taken over the door can seal anything for the worker; nothing of it may stop the line.
    """
    if len(text) > _LONGEST:
        raise ValueError("A submission is longer than any form of ours.")
    try:
        told = json.loads(text)
    except RecursionError as error:
        raise ValueError("A submission is nested deeper than any form of ours.") from error
    if not isinstance(told, dict):
        raise TypeError("A submission is a set of fields.")
    details = details_from(told.pop("details", {}))
    files = tuple(str(UUID(id)) for id in told.pop("files", [])[:FILES_LIMIT])
    submitted = Submitted(**{**told, "in_danger": Danger(told["in_danger"])}, details=details, files=files)
    plain = (getattr(submitted, f.name) for f in fields(Submitted) if f.name not in {"details", "files"})
    if not all(isinstance(value, str) for value in plain):
        raise TypeError("Every field of a submission is a text.")
    if len(submitted.narrative) > NARRATIVE_LIMIT or len(submitted.where_online) > 2 * WHERE_LIMIT:
        raise ValueError("A field of a submission is longer than any of ours.")
    return submitted


def details_from(told: Mapping[str, Any]) -> Details:
    """Details as they were sealed. Raises `ValueError` or `TypeError` for what no form of ours wrote.

    The sections of a provider's report lie beside them, for `sections.sections_from`.
    """
    if not isinstance(told, Mapping):
        raise TypeError("Details are a set of fields.")
    details = Details(**{name: value for name, value in told.items() if name != "sections"})
    for name, value in asdict(details).items():
        if not isinstance(value, bool if name in {"in_flood", "worked"} else str):
            raise TypeError("A detail of a submission is of another kind.")
        if name in DETAIL_LIMITS and len(str(value)) > DETAIL_LIMITS[name]:
            raise ValueError("A detail of a submission is longer than any form of ours.")
    return details


def why_not_receive(submitted: Submitted) -> list[str]:
    """Reasons against taking it in; empty means yes. Pages check the same and say it in their language."""
    reasons = []
    if not submitted.narrative.strip():
        reasons.append("Say in a few words what happened; everything else may stay empty.")
    if len(submitted.narrative) > NARRATIVE_LIMIT:
        reasons.append(f"What happened may have {NARRATIVE_LIMIT} characters; please make it shorter.")
    if len(submitted.where_online) > 2 * WHERE_LIMIT:
        reasons.append(f"Where it happened may have {2 * WHERE_LIMIT} characters; please make it shorter.")
    return reasons


def why_not_write(text: str, *, limit: int = MESSAGE_LIMIT) -> list[str]:
    """Reasons against a message of the reporter; empty means yes."""
    if not text.strip():
        return ["Write something first."]
    if len(text) > limit:
        return [f"A message may have {limit} characters; please send it in two."]
    return []


_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_text(text: str) -> str:
    """A text as it can be stored: one kind of line end; no NUL, other control characters or half characters.

    Nothing that a person can read is lost, and nothing is cut: what is too long is refused, not shortened.
    """
    return _CONTROL.sub("", _LINE_END.sub("\n", text)).strip()


def clean_line(text: str) -> str:
    """The same on one line."""
    return " ".join(clean_text(text).split())
