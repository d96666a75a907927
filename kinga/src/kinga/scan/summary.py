"""What a scan found, on one page that shows no picture: paths, lists, reasons, what could not be read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

SHOWN = 1_000
"""How many hits and unread files the page names; the journal has all of them."""
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1d1b16}"
    "table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:700;padding:.5rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #d8d2c8;"
    "overflow-wrap:anywhere}.note{color:#5c5648}@media(prefers-color-scheme:dark)"
    "{body{background:#1a1917;color:#eee8dd}th,td{border-color:#4a463d}.note{color:#b7af9f}}"
)


@dataclass
class Tally:
    """The figures of a scan."""

    files: int = 0
    hits: list[Mapping[str, Any]] = field(default_factory=list)
    matched: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unread_paths: list[str] = field(default_factory=list)

    def count(self, line: Mapping[str, Any]) -> None:
        """Take one line of the journal in."""
        self.files += 1
        if line.get("hits"):
            self.matched += 1
            if len(self.hits) < SHOWN:
                self.hits.append(line)
        if why := line.get("unread"):
            self.unread[why] += 1
            if len(self.unread_paths) < SHOWN:
                self.unread_paths.append(line["path"])
        if why := line.get("refusal"):
            self.refused[why] += 1


def tally_of(lines: Iterable[Mapping[str, Any]]) -> Tally:
    """The figures of a journal."""
    made = Tally()
    for line in lines:
        made.count(line)
    return made


def page(tally: Tally, root: str, lists: Iterable[str]) -> str:
    """The page as HTML. It names files and shows none."""
    rows = "".join(
        f"<tr><td>{_text(line['path'])}</td><td>{_text(hit['list'])}</td><td>{_text(hit['entry'])}</td>"
        f"<td>{_text(hit['reason'])}</td></tr>"
        for line in tally.hits
        for hit in line["hits"]
    )
    found = (
        f"<table><caption>Hits</caption><thead><tr><th scope=col>File<th scope=col>List<th scope=col>Entry"
        f"<th scope=col>Why</tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else "<p>No file is in one of the lists.</p>"
    )
    more = f"<p>Only the first {SHOWN} are shown.</p>" if tally.matched > SHOWN else ""
    reasons = _reasons("Not looked at", tally.unread) + _reasons("Exact digests only", tally.refused)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>Scan</title><style>{_STYLE}</style><h1>Scan</h1>'
        f"<p>{tally.files} files below {_text(root)}; {tally.matched} of them in a list.</p>"
        f'<p class="note">Lists: {_text(", ".join(lists))}. A hit is a resemblance, and a person decides '
        f"what it means. No file was moved, changed or shown.</p>{found}{more}{reasons}</html>"
    )


def _reasons(title: str, counted: Counter[str]) -> str:
    if not counted:
        return ""
    rows = "".join(f"<tr><td>{_text(why)}<td>{number}</tr>" for why, number in sorted(counted.items()))
    return f"<table><caption>{title}</caption><tbody>{rows}</tbody></table>"


def _text(text: str) -> str:
    return escape(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
