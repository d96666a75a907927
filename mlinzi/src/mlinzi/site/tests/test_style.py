"""The look, as far as it can be counted: weight, contrast, addresses that follow the content."""

import re
from pathlib import Path

import pytest
from pytest_django import Settings

from mlinzi.site.templatetags import assets

STATIC = Path(assets.__file__).parents[1] / "static" / "mlinzi"
PUBLIC_SHEETS = ("tokens.css", "base.css", "forms.css")


def test_the_sheets_stay_small() -> None:
    sizes = {path.name: path.stat().st_size for path in STATIC.glob("*.css")}
    assert sum(sizes[name] for name in PUBLIC_SHEETS) <= 8_000, sizes
    assert sum(sizes.values()) <= 20_000, sizes


def test_the_sheets_ask_nobody_else() -> None:
    for path in STATIC.iterdir():
        text = path.read_text()
        assert not re.search(r"@import|url\(|@font-face", text), path.name


def colours(scheme: str) -> dict[str, str]:
    """The colours of tokens.css by name; the dark ones stand in the dark block, over the light ones."""
    light, rest = (STATIC / "tokens.css").read_text().split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", rest.split("@media print")[0]))
    return found


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


# What is written on what (4.5 : 1), and what must be seen against what (3 : 1).
TEXT = [
    *((text, ground) for text in ("ink", "muted", "accent", "danger") for ground in ("paper", "card")),
    ("ink", "accent-soft"),
    ("accent", "accent-soft"),
    ("danger", "danger-soft"),
    ("ink", "danger-soft"),
    ("warn", "warn-soft"),
    ("ok", "ok-soft"),
    ("ink", "line"),
    ("on-accent", "accent"),
    ("on-danger", "danger"),
    ("muted", "accent-soft"),
]
SEEN = [(mark, ground) for mark in ("edge", "focus", "accent", "danger") for ground in ("paper", "card")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_in_light_and_dark(scheme: str) -> None:
    named = colours(scheme)
    for pairs, least in ((TEXT, 4.5), (SEEN, 3.0)):
        for one, other in pairs:
            ratio = contrast(named[one], named[other])
            assert ratio >= least, f"{scheme}: {one} on {other} has {ratio:.2f}"


def test_the_measure_of_contrast_is_the_known_one() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_dark_differs_from_light() -> None:
    light, dark = colours("light"), colours("dark")
    assert set(light) == set(dark)
    assert [name for name in light if light[name] == dark[name]] == []


def test_an_address_follows_the_content(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "own.css").write_text("a {}")
    settings.STATICFILES_DIRS = [tmp_path]
    assets.asset.cache_clear()
    first = assets.asset("own.css")
    assert re.fullmatch(r"/static/own\.css\?v=[0-9a-f]{10}", first)
    (tmp_path / "own.css").write_text("b {}")
    assert assets.asset("own.css") == first  # a process reads its files once
    assets.asset.cache_clear()
    assert assets.asset("own.css") != first
    with pytest.raises(assets.NoSuchFile):
        assets.asset("absent.css")
    assets.asset.cache_clear()
