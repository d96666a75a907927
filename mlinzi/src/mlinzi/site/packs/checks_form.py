"""Whether the pages of the public form fit each other, and whether a child comes through them soon enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from pathlib import Path

from mlinzi import intake
from mlinzi.intake.rules.form import FIELDS, UNKNOWN, UNSAID, Kind
from mlinzi.intake.rules.form import Page as Rule
from mlinzi.site.packs.form import FormPage
from mlinzi.site.packs.reading import Problem
from mlinzi.site.packs.schema import Pack

FILE = "form.yaml"
FIRST = "safe"
MOST_QUESTIONS = 10  # on any way through the form
MOST_FOR_A_CHILD = 8  # where somebody tells of themselves: with one request to read and one to answer each
ABOUT, ONESELF = "about", "me"
DRAWINGS = Path(intake.__file__).parent / "templates" / "intake" / "drawings"
UNSPOKEN = (UNKNOWN, UNSAID)

Way = tuple[Mapping[str, str], tuple[FormPage, ...]]


def check_form(pack: Pack) -> Iterator[Problem]:
    """Everything by which the form's pages do not fit each other or the rest of the pack."""
    yield from _first(pack)
    yield from _repeats(pack)
    unfit = list(_conditions(pack))
    yield from unfit
    if not unfit:  # a way cannot be walked by conditions that mean nothing
        yield from _ways(pack)
    yield from _shows(pack)


def check_drawings(pack: Pack) -> Iterator[Problem]:
    """Every drawing that a choice or a category names is there."""
    there = {path.stem for path in DRAWINGS.glob("*.svg")}
    named = [("categories.yaml", category.id, category.drawing) for category in pack.categories]
    named += [
        (FILE, f"pages → {page.id} → {field.id} → {choice.id}", choice.drawing)
        for page in pack.form.pages
        for field in page.fields
        for choice in field.choices
    ]
    for file, place, drawing in named:
        if drawing is not None and drawing not in there:
            wrong = f"there is no drawing '{drawing}'"
            yield Problem(file, place, wrong, f"Name one of {', '.join(sorted(there))}.")


def _first(pack: Pack) -> Iterator[Problem]:
    first = pack.form.pages[0]
    if (first.id, first.asks, first.when) != (FIRST, (FIRST,), ()):
        wrong = f"the first page is not '{FIRST}', which asks only that and always"
        yield Problem(FILE, f"pages → {first.id}", wrong, "Put that page first, without when.")


def _repeats(pack: Pack) -> Iterator[Problem]:
    for page in pack.form.pages:
        for field in sorted({field for field in page.asks if page.asks.count(field) > 1}):
            yield Problem(FILE, f"pages → {page.id}", f"it asks '{field}' twice", "Ask it once.")
    for one, other in combinations(pack.form.pages, 2):
        for field in sorted(set(one.asks) & set(other.asks)):
            if not _exclude(one, other):
                wrong = f"it asks '{field}', which '{one.id}' has asked already"
                cure = "Ask it once, or let no answer satisfy the when of both pages."
                yield Problem(FILE, f"pages → {other.id}", wrong, cure)
            elif _offered(one, field) != _offered(other, field):
                wrong = f"its choices for '{field}' are not those of '{one.id}'"
                yield Problem(FILE, f"pages → {other.id}", wrong, "Offer the same ids; labels may differ.")


def _exclude(one: FormPage, other: FormPage) -> bool:
    """Whether no answers lead to both pages: each pair of alternatives contradicts itself in some field."""
    return (
        bool(one.when)
        and bool(other.when)
        and all(
            any(not set(first[name]) & set(second[name]) for name in first.keys() & second.keys())
            for first, second in product(one.when, other.when)
        )
    )


def _offered(page: FormPage, field: str) -> list[str]:
    return [choice.id for asked in page.fields if asked.id == field for choice in asked.choices]


def _conditions(pack: Pack) -> Iterator[Problem]:
    known: dict[str, set[str]] = {}
    for page in pack.form.pages:
        for alternative in page.when:
            for field, answers in alternative.items():
                yield from _condition(page, field, answers, known)
        for field in page.asks:
            known.setdefault(field, set()).update(_answers(pack, page, field))


def _condition(
    page: FormPage, field: str, answers: tuple[str, ...], known: Mapping[str, set[str]]
) -> Iterator[Problem]:
    place = f"pages → {page.id} → when"
    if FIELDS[field] not in (Kind.CHOICE, Kind.CATEGORY):
        wrong = f"'{field}' is not answered by choosing, so no page can depend on it"
        yield Problem(FILE, place, wrong, "Name a field that has choices.")
    elif field not in known:
        yield Problem(FILE, place, f"'{field}' is not asked before this page", "Ask it on an earlier page.")
    else:
        for answer in sorted(set(answers) - known[field]):
            cure = f"Write one of {', '.join(sorted(known[field]))}."
            yield Problem(FILE, place, f"nobody can answer '{answer}' to '{field}'", cure)


def _answers(pack: Pack, page: FormPage, field: str) -> tuple[str, ...]:
    """What somebody may answer by choosing."""
    if FIELDS[field] is Kind.CATEGORY:
        return (*(category.id for category in pack.public_categories), *UNSPOKEN)
    return (*_offered(page, field), *UNSPOKEN)


def _ways(pack: Pack) -> Iterator[Problem]:
    longest: dict[str, int] = {}
    silent: set[str] = set()
    for answers, pages in _walk(pack, pack.form.pages, {}, ()):
        about = answers.get(ABOUT, UNSAID)
        # A page that only tells is not counted: whoever needs it now does not mind the one touch more.
        longest[about] = max(longest.get(about, 0), sum(1 for page in pages if page.fields))
        if not any("story" in page.asks for page in pages):
            silent.add(about)
    for about in sorted(silent):
        wrong = f"whoever answers '{about}' to '{ABOUT}' is never asked what happened"
        yield Problem(FILE, "pages", wrong, "Let a page with the field story reach everybody.")
    for about, count in longest.items():
        most = MOST_FOR_A_CHILD if about == ONESELF else MOST_QUESTIONS
        if count > most:
            wrong = f"whoever answers '{about}' to '{ABOUT}' is asked {count} questions"
            yield Problem(FILE, "pages", wrong, f"Ask at most {most}: take some out or put some together.")


def _walk(
    pack: Pack, ahead: tuple[FormPage, ...], answers: Mapping[str, str], done: tuple[FormPage, ...]
) -> Iterator[Way]:
    """Every way through the form, told apart by the answers on which a page depends."""
    if not ahead:
        yield answers, done
        return
    page, *later = ahead
    if not Rule(page.id, ask="", when=page.when).applies(answers):
        yield from _walk(pack, tuple(later), answers, done)
        return
    deciding = {ABOUT} | {name for other in later for alternative in other.when for name in alternative}
    names = [field for field in page.asks if field in deciding]
    for combination in product(*(_answers(pack, page, name) for name in names)):
        given = dict(zip(names, combination, strict=True))
        yield from _walk(pack, tuple(later), {**answers, **given}, (*done, page))


def _shows(pack: Pack) -> Iterator[Problem]:
    for page in pack.form.pages:
        place = f"pages → {page.id} → shows"
        if "near" in page.shows and not pack.form.near:
            yield Problem(FILE, place, "there is no place where help is near", "Add one under near.")
        if "support" in page.shows and pack.form.support is None:
            yield Problem(FILE, place, "there is no line for support", "Give one under support.")
