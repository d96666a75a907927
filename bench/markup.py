"""What a page offers to fill in: its forms, read out of itself, so that no pack's order is built in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

_TAG = re.compile(r"<(/?)(form|button|input|select|option|textarea)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([a-z-]+)(?:="([^"]*)")?')
_RECEIPT = re.compile(r'class="receipt"[^>]*><span aria-hidden="true">([0-9 ]+)<')


@dataclass
class PageForm:
    """One form of a page.

    Args:
        hidden: fields with the values that they hold. choices: fields with the values that they can take.
        lines: fields to write in. buttons: buttons that have a name, with the values that they can have.
    """

    action: str
    hidden: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    buttons: dict[str, list[str]] = field(default_factory=dict)


def forms_of(text: str) -> list[PageForm]:
    """Every form of a page, in its order. By patterns and not by a parser: the load shares two cores with the
    house, and the pages are our own."""
    found: list[PageForm] = []
    select = ""
    for end, tag, raw in _TAG.findall(text):
        told = dict(_attributes(raw))
        if tag == "form":
            if not end:
                found.append(PageForm(told.get("action", "")))
        elif tag == "select":
            select = "" if end else told.get("name", "")
        elif found and not end:
            _take(found[-1], tag, told, select)
    return found


def _attributes(raw: str) -> Iterator[tuple[str, str]]:
    return ((name, unescape(value)) for name, value in _ATTRIBUTE.findall(raw))


def _take(form: PageForm, tag: str, told: dict[str, str], select: str) -> None:
    name, value = told.get("name", select if tag == "option" else ""), told.get("value", "")
    if not name:
        return
    kind = told.get("type", "")
    if tag == "button":
        form.buttons.setdefault(name, []).append(value)
    elif tag == "option" or kind in {"radio", "checkbox"}:
        form.choices.setdefault(name, []).append(value)
    elif kind == "hidden":
        form.hidden[name] = value
    elif kind != "file":
        form.lines.append(name)


def the_form(text: str) -> PageForm | None:
    """The form that a page asks to be filled in: the one without an address of its own, which is sent to the
    page itself. The quick exit has one."""
    return next((form for form in forms_of(text) if not form.action), None)


def number_on(text: str) -> str:
    """The sixteen digits that a page shows; "" where it shows none."""
    found = _RECEIPT.search(text)
    return found[1].replace(" ", "") if found else ""
