"""The vendored files are what `make vendor` made, with their licences; all agree on the characters of the fonts."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from scripts.vendor.characters import character_sets

ROOT = Path(__file__).resolve().parents[1]
FONTS = ROOT / "docs/shared/assets/fonts"
LINES = (ROOT / "scripts/vendor/SHA256SUMS").read_text("utf-8").splitlines()
SUMS = {path: checksum for checksum, path in (line.split("  ") for line in LINES)}


@pytest.mark.parametrize("path", SUMS)
def test_a_vendored_file_is_unchanged(path: str) -> None:
    assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == SUMS[path], f"{path}: run make vendor"


def test_every_font_and_the_bundle_are_in_the_list() -> None:
    present = {path.relative_to(ROOT).as_posix() for path in FONTS.iterdir()} | {"scripts/vendor/mathjax.js"}
    assert present <= SUMS.keys()


def test_licences_stand_beside_what_they_are_for() -> None:
    assert "Apache License" in (ROOT / "scripts/vendor/LICENSE-MathJax.txt").read_text("utf-8")
    assert "GUST Font License" in (FONTS / "GUST-FONT-LICENSE.txt").read_text("utf-8")


def test_the_fonts_are_small_enough_for_a_first_visit() -> None:
    assert (FONTS / "latin-modern-math.woff2").stat().st_size < 70_000
    assert (FONTS / "latin-modern-math-letters.woff2").stat().st_size < 60_000


def test_no_character_is_in_both_fonts() -> None:
    base, letters = character_sets().values()
    assert not base & letters


def test_the_style_sheet_asks_for_the_letters_that_the_second_font_has() -> None:
    css = (ROOT / "docs/shared/assets/css/math.css").read_text("utf-8")
    (declared,) = re.findall(r"unicode-range:([^;]*);", css)
    codes: set[int] = set()
    for first, last in re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", declared):
        codes.update(range(int(first, 16), int(last or first, 16) + 1))
    assert codes == character_sets()["latin-modern-math-letters"]


def test_the_pins_of_the_bundle_are_exact_and_hashed() -> None:
    folder = ROOT / "scripts/vendor"
    packages = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    wanted = json.loads((folder / "package.json").read_text("utf-8"))["dependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all(package["integrity"].startswith("sha512-") for name, package in packages.items() if name)
