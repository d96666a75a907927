"""The officers' pages among ten thousand, a hundred thousand and a million reports.

    python -m bench.pages [--sizes 10000,100000,1000000] [--samples 50] [--json]

One installation grows from size to size. At each size every page is asked for in turn, over HTTP at the staff
site as it is deployed, by somebody who is signed in, one request at a time; a time is that of the whole
answer.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

import psycopg
from rich.console import Console
from rich.table import Table

from bench.browser import Answer, Browser
from bench.installation import Installation, Trouble, installation
from bench.kill import people_signed_in
from bench.machine import ROOT, Machine, this_machine
from bench.rows import Seeds, fill

PACK = ROOT / "packs" / "ke"
SIZES = (10_000, 100_000, 1_000_000)
LIMIT = 150.0
"""Milliseconds within which 99 of 100 answers have to be there."""
FLAT = 1.5
"""By how much the middle time may grow from the smallest size to the largest."""
_SLACK = 10.0
"""Milliseconds of growth that are no growth: a page of five milliseconds may become one of nine."""
_REAL_REPORTS = 60
_ANALYST, _SUPERVISOR, _RECEIVER = "Amina", "Wanjiku", "Achieng"
_ASKERS = ("Otieno", "Kiptoo", "Neema")


@dataclass(frozen=True)
class Times:
    """One page at one size: milliseconds."""

    page: str
    size: int
    p50: float
    p99: float
    longest: float


@dataclass(frozen=True)
class Result:
    times: list[Times]

    @property
    def broken(self) -> list[str]:
        """What is not as wanted, a sentence each."""
        said = [
            f"{one.page} among {one.size:,}: p99 is {one.p99} ms" for one in self.times if one.p99 > LIMIT
        ]
        for page in dict.fromkeys(one.page for one in self.times):
            of_page = [one for one in self.times if one.page == page]
            first, last = of_page[0].p50, of_page[-1].p50
            if last > first * FLAT + _SLACK:
                said.append(f"{page} is not flat: {first} ms in the middle have become {last} ms")
        return said

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {"times": [asdict(one) for one in self.times], "broken": self.broken}


class Desk:
    """The signed-in people, and what each page is asked with."""

    def __init__(self, house: Installation, size: int, seed: int, turn: int) -> None:
        self.asker, self.asked = _ASKERS[turn % len(_ASKERS)], 0
        cookies = people_signed_in(house, [*dict.fromkeys([_ANALYST, _SUPERVISOR, _RECEIVER, self.asker])])
        self.sites = {
            name: Browser("localhost", house.staff_port, found, keeps_line=True)
            for name, found in cookies.items()
        }
        self.chance = random.Random(seed)
        self.size = size
        self.after = ""

    def pages(self) -> dict[str, Callable[[], Answer]]:
        """Each page with the request that it is measured by."""
        return {
            "queue": lambda: self.get(_ANALYST, "/queue/"),
            "queue, further on": self.further,
            "queue, one county": lambda: self.get(_ANALYST, "/queue/?area=nairobi&urgency=high"),
            "cases": lambda: self.get(_SUPERVISOR, "/cases/"),
            "cases, filtered": lambda: self.get(_SUPERVISOR, "/cases/?state=open&urgency=high&area=nairobi"),
            "case": lambda: self.get(_SUPERVISOR, f"/cases/{self.number()}/"),
            "overdue": lambda: self.get(_SUPERVISOR, "/overdue/"),
            "team": lambda: self.get(_SUPERVISOR, "/team/"),
            "look-up": self.look_up,
            "my work": lambda: self.get(_ANALYST, "/"),
            "referrals": lambda: self.get(_RECEIVER, "/referrals/"),
        }

    def get(self, who: str, path: str) -> Answer:
        """Ask for a page. Raises `Trouble` for one that is not there, whose time would mean nothing."""
        answer = self.sites[who].ask("GET", path)
        if answer.status != 200:
            raise Trouble(f"{path} answered {answer.status}.")
        return answer

    def number(self) -> str:
        """The number of one of the copied cases."""
        digits = f"{self.chance.randint(1, self.size):08X}"
        return f"{digits[:4]}-{digits[4:]}"

    def look_up(self) -> Answer:
        """Ask by a case's number, then by an account, in turn. Nobody may ask more than sixty times an hour:
        at each size somebody else asks.
        """
        self.asked += 1
        what = self.number() if self.asked % 2 else "Kijani Chat: invented_coach"
        site = self.sites[self.asker]
        fields: dict[str, str | list[str]] = {"asked": what, "purpose": "same_matter"}
        answer = site.ask("POST", "/look-up/", {**fields, "csrfmiddlewaretoken": site.cookies["mlinzi_form"]})
        if answer.status != 200:
            raise Trouble(f"/look-up/ answered {answer.status}.")
        return answer

    def further(self) -> Answer:
        """The next page of the queue, page after page; the first one again after the last."""
        answer = self.get(_ANALYST, f"/queue/?after={self.after}")
        _, found, rest = answer.text.partition("?after=")
        self.after = rest.partition('"')[0].partition("&")[0] if found else ""
        return answer


def ask_all(desk: Desk, samples: int) -> Iterator[Times]:
    """Ask for every page in turn, so that what else the machine does meets all alike."""
    pages = desk.pages()
    seen: dict[str, list[float]] = {page: [] for page in pages}
    for page, ask in pages.items():  # the first answer of each warms caches and is not counted
        ask()
        for _ in range(2):
            ask()
        seen[page].clear()
    for _ in range(samples):
        for page, ask in pages.items():
            seen[page].append(ask().seconds * 1000)
    for page, times in seen.items():
        times.sort()
        p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
        yield Times(page, desk.size, round(times[len(times) // 2], 1), round(p99, 1), round(times[-1], 1))


def measure(options: argparse.Namespace, watch: Callable[[str], None]) -> Result:
    """1. an installation with a few real reports, 2. for each size: copy rows, ask for every page."""
    found: list[Times] = []
    with installation(PACK) as house:
        watch("founding an installation")
        house.found(reports=_REAL_REPORTS)
        house.start()
        officers = tuple(str(one) for one in _all(house, _OFFICERS))
        have = 0
        for turn, size in enumerate(options.sizes):
            with psycopg.connect(house.owner_url, autocommit=True) as connection:
                fill(connection, Seeds(size, officers, _level(house)), have, watch)
                connection.execute("VACUUM")
            have = size
            watch(f"asking for pages among {size:,} reports")
            # Signed in anew: a session does not outlast the copying.
            found += ask_all(Desk(house, size, options.seed, turn), options.samples)
    return Result(found)


_OFFICERS = (
    "SELECT DISTINCT assignee_id FROM casework_case WHERE assignee_id IS NOT NULL "
    "UNION SELECT id FROM access_person WHERE is_active"
)


def _all(house: Installation, query: str) -> list[object]:
    with psycopg.connect(house.owner_url) as connection:
        return [row[0] for row in connection.execute(query.encode()).fetchall()]


def _level(house: Installation) -> str:
    return str(house.one("SELECT area_level FROM directory_country"))


def print_result(console: Console, machine: Machine, result: Result) -> None:
    """Tables for people, ready for the page of measurements."""
    for line in machine.as_lines():
        console.print(line)
    sizes = list(dict.fromkeys(one.size for one in result.times))
    table = Table("page", *(f"{size:,}: p50 / p99, ms" for size in sizes))
    for page in dict.fromkeys(one.page for one in result.times):
        table.add_row(page, *(f"{one.p50} / {one.p99}" for one in result.times if one.page == page))
    console.print(table)
    for sentence in result.broken:
        console.print(f"[red]{sentence}[/]")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0: as wanted, 1: not as wanted, 2: nothing could be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.pages", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help="how many reports, ascending")
    parser.add_argument("--samples", type=int, default=50, help="how often each page is asked for at a size")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    console, machine = Console(stderr=options.json), this_machine()
    began = time.monotonic()
    try:
        with console.status("beginning") as status:
            result = measure(options, status.update)
    except Trouble as trouble:
        console.print(f"[red]{trouble}[/]")
        return 2
    if options.json:
        print(json.dumps({"machine": machine.as_json(), **result.as_json()}))
    else:
        print_result(console, machine, result)
        console.print(f"{time.monotonic() - began:.0f} s in all")
    return 1 if result.broken else 0


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(int(part) for part in text.split(","))
    if not sizes or list(sizes) != sorted(set(sizes)) or sizes[0] < 1:
        raise argparse.ArgumentTypeError("Give ascending numbers with commas between them: 10000,100000.")
    return sizes


if __name__ == "__main__":
    sys.exit(main())
