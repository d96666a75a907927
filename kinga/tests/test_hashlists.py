"""Lists in every format: what is written reads back, what is broken is told by its place."""

import io
import json
import string
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinga.hashlists import (
    BadEntry,
    Format,
    HashListError,
    Kind,
    Listed,
    Malformed,
    Mark,
    Remark,
    format_of,
    lost,
    only,
    read,
    write,
)

MD5, SHA1, PDQ = (Mark(kind, bytes(range(kind.size))) for kind in (Kind.MD5, Kind.SHA1, Kind.PDQ))
WORD = st.text(string.ascii_letters + string.digits + "-äß", min_size=1, max_size=12)
MARK = st.sampled_from(Kind).flatmap(
    lambda kind: st.builds(Mark, st.just(kind), st.binary(min_size=kind.size, max_size=kind.size))
)
ENTRY = st.builds(
    Listed,
    id=WORD,
    marks=st.lists(MARK, min_size=1, max_size=4, unique_by=lambda mark: mark.kind).map(tuple),
    classification=st.sampled_from(["A1", "2", "POSITIVE_CLASS"]),
    scheme=st.sampled_from(["ncmec", "vics", "vics:US", "threatexchange"]),
    source=WORD | st.just(""),
    changed=st.none() | st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    video=st.booleans(),
    size=st.none() | st.integers(0, 2**40),
    mime=st.sampled_from(["", "image/png", "video/mp4"]),
    tags=st.lists(WORD, max_size=3).map(tuple),
)


def written(entries: list[Listed], form: Format, **more: str) -> bytes:
    target = io.BytesIO()
    write(entries, target, form, **more)
    return target.getvalue()


def entries_of(data: bytes, form: Format, **more: Kind) -> tuple[list[Listed], list[Remark]]:
    told: list[Remark] = []
    return list(read(io.BytesIO(data), form, told.append, **more)), told


@given(entry=ENTRY)
@pytest.mark.parametrize("form", [Format.NCMEC, Format.VICS_1_3, Format.VICS_2_0])
def test_what_is_written_reads_back(form: Format, entry: Listed) -> None:
    kept = only(entry, form, profile="US")
    found, told = entries_of(written([entry], form, profile="US"), form)
    if not kept.marks and form is not Format.NCMEC:
        assert found == []
        return
    if form is not Format.NCMEC and not kept.classification:
        scheme = "vics" if form is Format.VICS_1_3 else "vics:US"
        kept = only(Listed(**{**_fields(kept), "classification": "0", "scheme": scheme}), form, profile="US")
    elif form is not Format.NCMEC:
        assert found[0].scheme == kept.scheme
    assert [_fields(one) | {"marks": set(one.marks)} for one in found] == [
        _fields(kept) | {"marks": set(kept.marks)}
    ]
    assert told == []


def _fields(entry: Listed) -> dict[str, object]:
    return {name: getattr(entry, name) for name in Listed.__dataclass_fields__}


@given(entry=ENTRY)
@pytest.mark.parametrize("form", [Format.PLAIN, Format.CSV])
def test_tables_and_texts_carry_a_digest_a_line(form: Format, entry: Listed) -> None:
    single = [only(Listed(**{**_fields(entry), "marks": (mark,)}), form) for mark in entry.marks]
    found, told = entries_of(written([entry], form), form)
    wanted = [one for one in single if one.marks]
    if form is Format.CSV:
        md5 = Kind.MD5
        wanted = [
            Listed(**{**_fields(one), "video": one.video and one.marks[0].kind is md5}) for one in wanted
        ]
    assert found == wanted
    assert told == []


@given(entry=ENTRY)
def test_what_is_lost_is_what_does_not_come_back(entry: Listed) -> None:
    for form in Format:
        kept = only(entry, form)
        same = {name for name, value in _fields(entry).items() if getattr(kept, name) == value}
        assert not lost(entry, form) & same
        assert lost(kept, form) == frozenset()


def test_a_tombstone_is_one_where_the_format_has_them() -> None:
    gone = Listed(id="7", gone=True, source="desk", changed=datetime(2026, 1, 1, tzinfo=UTC))
    assert entries_of(written([gone], Format.NCMEC), Format.NCMEC)[0] == [gone]
    for form in (Format.PLAIN, Format.CSV, Format.VICS_1_3):
        assert entries_of(written([Listed(id="7", marks=(MD5,), gone=True)], form), form)[0] == []
        assert "gone" in lost(gone, form)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"md5 12", "line 1: a md5 digest"),
        (b"# fine\n\nsha1 zz\n", "line 3: a sha1 digest"),
        (b"ab" * 32 + b"\n", "line 1: 64 digits"),
        (b"abcd\n", "line 1: this is no digest"),
        (b"md5 a b c\n", "line 1: stand a kind"),
        (b"\xff\xfe\n", "line 1: is no text"),
        (b"a" * 5_000, "line 1: is longer"),
    ],
)
def test_a_broken_text_is_told_by_its_line(text: bytes, said: str) -> None:
    with pytest.raises(Malformed, match=said) as error:
        entries_of(text, Format.PLAIN)
    assert "ab" * 8 not in str(error.value)


def test_plain_text_as_people_write_it() -> None:
    text = b"\xef\xbb\xbf# a list\r\nPDQ " + PDQ.hex().upper().encode() + b" # seen twice\r\nurl http://x\r\n"
    found, told = entries_of(text + MD5.hex().encode(), Format.PLAIN)
    assert [one.marks[0] for one in found] == [PDQ, MD5]
    assert [remark.place for remark in told] == ["line 3"]
    alone, _ = entries_of(PDQ.hex().encode(), Format.PLAIN, kind=Kind.PDQ)
    assert alone[0].marks == (PDQ,)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,b\n1,2\n", "line 1: has no column signal_str, signal_type"),
        ("signal_type,signal_str\npdq,12\n", "line 2: a pdq digest"),
        ("signal_type,signal_str\npdq\n", "line 2: has another number"),
        ('signal_type,signal_str\n"pdq', "is no table|another number"),
    ],
)
def test_a_broken_table_is_told_by_its_line(rows: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        entries_of(rows.encode(), Format.CSV)


def test_other_signals_of_a_table_are_left_out_and_told() -> None:
    rows = (
        "collab,signal_type,signal_str,category,tags\n"
        "X,url,http://a.example,POSITIVE_CLASS,a b\n"
        f"X,video_md5,{MD5.hex()},POSITIVE_CLASS,a b\n"
    )
    found, told = entries_of(rows.encode(), Format.CSV)
    assert [(one.video, one.source, one.tags) for one in found] == [(True, "X", ("a", "b"))]
    assert len(told) == 1


def vics(*media: dict[str, object], head: str = '"odata.metadata":"http://x/1.3.xml#Media"') -> bytes:
    return f'{{{head},"value":{json.dumps(list(media))}}}'.encode()


def test_vics_as_real_exporters_write_it() -> None:
    media = {
        "MediaID": 7, "Category": 0, "MD5": MD5.hex().upper(), "MediaSize": "120",
        "DateUpdated": "/Date(1700000000000)/", "IsPrecategorized": "true", "Tags": "a, b,",
        "MediaFiles": [{"FileName": "x.jpg"}], "SHA1": None, "PhotoDNA": "short",
    }  # fmt: skip
    found, told = entries_of(b"\xef\xbb\xbf" + vics(media), Format.VICS_1_3)
    assert found == [
        Listed(
            id="7", marks=(MD5,), classification="0", scheme="vics", size=120, tags=("a", "b"),
            changed=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        )
    ]  # fmt: skip
    assert [one.place for one in told] == ["entry 1"]
    assert "144 bytes" in told[0].message
    local, told = entries_of(vics({**media, "DateUpdated": "2026-01-01T00:00:00"}), Format.VICS_1_3)
    assert local[0].changed is None
    assert any("time zone" in one.message for one in told)


def test_cases_and_profiles_of_vics() -> None:
    head = '"@odata.context":"http://y/2.0.xml/US/$metadata#Cases"'
    case = {"CaseID": "{x}", "Media": [{"MediaID": 1, "MD5": MD5.hex(), "Category": 2}]}
    found, _ = entries_of(vics(case, head=head), Format.VICS_2_0)
    assert [(one.id, one.classification, one.scheme) for one in found] == [("1", "2", "vics:US")]


def test_a_category_of_one_profile_is_never_one_of_another() -> None:
    entry = Listed(id="1", marks=(MD5,), classification="2", scheme="vics:UK")
    assert "classification" in lost(entry, Format.VICS_2_0, profile="US")
    data = json.loads(written([entry], Format.VICS_2_0, profile="US"))
    assert data["value"][0]["Category"] == "0"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{}", "says nowhere"),
        (vics({"MD5": MD5.hex()})[:-20], "cut off"),
        (vics({"MD5": MD5.hex()}, {"MD5": "zz"}), "entry 2: a md5"),
        (b'{"odata.metadata":"x#Media","value":["text"]}', "entry 1: is no object"),
    ],
)
def test_a_broken_vics_file_is_told_by_its_entry(data: bytes, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        entries_of(data, Format.VICS_1_3)


NCMEC = b"""<?xml version="1.0"?><queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">
<images count="1" maxTimestamp="2026-01-01T00:00:00Z"><image><member id="42">Desk</member>
<timestamp>2026-01-01T00:00:00Z</timestamp><id>i1</id><classification>A1</classification><fingerprints><md5>%s</md5>
<pdna rel="x" href="/y"/><ssvh-pdna>z</ssvh-pdna></fingerprints></image></images>
<videos><deletedVideo><member id="42">Desk</member><id>v1</id></deletedVideo></videos>
<paging><next>/v2/entries?from=1</next></paging></queryResult>"""


def test_an_answer_of_the_hash_sharing_interface() -> None:
    found, told = entries_of(NCMEC % MD5.hex().encode(), Format.NCMEC)
    assert [(one.id, one.source, one.gone, one.video, one.classification) for one in found] == [
        ("i1", "Desk", False, False, "A1"),
        ("v1", "Desk", True, True, ""),
    ]
    assert told == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<other/>", "does not begin with queryResult"),
        (NCMEC[:150], "no well-formed XML"),
        (NCMEC % b"12", "line 3: a md5 digest"),
        (b'<!DOCTYPE q [<!ENTITY a "b">]><queryResult/>', "document type"),
        (b"<queryResult>" + b"<a>" * 100, "within each other"),
        (NCMEC.replace(b"<id>i1</id>", b"") % MD5.hex().encode(), "without an id"),
        (b"<?xml version='1.0' encoding='utf-7'?><queryResult/>", "encoding|well-formed"),
    ],
)
def test_a_broken_document_is_told_by_its_line(data: bytes, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        entries_of(data, Format.NCMEC)


def test_what_xml_cannot_carry_is_refused() -> None:
    with pytest.raises(BadEntry, match="control character"):
        written([Listed(id="a\x00b", marks=(MD5,))], Format.NCMEC)
    with pytest.raises(BadEntry, match="has an id"):
        written([Listed(marks=(MD5,))], Format.NCMEC)


def test_a_long_list_takes_no_more_memory_than_a_short_one() -> None:
    class Endless(io.RawIOBase):
        """Sixty thousand entries that are made while they are read."""

        def __init__(self) -> None:
            self._pieces = self._made()
            self._rest = b""

        def _made(self) -> Iterator[bytes]:
            yield b'{"odata.metadata":"x#Media","value":['
            for number in range(60_000):
                yield (b"," if number else b"") + b'{"MediaID":%d,"MD5":"%032x"}' % (number, number)
            yield b"]}"

        def read(self, size: int = -1) -> bytes:
            while len(self._rest) < size and (piece := next(self._pieces, b"")):
                self._rest += piece
            given, self._rest = self._rest[:size], self._rest[size:]
            return given

    tracemalloc.start()
    count = sum(1 for _ in read(Endless(), Format.VICS_1_3))  # type: ignore[arg-type]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 60_000
    assert most < 8 << 20


def test_a_name_tells_its_format_or_is_refused() -> None:
    from pathlib import Path

    assert format_of(Path("a.JSON")) is Format.VICS_1_3
    with pytest.raises(HashListError, match="name the format"):
        format_of(Path("list.bin"))


def test_dates_keep_their_moment_in_every_zone() -> None:
    moment = datetime(2026, 1, 1, 3, tzinfo=timezone(timedelta(hours=3)))
    entry = Listed(id="1", marks=(SHA1,), changed=moment)
    for form in (Format.NCMEC, Format.VICS_1_3):
        assert entries_of(written([entry], form), form)[0][0].changed == moment
