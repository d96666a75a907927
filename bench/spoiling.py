"""What goes wrong when somebody writes down a person: names, dates and numbers with the faults of forms.

It is not independent of `kinga.namematch`: the same people wrote both, so that what is measured with it
flatters the matcher until faults counted among real forms take its place.
"""

import datetime
import random
from collections.abc import Callable

_SAID_ALIKE = (
    ("l", "r"), ("r", "l"), ("b", "v"), ("v", "b"), ("k", "g"), ("g", "k"), ("c", "k"), ("j", "y"),
    ("y", "j"),
    ("th", "t"), ("dh", "d"), ("sh", "s"), ("ph", "f"), ("f", "ph"), ("ng", "n"), ("ch", "sh"), ("kh", "k"),
    ("ss", "s"), ("mm", "m"), ("w", "u"), ("ai", "ei"), ("ee", "i"), ("oo", "u"), ("i", "e"), ("e", "i"),
    ("o", "u"), ("u", "o"), ("a", "e"), ("ou", "u"), ("ed", "ad"), ("h", ""),
)  # fmt: skip
_SHORT = {
    "elizabeth": "liz", "catherine": "kate", "margaret": "maggie", "josephine": "josey", "florence": "flo",
    "caroline": "caro", "christine": "chris", "rebecca": "becky", "susan": "susie", "veronica": "vero",
    "patricia": "pat", "pamela": "pam", "beatrice": "betty", "nancy": "nan", "esther": "essie",
    "joseph": "joe", "michael": "mike", "william": "bill", "robert": "bob", "richard": "dick", "james": "jim",
    "charles": "charlie", "anthony": "tony", "daniel": "dan", "samuel": "sam", "stephen": "steve",
    "thomas": "tom", "andrew": "andy", "benjamin": "ben", "joshua": "josh", "kenneth": "ken", "victor": "vic",
    "edwin": "eddie", "frederick": "fred", "timothy": "tim", "patrick": "paddy", "nicholas": "nick",
    "mohamed": "mudi", "abdullahi": "abdi", "ibrahim": "ibra", "fatuma": "fatu", "khadija": "dija",
}  # fmt: skip
_LETTERS = "abcdefghijklmnopqrstuvwyz"
_PARTICLES = ("arap", "bin", "binti")
_FAULTS = ("alike", "typo", "drop", "initial", "join", "split", "short", "order", "particle", "extra")
_OFTEN = (30, 18, 16, 7, 6, 4, 6, 20, 4, 3)


def spoil_name(dice: random.Random, parts: tuple[str, ...], faults: int) -> str:
    """The name as somebody wrote it, with so many faults."""
    words = list(parts)
    for _ in range(faults):
        fault = dice.choices(_FAULTS, _OFTEN)[0]
        words = _spoil(dice, words, fault)
    return " ".join(word.capitalize() for word in words)


def _spoil(dice: random.Random, words: list[str], fault: str) -> list[str]:
    if fault == "order":
        return dice.sample(words, len(words))
    if fault == "particle":
        kept = [word for word in words if word not in _PARTICLES]
        return kept if len(kept) < len(words) else [*words[:-1], "wa", words[-1]] if len(words) < 4 else words
    if fault == "extra":
        return [*words, dice.choice(("otieno", "mwangi", "kiprono", "salim", "joy"))]
    names = [place for place, word in enumerate(words) if len(word) > 3 and word not in _PARTICLES]
    if not names:
        return words
    if fault in ("drop", "join"):
        return _fewer(dice, words, fault)
    place = dice.choice(names)
    word = words[place]
    if fault == "split":
        cut = dice.randrange(2, len(word) - 1)
        return [*words[:place], word[:cut], word[cut:], *words[place + 1 :]] if len(word) > 6 else words
    ways: dict[str, Callable[[random.Random, str], str]] = {
        "alike": _alike, "typo": _typo,
        "initial": lambda _, name: name[0], "short": lambda _, name: _SHORT.get(name, name),
    }  # fmt: skip
    spoilt = ways[fault](dice, word)
    return [*words[:place], spoilt, *words[place + 1 :]]


def _fewer(dice: random.Random, words: list[str], fault: str) -> list[str]:
    if len(words) < 3:
        return words
    place = dice.randrange(len(words) - 1)
    if fault == "drop":
        return [*words[:place], *words[place + 1 :]] if dice.random() < 0.7 else words[:-1]
    return [*words[:place], words[place] + words[place + 1], *words[place + 2 :]]


def _alike(dice: random.Random, word: str) -> str:
    there = [(old, new) for old, new in _SAID_ALIKE if old in word]
    if not there:
        return word
    old, new = dice.choice(there)
    starts = [at for at in range(len(word)) if word.startswith(old, at)]
    at = dice.choice(starts)
    return word[:at] + new + word[at + len(old) :] or word


def _typo(dice: random.Random, word: str) -> str:
    at = dice.randrange(len(word) - 1)
    kind = dice.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    return word[:at] + dice.choice(_LETTERS) + word[at + (kind == 2) :]


def spoil_number(dice: random.Random, number: str) -> str:
    """An ID number with two neighbours transposed, a digit wrong, or of somebody else."""
    at = dice.randrange(len(number) - 1)
    chance = dice.random()
    if chance < 0.45:
        return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    if chance < 0.85:
        return number[:at] + str(dice.randrange(10)) + number[at + 1 :]
    return f"{dice.randrange(10**6, 4 * 10**7)}"


def spoil_date(dice: random.Random, born: datetime.date) -> str:
    """A date of birth with day and month swapped, a part wrong, the year alone, or another one altogether."""
    chance = dice.random()
    if chance < 0.25:
        return f"{born.year}-{born.day:02}-{born.month:02}" if born.day <= 12 else str(born.year)
    if chance < 0.45:
        return str(born.year)
    if chance < 0.65:
        return born.replace(
            year=born.year + dice.choice((-10, -2, -1, 1, 2, 10)), day=min(born.day, 28)
        ).isoformat()
    if chance < 0.80:
        return born.replace(day=dice.randrange(1, 29)).isoformat()
    if chance < 0.90:
        return f"{born.year}-01-01"
    return datetime.date(
        born.year + dice.randrange(-5, 6), dice.randrange(1, 13), dice.randrange(1, 29)
    ).isoformat()
