"""Cut the math font down to the characters of characters.txt. Called by build.py, which brings fontTools and brotli."""

from __future__ import annotations

import sys
from copy import deepcopy
from pathlib import Path

from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from scripts.vendor.characters import character_sets

PRIMES = {0x2032, 0x2033, 0x2034, 0x2035, 0x2057}
SPACE = 0x20
MARGINS = dict.fromkeys("([{⌈⌊⟦⟨", (130, 40)) | dict.fromkeys(")]}⌉⌋⟧⟩", (40, 130)) | {"√": (20, -20)}
WIDEST = (
    dict.fromkeys("()⟨⟩", 330) | dict.fromkeys("[]⌈⌉⌊⌋", 250) | dict.fromkeys("{}⟦⟧", 400) | {"√": 2000}
)  # both in 1/1000 em


def keep_script_forms_of(font: TTFont, kept: set[str]) -> None:
    """Forget the variants for small sizes of all glyphs but `kept`: they would add half as much again to the file."""
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for variants in (getattr(table, "alternates", {}), getattr(table, "mapping", {})):
                for glyph in set(variants) - kept:
                    del variants[glyph]


def bounds(font: TTFont, glyphs: list[str]) -> tuple[float, float]:
    """The left and right end of what is drawn by glyphs that are put one above the other."""
    pen = BoundsPen(font.getGlyphSet())
    for glyph in glyphs:
        font.getGlyphSet()[glyph].draw(pen)
    return pen.bounds[0], pen.bounds[2]


def tighten(font: TTFont, names: dict[int, str]) -> None:
    """Take the wide margins from large brackets and roots, and make the largest brackets narrower.

    Chromium gives every stretched bracket the width of the widest of its sizes: with TeX's margins all stand apart.
    """
    charstrings = font["CFF "].cff.topDictIndex[0].CharStrings
    variants = font["MATH"].table.MathVariants
    constructions = dict(zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction, strict=True))
    done: set[str] = set()
    for character, (before, after) in MARGINS.items():
        glyph = names[ord(character)]
        construction = constructions[glyph]
        groups = [[record.VariantGlyph] for record in construction.MathGlyphVariantRecord]
        if construction.GlyphAssembly:
            groups.append([part.glyph for part in construction.GlyphAssembly.PartRecords])
        for group in sorted(groups, key=len, reverse=True):
            left, right = bounds(font, group)
            scale = min(1.0, WIDEST[character] / (right - left))
            shift = before - left * scale
            for part in sorted(set(group) - {glyph} - done):
                own_left, _ = bounds(font, [part])
                pen = T2CharStringPen(None, font.getGlyphSet())
                font.getGlyphSet()[part].draw(TransformPen(pen, (scale, 0, 0, 1, shift, 0)))
                old = charstrings[part]
                charstrings[part] = pen.getCharString(private=old.private, globalSubrs=old.globalSubrs)
                font["hmtx"][part] = (round(right * scale + shift + after), round(own_left * scale + shift))
            done |= set(group)


def lower_scripts(font: TTFont) -> None:
    """Give the scripts of letters with long strokes, and of brackets, nearly the height of all others.

    TeX does so for every single character; browsers follow the ink of each, and p_i stands lower than x_i.
    """
    constants = font["MATH"].table.MathConstants
    constants.SuperscriptBaselineDropMax.Value = 386  # TeX's own, of cmsy10
    constants.SubscriptBaselineDropMin.Value = 0


def cut(source: Path, characters: set[int], target: Path) -> None:
    """Write the subset as WOFF2: the same input gives the same bytes. Primes keep their form for superscripts."""
    font = TTFont(source, recalcTimestamp=False)
    names = font.getBestCmap()
    missing = sorted(characters - names.keys())
    if missing:
        sys.exit(f"{source.name} has no {', '.join(f'U+{c:04X}' for c in missing)}: take them out of characters.txt")
    keep_script_forms_of(font, {names[prime] for prime in PRIMES})
    tighten(font, names)
    lower_scripts(font)
    math = font["GSUB"].table.ScriptList.ScriptRecord[0]
    anything = deepcopy(math)  # Chromium shapes a prime as a sign of no script, and would find no feature for it
    anything.ScriptTag = "DFLT"
    font["GSUB"].table.ScriptList.ScriptRecord = [anything, math]
    options = Options()
    options.layout_features = ["ssty"]
    options.hinting = False
    options.drop_tables += ["FFTM", "GPOS"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters | {SPACE})
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(target, reorderTables=False)


def main(source: str, folder: str) -> None:
    """Cut every set of characters.txt out of the font `source` into `folder`."""
    for name, characters in character_sets().items():
        cut(Path(source), characters, Path(folder) / f"{name}.woff2")


if __name__ == "__main__":
    main(*sys.argv[1:])
