"""Which characters the math fonts have: reads characters.txt for those who cut the fonts and those who use them."""

from __future__ import annotations

from pathlib import Path


def character_sets() -> dict[str, set[int]]:
    """The code points of each font, by its file's name."""
    sets: dict[str, set[int]] = {}
    name = ""
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        words = line.partition("#")[0].split()
        if words and words[0].startswith("["):
            name = words.pop(0).strip("[]")
            sets[name] = set()
        for word in words:
            first, _, last = word.partition("-")
            sets[name].update(range(int(first, 16), int(last or first, 16) + 1))
    return sets
