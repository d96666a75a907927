"""The `fileDetails` element, and the two answers of a receiver."""

# ruff: noqa: RUF009 - the calls make dataclass fields; they only have names of our own

from dataclasses import dataclass
from datetime import datetime

from kinga.cybertip.describe import LONG, attribute, content, flag, many, maybe, one
from kinga.cybertip.people import LONGEST_URL, DeviceId, IpCaptureEvent
from kinga.cybertip.values import DetailsType, FileRelevance, IndustryClassification


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnnotations:
    """What the file shows, as far as the provider has seen it."""

    anime_drawing_virtual_hentai: bool = flag()
    potential_meme: bool = flag()
    viral: bool = flag()
    possible_self_production: bool = flag()
    physical_harm: bool = flag()
    violence_gore: bool = flag()
    bestiality: bool = flag()
    live_streaming: bool = flag()
    infant: bool = flag()
    generative_ai: bool = flag()


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalFileHash:
    """A hash of the file as the provider had it."""

    value: str = content()
    hash_type: str = attribute(required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameValuePair:
    """One detail."""

    name: str = one(length=64)
    value: str = one()


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Details of a file: at least one."""

    name_value_pair: tuple[NameValuePair, ...] = many()
    type: DetailsType | None = attribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDetails:
    """What is said about one uploaded file. `file_name` and `potential_meme` are of the older profile."""

    report_id: int = one(low=1, high=LONG)
    file_id: str = one(token=True)
    file_name: str | None = maybe()
    original_file_name: str | None = maybe(length=2056)
    uploaded_to_esp_timestamp: datetime | None = maybe(past=True)
    location_of_file: str | None = maybe(length=LONGEST_URL)
    file_viewed_by_esp: bool | None = maybe()
    exif_viewed_by_esp: bool | None = maybe()
    publicly_available: bool | None = maybe()
    file_relevance: FileRelevance | None = maybe()
    potential_meme: bool | None = maybe(either="annotation")
    file_annotations: FileAnnotations | None = maybe(either="annotation")
    industry_classification: IndustryClassification | None = maybe()
    original_file_hash: tuple[OriginalFileHash, ...] = many()
    ip_capture_event: IpCaptureEvent | None = maybe()
    device_id: tuple[DeviceId, ...] = many()
    details: tuple[Details, ...] = many()
    additional_info: tuple[str, ...] = many()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResponse:
    """A receiver's answer to all but `finish`. `hash` is the MD5 of the uploaded bytes in hexadecimal."""

    response_code: int = one(low=-(2**31), high=2**31 - 1)
    response_description: str = one()
    report_id: int | None = maybe(low=1, high=LONG)
    file_id: str | None = maybe(token=True)
    hash: str | None = maybe(token=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of a finished report."""

    file_id: tuple[str, ...] = many()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDoneResponse:
    """A receiver's answer to `finish`."""

    response_code: int = one(low=-(2**31), high=2**31 - 1)
    report_id: int = one(low=1, high=LONG)
    files: Files = one()
