"""What the public door says, in each language of the country; whether it is flooded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language_info

from mlinzi.directory import reads as directory
from mlinzi.intake.models import Category, DayCount, FormPage, FormSetting, Mailbox
from mlinzi.intake.rules import Details, Flood, Form, Page
from mlinzi.intake.rules.form import FIELDS, Choice, Field, Kind
from mlinzi.intake.rules.submitted import DETAIL_LIMITS
from mlinzi.intake.words import STAFF_CODES, STAFF_WORDS
from mlinzi.kernel.packed import in_language


@dataclass(frozen=True)
class Number:
    """An emergency number in the words of one language. `free` is None where it is not known."""

    number: str
    label: str
    when: str
    hours: str
    free: bool | None

    @property
    def dialled(self) -> str:
        return self.number.replace(" ", "")


@dataclass(frozen=True)
class Near:
    """A place where help is near, in the words of one language. `area`: a place's pack id, or "" for all."""

    label: str
    when: str
    hours: str
    area: str


@dataclass(frozen=True)
class DoorWords:
    """What the public door says in one language of the country.

    Args:
        language, own_name: its code, and its name in itself.
        texts: the pack's public texts by key, e.g. ``who_reads`` or ``status.received``.
        numbers: the emergency numbers in the pack's order. support: the line for own worries, if any.
        areas: pack id and name of the country's areas.
    """

    language: str
    own_name: str
    texts: Mapping[str, str]
    numbers: tuple[Number, ...] = ()
    near: tuple[Near, ...] = ()
    support: Number | None = None
    form: Form = field(default_factory=Form)
    areas: tuple[tuple[str, str], ...] = ()
    time_zone: str = "UTC"
    demonstration: bool = False
    flood: Flood = field(default_factory=lambda: Flood(60, 300))

    @property
    def site_name(self) -> str:
        return self.texts.get("site_name", "")

    @property
    def exit_url(self) -> str:
        return self.texts.get("exit_url", "")

    @property
    def intro(self) -> tuple[str, ...]:
        keys = [key for key in self.texts if key.startswith("intro.")]
        return tuple(self.texts[key] for key in sorted(keys, key=lambda key: int(key.removeprefix("intro."))))

    def status(self, status: str) -> str:
        return self.texts.get(f"status.{status}", "")


def door_words() -> tuple[DoorWords, ...]:
    """What the public door says, in each language of the country, the default first.

    Raises `NoCountry` before a pack is loaded.
    """
    country = directory.country()
    numbers = list(directory.emergency_numbers())
    pages = list(FormPage.objects.order_by("order", "pk"))
    settings = {row.pack_id: row.value for row in FormSetting.objects.all()}
    categories = list(public_categories())
    areas = tuple((place.pack_id, place.name) for place in directory.areas())
    demonstration = directory.is_demonstration()

    def words(language: str) -> DoorWords:
        return DoorWords(
            language,
            own_name(language),
            directory.public_texts(language),
            numbers=tuple(_number(n.number, n.label, n.when, n.hours, n.free, language) for n in numbers),
            near=tuple(_near(row, language) for row in settings.get("near", [])),
            support=_support(settings.get("support"), language),
            form=Form(tuple(_page(row, categories, language) for row in pages)),
            areas=areas,
            time_zone=country.time_zone,
            demonstration=demonstration,
            flood=Flood(**settings["flood"]) if "flood" in settings else Flood(60, 300),
        )

    return tuple(words(language) for language in country.languages)


Words = Mapping[str, str]


def _number(
    number: str, label: Words, when: Words, hours: Words | None, free: bool | None, language: str
) -> Number:
    return Number(
        number,
        in_language(label, language),
        in_language(when, language),
        in_language(hours or {}, language),
        free,
    )


def _support(row: Mapping[str, Any] | None, language: str) -> Number | None:
    if not row:
        return None
    return _number(row["number"], row["label"], row["when"], row.get("hours"), row.get("free"), language)


def _near(row: Mapping[str, Any], language: str) -> Near:
    return Near(
        in_language(row["label"], language),
        in_language(row["when"], language),
        in_language(row.get("hours") or {}, language),
        row.get("area") or "",
    )


def _page(row: FormPage, categories: Sequence[Category], language: str) -> Page:
    return Page(
        row.pack_id,
        in_language(row.ask, language),
        in_language(row.lead, language),
        tuple(_field(told, categories, language) for told in row.fields),
        tuple(row.when),
        frozenset(row.shows),
    )


def _field(told: Mapping[str, Any], categories: Sequence[Category], language: str) -> Field:
    if FIELDS[told["id"]] is Kind.CATEGORY:
        choices = tuple(
            Choice(c.pack_id, in_language(c.label, language), in_language(c.hint, language), c.drawing)
            for c in categories
        )
    else:
        choices = tuple(
            Choice(
                c["id"],
                in_language(c["label"], language),
                in_language(c.get("hint") or {}, language),
                c.get("drawing") or "",
            )
            for c in told.get("choices", [])
        )
    return Field(
        told["id"],
        in_language(told.get("label") or {}, language),
        in_language(told.get("hint") or {}, language),
        choices,
    )


def own_name(language: str) -> str:
    """A language's name in itself, or its code where nobody has told Django about it."""
    try:
        return str(get_language_info(language)["name_local"]).capitalize()
    except KeyError:
        return language


def public_categories() -> QuerySet[Category]:
    """The categories that the form offers, in the pack's order."""
    return Category.objects.filter(public=True).order_by("order", "pk")


def is_flooded(flood: Flood, *, now: datetime) -> bool:
    """Whether more reports have come than the pack expects. Counted over all doors of the deployment."""
    lately = Mailbox.objects.filter(created_at__gt=now - timedelta(minutes=10), created_at__lte=now)
    ten = lately.values("pk")[: flood.per_ten_minutes].count()
    one = lately.filter(created_at__gt=now - timedelta(minutes=1)).values("pk")[: flood.per_minute].count()
    return flood.is_on(one, ten)


def setting(key: str) -> Any:
    """A setting of the door from the pack; None where the pack gives none."""
    row = FormSetting.objects.filter(pack_id=key).first()
    return row.value if row else None


def counted(what: str, day: date, *, organisation: str = "") -> int:
    """How often something was counted on a day."""
    row = DayCount.objects.filter(what=what, day=day, organisation=organisation).first()
    return row.count if row else 0


def told_words(details: Details, language: str) -> list[tuple[str, str]]:
    """What was told besides the words, for an officer: pairs of question and answer in the pack's words."""
    fields: dict[str, tuple[str, Field]] = {}
    for row in FormPage.objects.order_by("order", "pk"):
        page = _page(row, (), language)
        for asked in page.fields:
            fields.setdefault(asked.id, (asked.label or page.ask, asked))
    told = []
    for name in DETAIL_LIMITS:
        said = getattr(details, name)
        if said:
            label, asked = fields.get(name, (str(STAFF_WORDS.get(name, name)), Field(name)))
            codes = STAFF_CODES.get(name, {})
            told.append((label, str(codes[said]) if said in codes else asked.label_of(said)))
    return told
