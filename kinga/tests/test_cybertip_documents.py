"""Documents come back as they went; clients' variants are understood; what is wrong is named by line."""

import contextlib
import json
import os
import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from kinga import cybertip
from kinga.cybertip import (
    FileDetails,
    Malformed,
    Profile,
    Rejected,
    Report,
    Rule,
    Unsafe,
    build,
    check,
    parse,
)
from kinga.cybertip.describe import Kind, Shape, Slot, shape_of

NOW = datetime(2026, 11, 27, tzinfo=UTC)
KINDS = [Report, FileDetails, cybertip.ReportResponse, cybertip.ReportDoneResponse]
BARE = (
    "<report>\n<incidentSummary><incidentType>Child Sex Tourism</incidentType>"
    "<incidentDateTime>2026-01-31T23:59:59+03:00</incidentDateTime></incidentSummary>\n"
    "<reporter><reportingPerson><email>desk@isp.example</email></reportingPerson></reporter>\n{}</report>"
)
_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\r\n"), max_size=9
)
_MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def _scalars(slot: Slot) -> st.SearchStrategy[Any]:
    limits = slot.limits
    if limits.choices is not None:
        return st.sampled_from(sorted(limits.choices))
    if limits.pattern is not None and "@" not in limits.pattern:
        return st.from_regex(limits.pattern, fullmatch=True).map(
            lambda text: text.encode("ascii", "ignore").decode()
        )
    kinds: dict[Kind, Any] = {
        Kind.TEXT: st.just("f1e5a") if limits.token or not limits.blank else _TEXT,
        Kind.BOOLEAN: st.booleans(),
        Kind.FLAG: st.booleans(),
        Kind.INTEGER: st.integers(limits.low or 0, limits.high or 99),
        Kind.NUMBER: st.floats(-180, 180),
        Kind.MOMENT: _MOMENTS,
        Kind.DAY: st.dates(date(1950, 1, 1), date(2020, 1, 1)),
    }
    return st.sampled_from(tuple(_words(slot))) if slot.kind is Kind.WORD else kinds[slot.kind]


def _words(slot: Slot) -> Iterable[Any]:
    return cast("Iterable[Any]", slot.python)


def _things(shape: Shape) -> st.SearchStrategy[Any]:
    parts: dict[str, Any] = {}
    for slot in shape.slots:
        one = _things(slot.nested) if slot.nested else _scalars(slot)
        if slot.repeats:
            one = st.lists(one, max_size=2).map(tuple)
        elif not slot.required and slot.kind is not Kind.FLAG:
            one = st.none() | one
        parts[slot.field] = one
    return st.builds(shape.python, **parts)


def fullest(python: type[Any]) -> Any:
    """Every field of a class and of all below it, once each; of alternatives, the first."""
    values: dict[str, Any] = {}
    taken: set[str] = set()
    for slot in shape_of(python).slots:
        if slot.either in taken or slot.field == "approximate_age":
            continue
        taken |= {slot.either} if slot.either else set()
        value = fullest(slot.python) if slot.nested else _sample(slot)
        values[slot.field] = (value,) if slot.repeats else value
    return python(**values)


def _sample(slot: Slot) -> Any:
    samples: dict[Kind, Any] = {
        Kind.TEXT: {"ip_address": "41.90.0.7", "country_calling_code": "+254", "extension": "12"}.get(
            slot.field, "Habari & <wewe>"
        ),
        Kind.BOOLEAN: True,
        Kind.FLAG: True,
        Kind.INTEGER: 12,
        Kind.NUMBER: -1.25,
        Kind.MOMENT: datetime(2026, 1, 31, 20, 59, 59, tzinfo=UTC),
        Kind.DAY: date(2001, 2, 3),
    }
    if slot.kind is Kind.WORD:
        return next(iter(_words(slot)))
    return (
        "KE"
        if slot.limits.choices and "KE" in slot.limits.choices
        else "AK"
        if slot.limits.choices
        else samples[slot.kind]
    )


def fullest_report() -> Report:
    """A report with everything that may stand in one that is not batched."""
    report: Report = fullest(Report)
    return replace(report, batched_report=None)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_program_makes_comes_back_equal(kind: type[Any]) -> None:
    @settings(max_examples=60)
    @given(_things(shape_of(kind)))
    def comes_back(document: Any) -> None:
        assert parse(build(document), kind).document == document
        as_json = json.loads(json.dumps(cybertip.to_json(document)))
        assert cybertip.from_json(as_json, kind).document == document

    comes_back()


def _ncmec_schema() -> etree.XMLSchema:
    path = os.environ.get("KINGA_NCMEC_XSD")
    if not path:
        pytest.skip("KINGA_NCMEC_XSD names no copy of NCMEC's public schema; it is not ours to ship")
    return etree.XMLSchema(etree.parse(Path(path)))


@pytest.mark.parametrize("whose", ["ours", "NCMEC"])
def test_the_fullest_documents_keep_every_rule_and_both_schemas(whose: str) -> None:
    judge = etree.XMLSchema(etree.fromstring(cybertip.schema())) if whose == "ours" else _ncmec_schema()
    for document in (fullest_report(), fullest(FileDetails), *(fullest(kind) for kind in KINDS[2:])):
        judge.assertValid(etree.fromstring(build(document)))
        assert check(document, now=NOW) == (), document
        assert parse(build(document), type(document), profile=Profile.STRICT, now=NOW).document == document


def test_our_schema_refuses_what_we_refuse() -> None:
    judge = etree.XMLSchema(etree.fromstring(cybertip.schema()))
    for wrong in (
        "<report/>",
        BARE.format("<additionalInfo/><additionalInfo/>"),
        BARE.format("<victim/>"),
        BARE.format("<internetDetails/>"),
        BARE.replace("Tourism", "tourism").format(""),
    ):
        assert not judge.validate(etree.fromstring(wrong.encode()))
        with pytest.raises(Rejected):
            parse(wrong.encode(), Report, profile=Profile.STRICT)


VARIANTS = [
    (BARE.replace("Child Sex Tourism", "Online Enticement of Children for Sexual Act"), Rule.VARIANT, 2),
    (BARE.replace("+03:00", ""), Rule.ZONE, 2),
    (BARE.replace("<incidentDateTime>", "<reportAnnotations><informational/></reportAnnotations><incidentDateTime>"),  # noqa: E501
     Rule.UNKNOWN_ELEMENT, 2),
    (BARE.replace("<email>", '<email type="home">'), Rule.VARIANT, 3),
    (BARE.replace("{}", "<additionalInfo>a</additionalInfo><additionalInfo>b</additionalInfo>"), Rule.REPEATED, 4),  # noqa: E501
    (BARE.replace("{}", "<victim><victimPerson/></victim><internetDetails><webPageIncident/></internetDetails>"),  # noqa: E501
     Rule.ORDER, 4),
    (BARE.replace("2026-01", "2096-01"), Rule.FUTURE, 2),
    (BARE.replace("<email>desk@isp.example</email>", ""), Rule.REPORTER_EMAIL, 3),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rule", "line"), VARIANTS)
def test_a_known_variant_is_taken_with_one_finding_and_refused_strictly(
    text: str, rule: Rule, line: int
) -> None:
    document = text.replace("{}", "").encode()
    found = parse(document, Report, now=NOW).findings
    assert [(one.rule, one.line) for one in found] == [(rule, line)]
    with pytest.raises(Rejected, match=f"line {line}"):
        parse(document, Report, profile=Profile.STRICT, now=NOW)


def test_what_other_clients_always_send_is_no_finding() -> None:
    quiet = BARE.replace(
        "<report>",
        '<report xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="x">',
    ).replace("<incidentDateTime>", "<reportAnnotations/><incidentDateTime>")
    given = quiet.format("").replace(
        "\n<reporter>", "<internetDetails><webPageIncident/></internetDetails><reporter>"
    )
    assert parse(given.encode(), Report, now=NOW).findings == ()


def test_what_has_no_place_is_kept_with_its_path() -> None:
    details = (
        "<fileDetails><reportId>7</reportId><fileId>f1</fileId>"
        "<ipCaptureEvent><ipAddress>10.0.0.1</ipAddress></ipCaptureEvent>"
        "<ipCaptureEvent><ipAddress>10.0.0.2</ipAddress></ipCaptureEvent>"
        "<details type='EXIF'><nameValuePair type='x'><name>n</name><value>v<b>w</b>!</value></nameValuePair></details>"  # noqa: E501
        "<new a='1'>p<deep>q</deep></new></fileDetails>"
    )
    parsed = parse(details.encode(), FileDetails)
    assert parsed.document.ip_capture_event == cybertip.IpCaptureEvent(ip_address="10.0.0.1")
    assert parsed.document.details[0].name_value_pair[0].value == "v!"
    assert {(one.path.removeprefix("fileDetails/"), one.value) for one in parsed.leftovers} == {
        ("ipCaptureEvent/ipAddress", "10.0.0.2"),
        ("details/nameValuePair/@type", "x"),
        ("details/nameValuePair/value/b", "w"),
        ("new/@a", "1"),
        ("new/deep", "q"),
        ("new", "p"),
    }


def test_findings_and_errors_quote_nothing() -> None:
    secret = BARE.format("<victim><victimPerson><age>Asha</age></victimPerson></victim>").replace(
        "desk@", "Asha "
    )
    parsed = parse(secret.encode(), Report)
    assert parsed.leftovers[0].value == "Asha"
    assert "Asha" not in "".join(map(str, parsed.findings))


CROSS = [
    (replace(fullest(FileDetails), file_viewed_by_esp=False), Rule.EXIF_VIEWED),
    (
        replace(fullest(FileDetails), file_relevance=cybertip.FileRelevance.SUPPLEMENTAL_REPORTED),
        Rule.SUPPLEMENTAL,
    ),
    (replace(fullest(FileDetails), file_annotations=cybertip.FileAnnotations()), Rule.MEME_TWICE),
    (fullest(Report), Rule.BATCH),
    (replace(fullest_report(), internet_details=(cybertip.InternetDetails(),)), Rule.ONE_INCIDENT),
    (
        replace(
            fullest_report(),
            internet_details=(
                cybertip.InternetDetails(
                    email_incident=cybertip.EmailIncident(email_address=(cybertip.Email(value="a@b"),))
                ),
            ),
        ),
        Rule.EMAIL_NOT_LISTED,
    ),
]


@pytest.mark.parametrize(("document", "rule"), CROSS)
def test_each_rule_between_fields_is_found_made_or_read(document: Report | FileDetails, rule: Rule) -> None:
    assert {one.rule for one in check(document, now=NOW)} == {rule}
    parsed = parse(build(document), type(document), now=NOW)
    assert {one.rule for one in parsed.findings} == {rule}


def _nested(depth: int) -> bytes:
    return b"<report>" + b"<a>" * depth + b"</a>" * depth + b"</report>"


HOSTILE = [
    (b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><report>&b;</report>', Unsafe, "Line 1"),
    (b'<!DOCTYPE report SYSTEM "http://192.0.2.1/x.dtd"><report/>', Unsafe, "DOCTYPE"),
    (_nested(10_000), Unsafe, "deep"),
    (b"<report>" + b"<a/>" * 100_001 + b"</report>", Unsafe, "elements"),
    (b"<report>&x;</report>", Malformed, "Line 1"),
    (b"<report>\n\xff</report>", Malformed, "Line 2"),
    (b'<?xml version="1.0" encoding="nonsense"?><report/>', Malformed, "Line 1"),
    (b'<?xml version="1.0" encoding="shift_jis"?><report/>', Malformed, "Line 1"),
    (b"<report><additionalInfo></report>", Malformed, "Line 1"),
    (b"", Malformed, "Line 1"),
    (b"<other/>", Rejected, "report must stand at the top"),
]


@pytest.mark.parametrize(("document", "error", "words"), HOSTILE)
def test_hostile_and_broken_documents_are_refused_plainly(
    document: bytes, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        parse(document, Report)


def test_a_hundred_megabytes_are_refused_in_flat_memory() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"<report><additionalInfo>"
        for _ in range(1600):
            yield b"x" * 65536

    tracemalloc.start()
    try:
        with pytest.raises(Unsafe, match="larger"):
            parse(pieces(), Report)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=60), st.integers(0, 400))
def test_noise_in_a_document_is_a_plain_refusal_or_a_document(noise: bytes, at: int) -> None:
    text = BARE.format("").encode()
    with contextlib.suppress(Malformed, Rejected):
        parse(text[:at] + noise + text[at:], Report)


def test_how_it_is_cut_into_pieces_makes_no_difference() -> None:
    text = build(fullest_report())
    whole = parse(text, Report)
    assert parse((text[at : at + 7] for at in range(0, len(text), 7)), Report) == whole


def test_other_encodings_are_read() -> None:
    document = parse(BARE.format("<additionalInfo>é</additionalInfo>").encode("utf-16"), Report).document
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?>' + BARE.format("<additionalInfo>é</additionalInfo>")
    assert parse(latin.encode("latin-1"), Report).document == document


def test_a_control_character_is_not_written() -> None:
    with pytest.raises(Rejected, match="control character"):
        build(replace(fullest_report(), additional_info="\x07"))
