"""A person is found under the names that people write, a namesake is not taken for them, and every bit is
told.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinga.namematch import (
    BadCulture,
    BadIndex,
    BadRecord,
    BadWeights,
    Culture,
    Index,
    PartialDate,
    Person,
    Screener,
    Weights,
    explain,
    fit_calibration,
    reliability,
)
from kinga.namematch.weights import STANDARD

PACKS = Path(__file__).parents[2] / "packs"
FIRST = [
    "Amani",
    "Baraka",
    "Chacha",
    "Dalili",
    "Endelea",
    "Faraja",
    "Gitonga",
    "Hekima",
    "Imani",
    "Jabali",
    "Kazungu",
    "Lengai",
]
LAST = [
    "Mwatela",
    "Nyaguthii",
    "Oloitip",
    "Pembere",
    "Rukungu",
    "Sankara",
    "Tuvaleh",
    "Umeme",
    "Wekesa",
    "Zawadine",
    "Kipkoech",
    "Ngugi",
]


def _person(**fields: object) -> Person:
    return Person.from_record({"name": "Amani Wekesa", **fields})


@pytest.fixture(scope="module")
def screener() -> Screener:
    """A register of 1,440 invented persons, and three whom the tests ask about."""
    dice = np.random.default_rng(5)
    register = [
        (f"n{a}-{b}-{c}", Person.from_record({
            "name": f"{FIRST[a]} {LAST[b]} {FIRST[(a + c + 1) % 12]}",
            "dob": f"{dice.integers(1950, 2000)}-05-{c + 10}",
            "nid": str(dice.integers(10**7, 10**8)), "sex": "MF"[c % 2], "county": f"c{b}",
        }))
        for a in range(12) for b in range(12) for c in range(10)
    ]  # fmt: skip
    register.append(("lemayian", Person.from_record({
        "name": "Tobiko Lemayian Saruni", "aliases": ["Mzuri Sana"], "dob": "1984-03-07", "sex": "M",
        "nid": "23456781", "phone": "+254 712 345 678", "county": "c1"})))  # fmt: skip
    register.append(("twin-1", Person.from_record({"name": "Vundla Xoliswa"})))
    register.append(("twin-2", Person.from_record({"name": "Xoliswa Vundla"})))
    return Screener(Index.build(register, Culture.read(PACKS / "ke" / "names")))


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "Lemayian Saruni Tobiko", "dob": "1984-03-07"},
        {"name": "T. Lemayian Saruni", "nid": "23456781"},
        {"name": "TobikoLemayian Saruni", "dob": "1984-03-07"},
        {"name": "Tobiko Le Mayian Saruni", "dob": "1984-03-07"},
        {"name": "Tobiko ole Lemayan Saruuni", "dob": "1984"},
        {"name": "Tobiko Lemayian", "dob": "1984-07-03"},
        {"name": "Mzuri Sana", "nid": "23456718"},
        {"name": "Somebody Else", "nid": "23456781", "phone": "0712345678"},
        {"name": "Dr. Tobiko Lemayian-Saruni", "phone": "0712 345678"},
    ],
    ids=["order", "initial", "joined", "split", "spelling", "swapped", "alias", "other name", "title"],
)
def test_a_person_is_found_as_people_write(screener: Screener, asked: dict[str, str]) -> None:
    hits = screener.screen(Person.from_record(asked)).hits
    assert hits[0].id == "lemayian"
    assert hits[0].probability > 0.25


def test_nobody_is_taken_for_anybody(screener: Screener) -> None:
    assert (
        screener.screen(Person.from_record({"name": "Quvenzha Brillo", "dob": "1971-02-03"})).band
        == "no match"
    )
    namesake = screener.screen(
        Person.from_record({"name": "Tobiko Lemayian Saruni", "dob": "1961-11-30", "nid": "31111111"})
    )
    assert namesake.hits[0].id == "lemayian"
    assert namesake.band != "probable"


def test_two_equal_namesakes_get_less_than_half_each(screener: Screener) -> None:
    answer = screener.screen(Person.from_record({"name": "Xoliswa Vundla"}))
    assert {hit.id for hit in answer.hits[:2]} == {"twin-1", "twin-2"}
    assert answer.hits[0].probability == pytest.approx(answer.hits[1].probability)
    assert answer.hits[0].probability < 0.5
    assert sum(hit.probability for hit in answer.hits) + answer.nobody <= 1.0 + 1e-9


def test_the_purpose_moves_the_probability(screener: Screener) -> None:
    asked = Person.from_record({"name": "Tobiko Lemayian", "dob": "1984"})
    report, vetting = screener.screen(asked, "report"), screener.screen(asked, "vetting")
    assert report.hits[0].probability > 2 * vetting.hits[0].probability


@settings(max_examples=60)
@given(st.permutations(["Tobiko", "Lemayian", "S", "Kipkoech", "wa"]))
def test_the_order_of_parts_changes_nothing(screener: Screener, parts: list[str]) -> None:
    straight = screener.screen(Person.from_record({"name": "Tobiko Lemayian S Kipkoech wa", "dob": "1984"}))
    assert screener.screen(Person.from_record({"name": " ".join(parts), "dob": "1984"})).hits == straight.hits


@settings(max_examples=60)
@given(
    st.sampled_from(FIRST),
    st.sampled_from(LAST),
    st.sampled_from([None, "1984", "1960-05-12"]),
    st.booleans(),
)
def test_every_waterfall_adds_up(
    screener: Screener, one: str, other: str, dob: str | None, with_id: bool
) -> None:
    asked = _person(name=f"{one} {other}", dob=dob, nid="23456718" if with_id else None, county="c3", sex="F")
    answer = screener.screen(asked)
    for hit, fall in zip(answer.hits, explain(answer, screener), strict=True):
        assert math.fsum(line.bits for line in fall.lines) == pytest.approx(fall.log_odds, abs=1e-9)
        assert fall.log_odds == pytest.approx(math.log2(hit.probability / (1 - hit.probability)), abs=1e-6)
        # A step that calibration has nothing to correct must not hide a fault of the sum.
        assert abs(fall.lines[-1].bits) < 1e-6
        assert all(line.sentence.endswith(".") for line in fall.lines)


def test_an_index_answers_the_same_from_its_file(screener: Screener, tmp_path: Path) -> None:
    file, asked = tmp_path / "index", Person.from_record({"name": "Lemayan Tobiko", "dob": "1984"})
    screener.index.save(file, register_digest="d")
    assert file.stat().st_mode & 0o777 == 0o600
    opened = Index.open(file, screener.index.culture, register_digest="d")
    assert isinstance(opened.postings.keys.base, np.ndarray)
    assert Screener(opened).screen(asked).hits == screener.screen(asked).hits
    with pytest.raises(BadIndex, match="another culture"):
        Index.open(file, Culture.plain())
    with pytest.raises(BadIndex, match="another register"):
        Index.open(file, screener.index.culture, register_digest="e")
    file.write_bytes(file.read_bytes()[:-64])
    with pytest.raises(BadIndex, match="not whole"):
        Index.open(file, screener.index.culture)


def test_another_culture_has_its_own_rules() -> None:
    culture = Culture.read(PACKS / "xx" / "names")
    register = [("a", _person(name="Warden Brynhald Aegirsonna")), ("b", _person(name="Ottoline Vessrin"))]
    asked = Screener(Index.build(register, culture))
    assert asked.screen(_person(name="Egirdottra ov Bryn")).hits[0].id == "a"
    assert asked.screen(_person(name="Wezrin Otty")).hits[0].id == "b"
    assert culture.words("Warden Bryn ov Aegir") == ("bryn", "aegir")


def test_an_empty_register_answers_nobody() -> None:
    answer = Screener(Index.build([], Culture.plain())).screen(
        _person(dob="1984-02-01", county="c", nid="1", phone="2")
    )
    assert (answer.hits, answer.nobody, answer.band) == ((), 1.0, "no match")


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"name": "A" * 301}, "301 characters"),
        ({"name": "12"}, "no letter"),
        ({"name": None}, "name: it is missing"),
        ({"name": 7}, "not a text"),
        ({"dob": "1800-01-01"}, "between 1880"),
        ({"dob": "2100"}, "between 1880"),
        ({"dob": "1984-02-30"}, "calendar"),
        ({"dob": "7 May"}, "not a date"),
        ({"sex": "male"}, "neither M nor F"),
        ({"aliases": "Bo"}, "list of at most"),
        ({"natid": "1"}, "unknown field 'natid'"),
    ],
)
def test_a_bad_record_is_refused_and_not_repeated(record: dict[str, object], said: str) -> None:
    with pytest.raises(BadRecord, match=said):
        _person(**record)


def test_dates_may_be_partial() -> None:
    assert PartialDate.parse("1984-03") == (1984, 3, 0)


def test_a_culture_without_provenance_is_refused(tmp_path: Path) -> None:
    (tmp_path / "culture.toml").write_text("[names]\nparticles = []\n")
    with pytest.raises(BadCulture, match="needs a source"):
        Culture.read(tmp_path)
    (tmp_path / "culture.toml").write_text('[provenance]\nsource = "s"\ncertainty = "proposal"\n')
    (tmp_path / "frequencies.tsv").write_text("ann\t5\n")
    with pytest.raises(BadCulture, match="'# source: …'"):
        Culture.read(tmp_path)
    (tmp_path / "frequencies.tsv").write_text("# source: s\n# certainty: proposal\nann\t5\nbo\tmany\n")
    with pytest.raises(BadCulture, match=r"frequencies.tsv, line 4"):
        Culture.read(tmp_path)


def test_bad_weights_are_named(tmp_path: Path) -> None:
    file = tmp_path / "weights.json"
    file.write_text(STANDARD.read_text().replace('"exact": [0.8', '"exact": [1.8'))
    with pytest.raises(BadWeights, match=r"\.exact is not between 0 and 1"):
        Weights.read(file)


def test_calibration_finds_back_what_was_bent() -> None:
    dice = np.random.default_rng(3)
    told = dice.normal(0, 3, 40_000)
    came = dice.random(40_000) < 1 / (1 + 2 ** -(0.5 * told + 1.0))
    slope, offset = fit_calibration(list(told), list(came))
    assert (slope, offset) == (pytest.approx(0.5, abs=0.02), pytest.approx(1.0, abs=0.06))
    mended = 1 / (1 + 2 ** -(slope * told + offset))
    assert all(
        abs(band.predicted - band.observed) < 0.05
        for band in reliability(list(mended), list(came), least=4_000)
    )
    bent = 1 / (1 + 2**-told)
    assert any(
        abs(band.predicted - band.observed) > 0.1 for band in reliability(list(bent), list(came), least=4_000)
    )
