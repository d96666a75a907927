"""PDQ equals the reference bit by bit, and whatever a file holds there is an answer."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("numba", reason="the extra kinga[hash] is not installed")
pytest.importorskip("PIL", reason="the extra kinga[hash] is not installed")

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kinga.hashmatch.entries import Digest
from kinga.hashmatch.pdq import pdq
from kinga.hashmatch.pictures import Mode, Refusal, fingerprint

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "pdq.json").read_text("utf-8"))["pictures"]
Pixels = npt.NDArray[np.uint8]


def _blocks(seed: int, rows: int, columns: int) -> Pixels:
    """An invented picture: squares of chance colours, as the vectors describe."""
    small = np.random.default_rng(seed).integers(
        0, 256, (-(-rows // 16) + 1, -(-columns // 16) + 1, 3), dtype=np.uint8
    )
    return np.ascontiguousarray(np.kron(small, np.ones((16, 16, 1), np.uint8))[:rows, :columns])


def _smooth(seed: int, rows: int, columns: int) -> Pixels:
    """An invented picture with large and small soft shapes, such as a photograph has."""
    rng, made = np.random.default_rng(seed), np.zeros((rows, columns, 3))
    for across, weight in ((8, 0.5), (24, 0.3), (80, 0.2)):
        small = rng.integers(0, 256, (across * 3 // 4, across, 3), dtype=np.uint8)
        made += weight * np.asarray(Image.fromarray(small).resize((columns, rows), Image.Resampling.BICUBIC))
    return made.astype(np.uint8)


def _file(pixels: Pixels, format_: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(sink, format_, **options)
    return sink.getvalue()


def _apart(left: Digest, right: Digest) -> int:
    return (int.from_bytes(left.value, "big") ^ int.from_bytes(right.value, "big")).bit_count()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['columns']}x{v['rows']}")
def test_every_form_equals_the_reference(vector: dict[str, Any]) -> None:
    made = pdq(_blocks(vector["seed"], vector["rows"], vector["columns"]))
    assert made.quality == vector["quality"]
    assert [one.hex() for one in made.digests] == vector["digests"]


def test_the_turned_forms_are_those_of_the_turned_picture() -> None:
    pixels = _smooth(1, 512, 640)
    turned = [
        pixels, np.rot90(pixels), np.rot90(pixels, 2), np.rot90(pixels, 3),
        pixels[::-1], pixels[:, ::-1], pixels.transpose(1, 0, 2), np.rot90(pixels[::-1], 1),
    ]  # fmt: skip
    forms = pdq(pixels).digests
    for other in turned:
        there = pdq(np.ascontiguousarray(other)).digests[0]
        # The reference samples a little off the middle, so a turned file is some bits away; others are 128.
        assert min(_apart(there, form) for form in forms) <= 20
    assert len({min(range(8), key=lambda n: _apart(pdq(np.ascontiguousarray(o)).digests[0], forms[n]))
                for o in turned}) == 8  # fmt: skip


def test_screening_is_a_few_bits_away_from_evidence() -> None:
    apart = []
    for seed in range(12):
        data = _file(_smooth(seed, 1100 + seed, 1500), quality=90)
        evidence, screening = fingerprint(data), fingerprint(data, mode=Mode.SCREENING)
        assert (evidence.mode, screening.mode) == (Mode.EVIDENCE, Mode.SCREENING)
        apart.append(_apart(evidence.pdq[0], screening.pdq[0]))
    assert max(apart) <= 10
    assert np.median(apart) <= 2


@pytest.mark.parametrize(
    ("format_", "mode"),
    [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "LA"), ("PNG", "L"), ("PNG", "P"), ("PNG", "I;16"),
     ("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("WEBP", "RGB"), ("GIF", "P"), ("TIFF", "CMYK"),
     ("BMP", "RGB")],
)  # fmt: skip
@pytest.mark.parametrize("how", Mode)
def test_formats_of_the_field_are_read(format_: str, mode: str, how: Mode) -> None:
    pixels = _smooth(3, 300, 400)
    if mode == "I;16":
        deep = (np.asarray(Image.fromarray(pixels).convert("L")).astype(np.uint16)) << 8
        sink = io.BytesIO()
        Image.fromarray(deep).save(sink, "PNG")
        data = sink.getvalue()
    else:
        data = _file(pixels, format_, mode)
    made = fingerprint(data, mode=how)
    assert made.refusal is None
    assert _apart(made.pdq[0], pdq(pixels).digests[0]) <= 16


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", Refusal.NOT_A_PICTURE),
        (b"plain text", Refusal.NOT_A_PICTURE),
        (_file(_smooth(1, 200, 200), "PNG")[:-400], Refusal.DAMAGED),
        (_file(_smooth(1, 4, 50), "PNG"), Refusal.TOO_SMALL),
        (_file(np.full((200, 200, 3), 127, np.uint8), "PNG"), Refusal.LOW_QUALITY),
        (_file(_smooth(1, 700, 800), "PNG"), Refusal.TOO_LARGE),
    ],
)
def test_a_refusal_has_a_reason_and_the_exact_digests_stay(data: bytes, why: Refusal) -> None:
    made = fingerprint(data, most_pixels=500_000)
    assert made.refusal is why
    assert made.pdq == ()
    assert len(made.digests) == 3


@given(
    cut=st.integers(0, 3000),
    changes=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), max_size=9),
)
@settings(max_examples=60)
def test_a_damaged_file_never_raises(cut: int, changes: list[tuple[int, int]]) -> None:
    for format_ in ("JPEG", "PNG", "GIF", "WEBP"):
        data = bytearray(_file(_smooth(2, 60, 60), format_))[: cut + 1]
        for at, value in changes:
            data[at % len(data)] = value
        for mode in Mode:
            made = fingerprint(bytes(data), mode=mode, most_pixels=1_000_000)
            assert bool(made.pdq) != bool(made.refusal)
