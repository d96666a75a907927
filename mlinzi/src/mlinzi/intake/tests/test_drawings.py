"""The small drawings beside the choices: light, plain, and harmless inside a page that runs no script."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

DRAWINGS = sorted((Path(__file__).parents[1] / "templates" / "intake" / "drawings").glob("*.svg"))
SHAPES = {"circle", "rect", "path"}
PLAIN = {
    "viewBox", "width", "height", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin",
    "aria-hidden", "focusable", "cx", "cy", "r", "rx", "x", "y", "d",
}  # fmt: skip


def test_there_are_enough_to_choose_from() -> None:
    names = {path.stem for path in DRAWINGS}
    assert len(names) >= 16
    assert {"child", "two", "screen", "badge", "cloud"} <= names
    assert all(len(name) <= 32 for name in names), "a longer name finds no room in the table of categories"


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_a_drawing_is_small_and_holds_only_lines(path: Path) -> None:
    text = path.read_text(encoding="ascii")
    assert len(text) <= 350, "fourteen of them stand on one page, which a slow phone must load"
    drawing = ElementTree.fromstring(text)  # noqa: S314 – a file of ours
    assert drawing.tag == "svg"
    assert drawing.get("viewBox") == "0 0 32 32"
    assert drawing.get("stroke") == "currentColor", "so that it has the contrast of the words beside it"
    assert (drawing.get("aria-hidden"), drawing.get("focusable")) == ("true", "false"), (
        "the label says it all"
    )
    parts = list(drawing.iter())
    assert {part.tag for part in parts[1:]} <= SHAPES, "no script, link, text, picture or style"
    assert {name for part in parts for name in part.keys()} <= PLAIN  # noqa: SIM118 – an element is no mapping
    assert not any((part.text or "").strip() or (part.tail or "").strip() for part in parts)
