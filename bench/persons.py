"""Invented persons, a register of them, and questions about them and about others: seeded, nobody real.

A hundred thousand persons of nine communities with names of 2 to 4 parts; the register's copy is imperfect as
registers are; half of the questions concern somebody in it, with one to four faults, and half nobody in it:
strangers, namesakes, namesakes of the same year and county, relatives who share a telephone.
"""

import datetime
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bench.names_pools import COMMUNITIES, COUNTIES, SHARES, Pools, Use, make_pools
from bench.spoiling import spoil_date, spoil_name, spoil_number

_ZIPF = 0.85
_RARE_SHARE = 0.13
_FIRST_OF_JANUARY = 0.06
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Someone:
    """An invented person as they are."""

    parts: tuple[str, ...]
    sex: str
    born: datetime.date
    nid: str
    phone: str
    county: str
    community: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A question, whom it concerns in the register (None: nobody), and what kind it is."""

    record: dict[str, Any]
    truth: str | None
    kind: str
    community: str


class World:
    """Everybody of one seed: makes persons, a register, and questions."""

    def __init__(self, seed: int, use: Use) -> None:
        self._dice = random.Random(f"people {seed} {use}")
        self._pools: Pools = make_pools(seed, use)
        self._ranked = {len(names): _zipf(len(names)) for names in self._every_list()}
        self._homes = {c: self._dice.sample(range(COUNTIES), 5) for c in COMMUNITIES}

    def _every_list(self) -> Iterator[list[str]]:
        pools = self._pools
        yield from pools.own.values()
        yield from (pools.women, pools.men, pools.arabic_women, pools.arabic_men)

    def _pick(self, names: list[str]) -> str:
        return self._dice.choices(names, cum_weights=self._ranked[len(names)])[0]

    def _part(self, community: str, sex: str) -> str:
        if self._dice.random() < _RARE_SHARE:
            return self._dice.choice(self._pools.rare)
        if community in ("coast", "north"):
            return self._pick(self._pools.arabic_women if sex == "F" else self._pools.arabic_men)
        return self._pick(self._pools.own[community])

    def person(self) -> Someone:
        """One more person."""
        dice = self._dice
        community = dice.choices(COMMUNITIES, SHARES)[0]
        sex = dice.choice("MF")
        parts = (
            []
            if community in ("coast", "north")
            else [self._pick(self._pools.women if sex == "F" else self._pools.men)]
        )
        wanted = dice.choices((2, 3, 4), (30, 60, 10))[0]
        while len(parts) < wanted:
            part = self._part(community, sex if not parts else "M")
            if part not in parts:
                parts.append(part)
        if community == "rift" and dice.random() < 0.1:
            parts.insert(-1, "arap")
        if community in ("coast", "north") and dice.random() < 0.15:
            parts.insert(1, "bin" if sex == "M" else "binti")
        county = dice.choice(self._homes[community]) if dice.random() < 0.7 else dice.randrange(COUNTIES)
        alias = (dice.choice(parts)[:4] + dice.choice("oyi"),) if dice.random() < 0.1 else ()
        return Someone(
            tuple(parts),
            sex,
            self._born(),
            self._nid(),
            self._phone(),
            f"county {county:02}",
            community,
            alias,
        )

    def _born(self) -> datetime.date:
        day = datetime.date(1950, 1, 1) + _DAY * int(self._dice.triangular(0, 365.25 * 57, 365.25 * 40))
        return day.replace(month=1, day=1) if self._dice.random() < _FIRST_OF_JANUARY else day

    def _nid(self) -> str:
        return f"{self._dice.randrange(10**6, 4 * 10**7)}"

    def _phone(self) -> str:
        return f"07{self._dice.randrange(10**8):08}"

    def register(self, size: int) -> list[tuple[dict[str, Any], Someone]]:
        """So many entries as a register holds them, each with the person as they are."""
        return [
            (self._entry(f"r{number}", who), who)
            for number, who in enumerate(self.person() for _ in range(size))
        ]

    def _entry(self, ident: str, who: Someone) -> dict[str, Any]:
        dice = self._dice
        born: str | None = who.born.isoformat()
        chance = dice.random()
        if chance < 0.14:
            born = None if chance < 0.08 else str(who.born.year)
        return {
            "id": ident,
            "name": _written(who.parts),
            "aliases": list(who.aliases),
            "sex": who.sex,
            "dob": born,
            "nid": None if dice.random() < 0.12 else who.nid,
            "phone": None if dice.random() < 0.45 else who.phone,
            "county": who.county,
        }

    def questions(self, register: list[tuple[dict[str, Any], Someone]], count: int) -> list[Question]:
        """So many questions: half about somebody in the register, half about nobody in it."""
        chosen = self._dice.sample(register, count // 2)
        about = [self._about(entry["id"], who) for entry, who in chosen]
        kinds = self._dice.choices(
            ("stranger", "namesake", "near namesake", "relative"), (40, 30, 15, 15), k=count - len(about)
        )
        about += [self._about_nobody(kind, self._dice.choice(register)[1]) for kind in kinds]
        self._dice.shuffle(about)
        return [replace(q, record={"qid": f"q{number}", **q.record}) for number, q in enumerate(about)]

    def _about(self, ident: str, who: Someone) -> Question:
        dice = self._dice
        record = self._told(who, spoil_name(dice, who.parts, dice.choices((1, 2, 3, 4), (40, 33, 19, 8))[0]))
        if record["nid"] and dice.random() < 0.15:
            record["nid"] = spoil_number(dice, who.nid)
        if record["dob"] and dice.random() < 0.20:
            record["dob"] = spoil_date(dice, who.born)
        if dice.random() < 0.2:
            record["county"] = f"county {dice.randrange(COUNTIES):02}"
        kind = "id" if record["nid"] else "dob" if record["dob"] else "name"
        return Question(record, ident, kind, who.community)

    def _about_nobody(self, kind: str, like: Someone) -> Question:
        dice, other = self._dice, self.person()
        parts = other.parts
        if kind in ("namesake", "near namesake"):
            other = replace(other, parts=like.parts, sex=like.sex, community=like.community)
            parts = like.parts if dice.random() < 0.6 else tuple(dice.sample(like.parts, len(like.parts)))
        if kind == "near namesake":
            born = datetime.date(like.born.year, 1, 1) + _DAY * dice.randrange(365)
            other = replace(other, born=born, county=like.county)
        if kind == "relative":
            parts = (other.parts[0], *like.parts[1:])
            born = like.born if dice.random() < 0.5 else other.born
            other = replace(
                other, parts=parts, phone=like.phone, born=born, county=like.county, community=like.community
            )
        record = self._told(other, _written(parts))
        if kind == "near namesake":
            record["nid"] = None
        if kind == "relative":
            record["phone"] = like.phone
        return Question(record, None, kind, other.community)

    def _told(self, who: Someone, name: str) -> dict[str, Any]:
        dice = self._dice
        return {
            "name": name,
            "sex": who.sex if dice.random() < 0.9 else None,
            "dob": who.born.isoformat() if dice.random() < 0.85 else None,
            "nid": who.nid if dice.random() < 0.55 else None,
            "phone": who.phone if dice.random() < 0.25 else None,
            "county": who.county if dice.random() < 0.7 else None,
        }


def _written(parts: tuple[str, ...]) -> str:
    return " ".join(part if part in ("arap", "bin", "binti") else part.capitalize() for part in parts)


def _zipf(count: int) -> list[float]:
    return list(itertools.accumulate((rank + 1.0) ** -_ZIPF for rank in range(count)))
