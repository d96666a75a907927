"""What a country knows about its names, read from a folder of data files. The engine knows no country.

A folder holds

- `culture.toml`: `[provenance]` (`source`, `certainty`), `[names]` (words that are no name, beginnings and
  endings that may be left off), `[sounds]` (what is written differently and said alike), `[numbers]` (the
  form
  of an ID number, a telephone's country code), `[people]` (how many adults there are);
- `variants.tsv`: one group of spellings or short forms of one name in a line, separated by tabs;
- `frequencies.tsv`: a name and how many of 100,000 people bear it, separated by a tab.

Both tables begin with comment lines that say where they come from; without them they are refused. Either may
be left out.

    >>> plain = Culture.plain()
    >>> plain.words("Mr. Ann-Marie O'Neill")
    ('ann', 'marie', 'oneill')
    >>> plain.sound("stephen") == plain.sound("steven")
    True
"""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anyascii import anyascii

from kinga.namematch.errors import BadCulture

PLAIN = Path(__file__).parent / "plain"
SHORTEST_ROOT = 3
_CERTAINTIES = ("seen", "press", "general", "proposal")
_SEPARATORS = re.compile(r"[^a-z']+")
_MARKS = re.compile("['`´’‘ʼ‛ʻ]")
_TABLES: dict[str, dict[str, type]] = {
    "provenance": {"source": str, "certainty": str},
    "names": {"particles": list, "titles": list, "beginnings": list, "endings": list},
    "sounds": {"replace": list, "silent": str},
    "numbers": {"nid_form": str, "phone_code": str, "phone_digits": int},
    "people": {"adults": int},
}


@dataclass(frozen=True, slots=True)
class Culture:
    """The names of one country: what is no name, what sounds alike, what means the same, how common a name
    is.
    """

    particles: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    sounds: tuple[tuple[str, str], ...] = ()
    silent: str = ""
    nid_form: str = r"[0-9A-Z]+"
    phone_code: str = ""
    phone_digits: int = 15
    adults: int | None = None
    variants: Mapping[str, frozenset[int]] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    digest: str = ""

    @classmethod
    def plain(cls) -> "Culture":
        """The rules that hold for most names in Latin letters and belong to no country."""
        return cls.read(PLAIN)

    @classmethod
    def read(cls, folder: Path) -> "Culture":
        """Read the folder of a culture.

        Raises:
            BadCulture: a file is missing or not as described above; the message names the file and line.
        """
        rules = _rules(folder / "culture.toml")
        names, sounds, numbers = rules["names"], rules["sounds"], rules["numbers"]
        files = [folder / name for name in ("culture.toml", "variants.tsv", "frequencies.tsv")]
        held = b"\0".join(file.read_bytes() if file.exists() else b"" for file in files)
        return cls(
            particles=frozenset(names.get("particles", ())),
            titles=frozenset(names.get("titles", ())),
            # The longest first: "chep" before "che".
            beginnings=tuple(sorted(names.get("beginnings", ()), key=lambda part: (-len(part), part))),
            endings=tuple(sorted(names.get("endings", ()), key=lambda part: (-len(part), part))),
            sounds=tuple((old, new) for old, new in sounds.get("replace", ())),
            silent=sounds.get("silent", ""),
            nid_form=numbers.get("nid_form", r"[0-9A-Z]+"),
            phone_code=numbers.get("phone_code", ""),
            phone_digits=numbers.get("phone_digits", 15),
            adults=rules["people"].get("adults"),
            variants=_variants(folder / "variants.tsv"),
            shares=_shares(folder / "frequencies.tsv"),
            digest=hashlib.sha256(held).hexdigest(),
        )

    def words(self, name: str) -> tuple[str, ...]:
        """The words of a name in small ASCII letters, in their order, without titles and particles.

        A particle stays when nothing else is left. Other scripts are read by their sound.
        """
        latin = name if name.isascii() else anyascii(_MARKS.sub("'", name))
        found = _SEPARATORS.sub(" ", latin.lower()).replace("'", "").split()
        kept = tuple(word for word in found if word not in self.particles and word not in self.titles)
        return kept or tuple(found)

    def sound(self, word: str) -> str:
        """The sound of a word of `words` as a key: equal keys are said alike. Never empty."""
        key = word
        for old, new in self.sounds:
            key = key.replace(old, new)
        if not key:
            return word
        first = "a" if key[0] in self.silent else key[0]
        rest = "".join(letter for letter in key[1:] if letter not in self.silent)
        once = [letter for before, letter in zip(first + rest, rest, strict=False) if letter != before]
        return first + "".join(once)

    def root(self, word: str) -> str:
        """The word without the first beginning and ending of the culture that leaves enough of it."""
        for part in self.beginnings:
            if word.startswith(part) and len(word) - len(part) >= SHORTEST_ROOT:
                word = word[len(part) :]
                break
        for part in self.endings:
            if word.endswith(part) and len(word) - len(part) >= SHORTEST_ROOT:
                return word[: -len(part)]
        return word

    def number(self, nid: str) -> str:
        """An ID number in the form in which it is compared: capital letters and digits only."""
        return "".join(filter(str.isalnum, anyascii(nid))).upper()

    def is_nid(self, number: str) -> bool:
        """Whether a number as `number` gives it has the form of the country's ID numbers."""
        return re.fullmatch(self.nid_form, number) is not None

    @staticmethod
    def mixes_scripts(name: str) -> bool:
        """Whether a word of the name has letters of more than one script, such as Latin and Cyrillic."""
        for word in name.split():
            scripts = {unicodedata.name(letter, "?").split(" ")[0] for letter in word if letter.isalpha()}
            if len(scripts - {"MODIFIER"}) > 1:
                return True
        return False

    def phone(self, phone: str) -> str:
        """A telephone number in the form in which it is compared: its national digits."""
        digits = "".join(filter(str.isdigit, anyascii(phone)))
        if self.phone_code and digits.startswith(self.phone_code) and len(digits) > self.phone_digits:
            return digits[len(self.phone_code) :][-self.phone_digits :]
        return digits.lstrip("0")[-self.phone_digits :]

    def place(self, county: str) -> str:
        """A place's name in the form in which it is compared."""
        return " ".join(_SEPARATORS.sub(" ", anyascii(county).lower()).replace("'", "").split())


def _rules(file: Path) -> dict[str, dict[str, Any]]:
    try:
        given = tomllib.loads(file.read_text("utf-8"))
    except OSError as fault:
        raise BadCulture(
            f"{file.name}: it cannot be read ({fault.strerror}). Name a culture's folder."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadCulture(f"{file.name}: {fault}. Correct it.") from None
    for table, content in given.items():
        kinds = _TABLES.get(table)
        if kinds is None or not isinstance(content, dict):
            raise BadCulture(f"{file.name}: [{table}] is unknown. Known are {', '.join(_TABLES)}.")
        for key, value in content.items():
            if key not in kinds or not isinstance(value, kinds[key]):
                raise BadCulture(f"{file.name}: [{table}] {key} is unknown or of the wrong type. Correct it.")
    origin = given.get("provenance", {})
    if not origin.get("source") or origin.get("certainty") not in _CERTAINTIES:
        wanted = ", ".join(_CERTAINTIES)
        raise BadCulture(f"{file.name}: [provenance] needs a source and a certainty, one of {wanted}.")
    _check_lists(file, given)
    return {table: given.get(table, {}) for table in _TABLES}


def _check_lists(file: Path, given: Mapping[str, Mapping[str, Any]]) -> None:
    for key, words in given.get("names", {}).items():
        if not all(isinstance(word, str) and re.fullmatch("[a-z]+", word) for word in words):
            raise BadCulture(
                f"{file.name}: [names] {key} holds something that is not a word in small letters."
            )
    for pair in given.get("sounds", {}).get("replace", ()):
        if not (
            isinstance(pair, list)
            and len(pair) == 2
            and all(isinstance(part, str) for part in pair)
            and pair[0]
        ):
            raise BadCulture(f"{file.name}: [sounds] replace holds something that is not a pair of texts.")
    try:
        re.compile(given.get("numbers", {}).get("nid_form", ""))
    except re.error as fault:
        raise BadCulture(f"{file.name}: [numbers] nid_form is not a regular expression: {fault}.") from None


def _lines(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines of a table with their numbers, cut at the tabs; its comments must tell where it comes
    from.
    """
    if not file.exists():
        return
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise BadCulture(f"{file.name}: it cannot be read ({fault}). Save it as UTF-8.") from None
    comments = [line[1:].strip() for line in lines if line.startswith("#")]
    certain = [line.partition(":")[2].strip() for line in comments if line.startswith("certainty:")]
    if not any(line.startswith("source:") for line in comments) or not set(certain) & set(_CERTAINTIES):
        wanted = ", ".join(_CERTAINTIES)
        raise BadCulture(
            f"{file.name}: lines '# source: …' and '# certainty: …' ({wanted}) are missing. Add them."
        )
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            yield number, [part.strip() for part in line.split("\t")]


def _variants(file: Path) -> dict[str, frozenset[int]]:
    groups: dict[str, set[int]] = {}
    for number, words in _lines(file):
        if len(words) < 2 or not all(re.fullmatch("[a-z]+", word) for word in words):
            raise BadCulture(f"{file.name}, line {number}: wanted are two or more words in small letters.")
        for word in words:
            groups.setdefault(word, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in groups.items()}


def _shares(file: Path) -> dict[str, float]:
    shares: dict[str, float] = {}
    for number, parts in _lines(file):
        try:
            word, share = parts[0], float(parts[1]) / 100_000
        except (IndexError, ValueError):
            share, word = -1.0, ""
        if len(parts) != 2 or not re.fullmatch("[a-z]+", word) or not 0 < share < 1:
            raise BadCulture(
                f"{file.name}, line {number}: wanted are a word and how many of 100,000 bear it."
            )
        if word in shares:
            raise BadCulture(f"{file.name}, line {number}: {word} stands here a second time. Take one out.")
        shares[word] = share
    return shares
