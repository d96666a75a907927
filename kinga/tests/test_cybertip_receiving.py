"""Forms cut anywhere give the same parts; answers are such that every known client understands them."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinga.cybertip import Malformed, Unsafe
from kinga.cybertip.codes import (
    Family,
    done,
    family_of,
    http_status,
    looks_numeric,
    may_retry,
    new_file_id,
    respond,
)
from kinga.cybertip.uploads import Data, End, FormParser, Part

KIND = 'multipart/form-data; boundary="--x"'


def _form(content: bytes) -> bytes:
    return (
        b'----x\r\nContent-Disposition: form-data; name="id"\r\n\r\n4711\r\n'
        b'----x\r\nContent-Disposition: form-data; name="file"; filename="p.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + content + b"\r\n----x--\r\n"
    )


def _parts(pieces: list[bytes]) -> list[tuple[Part, bytes]]:
    parser = FormParser(KIND)
    parts: list[tuple[Part, bytes]] = []
    ends = 0
    for piece in pieces:
        for event in parser.feed(piece):
            if isinstance(event, Part):
                parts.append((event, b""))
            elif isinstance(event, Data):
                assert event.data
                parts[-1] = (parts[-1][0], parts[-1][1] + event.data)
            else:
                ends += isinstance(event, End)
    parser.close()
    assert ends == len(parts)
    return parts


# Contents that look like the end of themselves, and any other.
CONTENTS = st.lists(
    st.sampled_from([b"\r\n", b"--", b"----x", b"\r\n----", b"a", b"\x00\xff"]), max_size=12
).map(b"".join)


@given(CONTENTS.filter(lambda content: b"\r\n----x" not in b"\r\n" + content), st.data())
def test_how_a_form_is_cut_makes_no_difference(content: bytes, data: st.DataObject) -> None:
    form = _form(content)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(form)), max_size=8)))
    pieces = [form[a:b] for a, b in zip([0, *cuts], [*cuts, len(form)], strict=True)]
    wanted = [(Part("id", None, None), b"4711"), (Part("file", "p.jpg", "image/jpeg"), content)]
    assert _parts(pieces) == wanted


def test_every_single_cut_and_every_byte_alone() -> None:
    form = _form(b"\r\n--\r\n----y")
    whole = _parts([form])
    assert whole[1][1] == b"\r\n--\r\n----y"
    for cut in range(len(form)):
        assert _parts([form[:cut], form[cut:]]) == whole
    assert _parts([form[at : at + 1] for at in range(len(form))]) == whole


def test_a_form_that_was_cut_off_is_told_wherever_it_was_cut() -> None:
    form = _form(b"habari")
    for cut in range(len(form) - 4):  # the last four bytes are "--", already enough, and a line end
        parser = FormParser(KIND)
        list(parser.feed(form[:cut]))
        with pytest.raises(Malformed, match="cut"):
            parser.close()


def test_memory_stays_flat_for_a_large_part() -> None:
    parser = FormParser(KIND)
    piece = b"\r\n" * 32768
    tracemalloc.start()
    try:
        list(parser.feed(_form(b"").removesuffix(b"\r\n----x--\r\n")))
        size = sum(
            len(event.data) for _ in range(1000) for event in parser.feed(piece) if isinstance(event, Data)
        )
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()
    assert len(piece) * 1000 - size < 64


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (b'----x\r\nContent-Disposition: form-data; name="' + b"n" * 9000, Unsafe),
        (b"----x\r\n" + b"X-A: b\r\n" * 20, Unsafe),
        (_form(b"").removesuffix(b"----x--\r\n") * 20, Unsafe),
        (b"----x\r\nno header\r\n\r\n", Malformed),
    ],
)
def test_what_costs_too_much_or_is_no_form_is_refused(form: bytes, error: type[Exception]) -> None:
    parser = FormParser(KIND)
    with pytest.raises(error):
        list(parser.feed(form))


@pytest.mark.parametrize(
    "kind", ["text/xml", "multipart/form-data", "multipart/form-data; boundary=" + "b" * 71, ""]
)
def test_another_content_type_is_refused(kind: str) -> None:
    with pytest.raises(Malformed, match="boundary"):
        FormParser(kind)


def test_ids_and_hashes_never_look_like_numbers() -> None:
    assert not any(looks_numeric(new_file_id()) for _ in range(1000))
    assert all(looks_numeric(text) for text in ("12345", "1e5", " 0x1F ", "1.5", "9" * 32, "1e" + "0" * 30))
    assert respond(0, "Success", md5="1" * 32).hash is None
    assert respond(0, "Success", md5="a" * 32).hash == "a" * 32
    for words in ("", " ", "4000"):
        with pytest.raises(ValueError, match="words"):
            respond(4000, words)


@pytest.mark.parametrize(
    ("code", "status", "on_finish", "retried"),
    [(0, 200, 200, False), (1100, 500, 500, True), (1210, 500, 500, False), (2000, 401, 401, False)]
    + [(code, 200, 400, False) for code in (3100, 4100, 5001, 5102, 9999, 70000)],
)
def test_each_code_has_the_status_that_clients_understand(
    code: int, status: int, on_finish: int, retried: bool
) -> None:
    assert (http_status(code), http_status(code, finish=True), may_retry(code)) == (
        status,
        on_finish,
        retried,
    )


def test_a_code_that_nobody_has_published_has_a_family_all_the_same() -> None:
    assert [family_of(code) for code in (0, 1999, 5999, 6000, -3)] == [
        Family.SUCCESS,
        Family.SERVER,
        Family.STATE,
        Family.UNKNOWN,
        Family.UNKNOWN,
    ]
    assert done(5001, 7).files.file_id == ()
