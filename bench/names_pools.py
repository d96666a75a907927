# ruff: noqa: SIM905 - names in lines of text are read and compared more easily than one a line
"""Pools of invented names in nine manners of naming, and the given names that go with them.

The names of a pool are made of sounds, not copied from people: which are made depends on the pool's seed, so
that the names reported on are others than those tuned on. Given names and names of Arabic origin are common
property; of each list one half belongs to tuning, the other to reporting.
"""

import random
from dataclasses import dataclass
from typing import Literal

Use = Literal["tuning", "reporting"]

COMMON_PER_POOL = 350
RARE = 30_000

_WOMEN = """
    mary grace faith mercy jane joyce esther ruth ann margaret elizabeth sarah lucy agnes alice
    catherine rose lydia caroline nancy purity irene beatrice florence gladys susan dorcas naomi
    rebecca hellen winnie sharon cynthia brenda diana eunice josephine monica pauline veronica
    teresa martha rachel edith judith janet stella lilian damaris phyllis millicent consolata emily
    eva gloria hannah jackline joan juliet linet maureen mildred pamela patricia priscilla regina
    rosemary salome selina sophia tabitha vivian violet winfred yvonne zipporah abigail angela
    christine doreen everlyne felistus hilda ivy jemimah karen loise magdalene nelly olive peris
    rhoda sheila tracy valentine
""".split()
_MEN = """
    john james peter david joseph paul daniel samuel stephen george charles william michael simon
    francis patrick kennedy kevin brian dennis collins vincent victor martin anthony moses isaac
    jacob joshua elijah benjamin robert richard thomas philip andrew edwin evans felix geoffrey
    gilbert henry julius justus kelvin leonard mark nicholas oscar raphael reuben ronald silas
    solomon timothy titus tobias walter wilson zachary abraham alex alfred allan amos augustine
    barnabas bernard boniface caleb christopher cosmas cyrus derrick dominic duncan elias emmanuel
    enock eric ernest ezekiel frederick gabriel gideon harrison hezekiah ian jackson jeremiah joel
    jonathan lawrence lucas
""".split()
_ARABIC_MEN = """
    mohamed ahmed abdi hassan hussein ali omar ibrahim ismail yusuf abdullahi abdirahman farah osman
    adan noor salim said khalid hamisi juma athman bakari rashid suleiman mustafa idris jamal
    mahmoud swaleh
""".split()
_ARABIC_WOMEN = """
    fatuma amina halima khadija zainab asha mariam habiba rukia saida hawa maryan sahra nasra faiza
    mwanaisha zuhura salma hadija zeinab rehema safia ubah fardosa hodan ifrah sumaya leila farida
    rahma
""".split()

_SOUNDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    # beginnings, middles, endings
    "highland": (("wa", "nja", "nje", "mu", "ka", "ndu", "gi", "ki", "wai", "nyo", "gathi", "ma"),
                 ("ri", "nge", "mbu", "gu", "thi", "ka", "ho", "ru", "nja", "ngi", "ri"),
                 ("ru", "ka", "ro", "mi", "thu", "ra", "i", "o", "gi", "nga", "kia")),
    "lake": (("o", "a"), ("tie", "chie", "dhia", "mo", "wu", "nya", "pi", "ke", "du", "ngo", "ju", "lu"),
             ("no", "ng", "mbo", "ndi", "or", "lo", "ch", "ya", "ma", "ga", "ndo", "ra")),
    "rift": (("kip", "chep", "jep", "che", "ki", "ro", "la", "ko"),
             ("ko", "ke", "ru", "to", "chi", "ki", "le", "ngo", "la", "mu", "sa"),
             ("ech", "ut", "yot", "tich", "moi", "got", "rono", "no", "gat", "lel", "mei")),
    "west": (("wa", "na", "si", "ma", "bu", "wekhu", "wanya", "ba", "khi", "lu"),
             ("nyo", "fu", "kho", "si", "ra", "lu", "mbu", "te", "khi", "ba"),
             ("nyi", "la", "ma", "kwa", "ka", "na", "sa", "li", "mbi", "nga")),
    "east": (("mu", "mwa", "ki", "nde", "nzi", "ka", "mutu", "kya", "wa"),
             ("si", "ngi", "lo", "nza", "thi", "ko", "mu", "tu", "nde", "va"),
             ("oka", "nzi", "ku", "la", "va", "ni", "mbi", "li", "ti", "ma")),
    "mountain": (("mu", "ki", "ka", "gi", "ma", "nku", "kai", "mwe", "ri"),
                 ("ri", "nda", "ru", "thu", "be", "ga", "mbu", "nya", "ti", "ka"),
                 ("ki", "mi", "ti", "ri", "nda", "ne", "ntu", "gi", "ria", "a")),
    "south": (("o", "mo", "ke", "nya", "bo", "ma", "nyan", "si", "ge"),
              ("ga", "ke", "mo", "nda", "si", "ra", "cho", "ru", "be", "te"),
              ("ro", "ti", "ra", "ri", "ngi", "ka", "boke", "nge", "mba", "ri")),
}  # fmt: skip

COMMUNITIES = ("highland", "lake", "rift", "west", "east", "mountain", "south", "coast", "north")
SHARES = (20, 12, 14, 14, 11, 6, 7, 7, 9)
COUNTIES = 47


@dataclass(frozen=True)
class Pools:
    """All names that persons of one seed and use may bear; the commonest first."""

    own: dict[str, list[str]]
    women: list[str]
    men: list[str]
    arabic_women: list[str]
    arabic_men: list[str]
    rare: list[str]


def make_pools(seed: int, use: Use) -> Pools:
    """The pools of a seed. Those for tuning and those for reporting have no common given name."""
    dice = random.Random(f"pools {seed} {use}")
    half = 0 if use == "tuning" else 1
    lists = [sorted(names)[half::2] for names in (_WOMEN, _MEN, _ARABIC_WOMEN, _ARABIC_MEN)]
    for names in lists:
        dice.shuffle(names)
    own = {manner: _made(dice, manner, COMMON_PER_POOL, set()) for manner in _SOUNDS}
    known = {name for names in own.values() for name in names}
    rare: list[str] = []
    manners = tuple(_SOUNDS)
    while len(rare) < RARE:
        rare.extend(_made(dice, dice.choice(manners), 500, known, longer=True))
    return Pools(own, lists[0][:50], lists[1][:50], lists[2], lists[3], rare[:RARE])


def _made(
    dice: random.Random, manner: str, count: int, known: set[str], *, longer: bool = False
) -> list[str]:
    begins, middles, ends = _SOUNDS[manner]
    # A seed leaves some sounds out, so that its names are not those of another seed.
    middles = tuple(dice.sample(middles, max(4, len(middles) - 2)))
    names: list[str] = []
    while len(names) < count:
        middle = "".join(dice.choice(middles) for _ in range(dice.choice((1, 1, 2)) + longer))
        name = dice.choice(begins) + middle + dice.choice(ends)
        if 4 <= len(name) <= 13 and name not in known:
            known.add(name)
            names.append(name)
    return names
