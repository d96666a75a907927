"""Fingerprints of one file: MD5, SHA-1, SHA-256 always, PDQ where it is a picture that says enough.

The pixels are hashed as they are stored; the direction that a camera wrote beside them is not applied,
because the turned forms are among the eight digests anyway. Of moving pictures the first frame is hashed.

A file is decoded in the calling process. Whoever hashes files of strangers calls this in a process of its
own, with limits on time and memory.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image, UnidentifiedImageError

from kinga.hashmatch.entries import Algorithm, Digest
from kinga.hashmatch.pdq import SMALLEST, pdq

ENOUGH_QUALITY = 50
MOST_PIXELS = 200_000_000
SCREENING_SIDE = 512  # pixels that the shorter side keeps at least when a JPEG is decoded smaller


class Mode(StrEnum):
    """How a picture was decoded; written beside each digest."""

    EVIDENCE = "evidence"
    SCREENING = "screening"


class Refusal(StrEnum):
    """Why a file has no PDQ digest. Its MD5 and SHA digests count all the same."""

    NOT_A_PICTURE = "not a picture of a format that is read here"
    DAMAGED = "the picture is cut off or damaged"
    TOO_LARGE = "the picture has more pixels than are decoded here"
    TOO_SMALL = "the picture has fewer than 5 pixels a side"
    LOW_QUALITY = "the picture is so even that its PDQ digest would fit others by chance"


@dataclass(frozen=True)
class Fingerprint:
    """``exact``: MD5, SHA-1, SHA-256 of the bytes. ``pdq``: eight digests, as in `Pdq`, or none with a
    ``refusal``. ``quality`` is 0 to 100, None where nothing was decoded."""

    size: int
    exact: tuple[Digest, ...]
    pdq: tuple[Digest, ...]
    quality: int | None
    mode: Mode
    refusal: Refusal | None = None

    @property
    def digests(self) -> tuple[Digest, ...]:
        """All, as `MatchIndex.look_up` takes them."""
        return self.exact + self.pdq


class _Refused(Exception):
    """There is no PDQ digest, for this reason."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def fingerprint(data: bytes, *, mode: Mode = Mode.EVIDENCE, most_pixels: int = MOST_PIXELS) -> Fingerprint:
    """Hash the bytes of a file; never raises for what they are. MemoryError is the machine's.

    ``EVIDENCE`` decodes every pixel and equals the reference bit by bit. ``SCREENING`` decodes a JPEG to grey
    and smaller where it is large: several times as fast, and a few bits away.
    """
    exact = (
        Digest(Algorithm.MD5, hashlib.md5(data, usedforsecurity=False).digest()),
        Digest(Algorithm.SHA1, hashlib.sha1(data, usedforsecurity=False).digest()),
        Digest(Algorithm.SHA256, hashlib.sha256(data).digest()),
    )
    quality = None
    try:
        pixels = _pixels(data, mode, most_pixels)
        if min(pixels.shape[:2]) < SMALLEST:
            raise _Refused(Refusal.TOO_SMALL)
        made = pdq(pixels)
        quality = made.quality
        if quality < ENOUGH_QUALITY:
            raise _Refused(Refusal.LOW_QUALITY)
    except _Refused as refused:
        return Fingerprint(len(data), exact, (), quality, mode, refused.refusal)
    return Fingerprint(len(data), exact, made.digests, quality, mode)


def _pixels(data: bytes, mode: Mode, most: int) -> npt.NDArray[np.uint8]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of size and metadata; the limit here decides
            with Image.open(io.BytesIO(data)) as picture:
                if picture.width * picture.height > most:
                    raise _Refused(Refusal.TOO_LARGE)
                if mode is Mode.SCREENING and picture.format == "JPEG" and picture.mode != "CMYK":
                    return _grey(data)
                return np.asarray(_rgb(picture))
    except _Refused:
        raise
    except UnidentifiedImageError:
        raise _Refused(Refusal.NOT_A_PICTURE) from None
    except Image.DecompressionBombError:
        raise _Refused(Refusal.TOO_LARGE) from None
    except MemoryError:
        raise  # the machine's trouble, which says nothing of the file
    except Exception:  # noqa: BLE001 - decoders of damaged files raise nearly every kind of error
        raise _Refused(Refusal.DAMAGED) from None


def _rgb(picture: Image.Image) -> Image.Image:
    """Every pixel as RGB; 16-bit grey is brought to 8 bits, which Pillow would cut off at white."""
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    return picture.convert("RGB")


def _grey(data: bytes) -> npt.NDArray[np.uint8]:
    pixels: npt.NDArray[np.uint8] = simplejpeg.decode_jpeg(
        data, "GRAY", min_height=SCREENING_SIDE, min_width=SCREENING_SIDE
    )
    return pixels
