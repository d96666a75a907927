"""What was promised compared with what is there. Pure: the ledger's lines and the evidence come in."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field

from bench.ledger import Line

Count = Mapping[str, int]


@dataclass(frozen=True)
class Evidence:
    """What an installation holds, counted.

    Args:
        submissions, mailboxes, reports, cases: how many rows belong to a journey, by the mark that stands in
            the words of its submission. The mark is "" where somebody else's words are.
        marks: how many reports have a mark in their own opened words.
        opened: numbers that opened a mailbox at the door.
        led_to: the mark of the submission whose mailbox a number leads to.
        referrals: how many a case has, by the case's number.
        states: a referral's state by its number.
        letters: how many letters ask a receiver to help, by the referral's number.
        handed_over: how often a letter was given to the mail server, by its Message-ID.
        unsent: letters that were queued and never left.
        waiting: what was still in a queue at the end, by the queue's name.
        failed: what was set aside because it could not be worked on, by its kind.
        log_whole, records_fit: what `mlinzi audit verify` and `mlinzi fsck` said.
    """

    submissions: Count
    mailboxes: Count
    reports: Count
    cases: Count
    marks: Count
    opened: frozenset[str]
    led_to: Mapping[str, str]
    referrals: Count
    states: Mapping[str, str]
    letters: Count
    handed_over: Count
    unsent: int
    waiting: Count
    failed: Count
    log_whole: bool
    records_fit: bool


@dataclass(frozen=True)
class Verdict:
    """The counts that a promise is made about; `broken` names each promise that was not kept."""

    received: int
    referred: int
    accepted: int
    done: int
    retried: int
    clicked_again: int
    lost: int
    duplicated: int
    strange: int
    referrals_lost: int
    referrals_twice: int
    letters_missing: int
    letters_twice: int
    handed_over_twice: int
    refused: int
    left_over: int
    log_whole: bool
    records_fit: bool
    broken: tuple[str, ...] = field(default=())

    @property
    def kept(self) -> bool:
        """Whether every promise was kept."""
        return not self.broken

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {**asdict(self), "kept": self.kept}


def judge(lines: Iterable[Line], found: Evidence) -> Verdict:
    """Hold an installation against a ledger.

    Lost: a journey whose number was shown, without submission, report, case or mailbox, or whose number does
    not open it or leads to somebody else's. Duplicated: more than one of any of them, or its words in more
    than one report. Strange: a submission in words that nobody of the ledger can have written. A journey that
    was begun and whose number was never shown may be there or not.
    """
    said: dict[str, list[Line]] = {}
    for line in lines:
        said.setdefault(line["what"], []).append(line)
    received, referred = said.get("received", []), said.get("referred", [])
    begun = {line["mark"] for line in said.get("begun", [])}
    asked = {line["case"] for line in said.get("referring", [])}
    counts = (found.submissions, found.mailboxes, found.reports, found.cases)
    verdict = Verdict(
        received=len(received),
        referred=len(referred),
        accepted=len(said.get("accepted", [])),
        done=len(said.get("done", [])),
        retried=sum(line["tries"] > 1 for line in received + referred),
        clicked_again=len(said.get("repeated", []) + said.get("referred-again", [])),
        lost=sum(_is_lost(line, found) for line in received),
        duplicated=sum(_beyond_one(count) for count in (*counts, found.marks))
        + len(said.get("other-receipt", [])),
        strange=sum(count for mark, count in found.submissions.items() if mark not in begun),
        referrals_lost=sum(not found.referrals.get(line["case"]) for line in referred)
        + _moved_back(said, found.states),
        referrals_twice=_beyond_one(found.referrals) + sum(case not in asked for case in found.referrals),
        letters_missing=sum(number not in found.letters for number in found.states) + found.unsent,
        letters_twice=_beyond_one(found.letters),
        handed_over_twice=_beyond_one(found.handed_over),
        refused=len(said.get("refused", [])),
        left_over=sum(found.waiting.values()) + sum(found.failed.values()),
        log_whole=found.log_whole,
        records_fit=found.records_fit,
    )
    return Verdict(**{**asdict(verdict), "broken": tuple(_broken(verdict))})


def _is_lost(line: Line, found: Evidence) -> bool:
    mark, number = line["mark"], line["receipt"]
    counts = (found.submissions, found.mailboxes, found.reports, found.cases, found.marks)
    there = all(mark in rows for rows in counts)
    return not (there and number in found.opened and found.led_to.get(number) == mark)


def _beyond_one(count: Count) -> int:
    return sum(number - 1 for number in count.values() if number > 1)


def _moved_back(said: Mapping[str, list[Line]], states: Mapping[str, str]) -> int:
    """Referrals whose acknowledged answer is not there."""
    done = {line["referral"] for line in said.get("done", [])}
    accepted = {line["referral"] for line in said.get("accepted", [])} - done
    unfinished = sum(states.get(number) != "done" for number in done)
    return unfinished + sum(states.get(number) not in {"accepted", "done"} for number in accepted)


def _broken(verdict: Verdict) -> Iterator[str]:
    promises = {
        "acknowledged reports were lost": verdict.lost,
        "reports were duplicated": verdict.duplicated,
        "submissions came from nowhere": verdict.strange,
        "acknowledged referrals or answers to them were lost": verdict.referrals_lost,
        "referrals were sent twice": verdict.referrals_twice,
        "letters about referrals are missing": verdict.letters_missing,
        "letters about referrals were written twice": verdict.letters_twice,
        "forms were refused that should have been taken": verdict.refused,
        "things were left in a queue or set aside": verdict.left_over,
    }
    yield from (f"{number} {what}" for what, number in promises.items() if number)
    if not verdict.received:
        yield "nothing was received, so nothing was measured"
    if not verdict.log_whole:
        yield "the audit log does not verify"
    if not verdict.records_fit:
        yield "fsck found something that does not fit"


def tally(values: Iterable[str]) -> Counter[str]:
    """How often each value occurs."""
    return Counter(values)
