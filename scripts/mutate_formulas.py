"""The mutation gate: every small typo in every formula is noticed, or stands on a list that someone has reviewed."""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path

from formulas import Book

ROOT = Path(__file__).resolve().parents[1]
ACCEPTED = ROOT / "tests/formulas/accepted_mutants.txt"
ENOUGH = 0.98
SEEDS = 50
UNREVIEWED = "?"


def main() -> int:
    """Check all formulas on many seeds, then all their typos; return 0 if every typo is accounted for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="bring the list of accepted typos up to date")
    options = arguments.parse_args()
    book = Book.of(ROOT / "docs/en", ROOT / "tests/formulas")
    wrong = [*book.problems(), *false_alarms(book)]
    print("\n".join(wrong) or f"{len(list(book.bound()))} formulas hold on {SEEDS} seeds")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    alive = []
    for formula, mutant, how in [] if wrong else book.judged():
        counts[mutant.operator][how] += 1
        if how == "alive":
            alive.append(f"{formula.label or formula.path.stem} | {mutant.operator} | {mutant.row}")
    killed = table(counts)
    return int(bool(wrong) or killed < ENOUGH or not reviewed(sorted(set(alive)), options.write))


def false_alarms(book: Book) -> list[str]:
    """The formulas that fail on some seed."""
    return [message for seed in range(SEEDS) for found in book.bound() if (message := book.failure(*found, seed))]


def table(counts: dict[str, Counter[str]]) -> float:
    """Print the typos by kind, return the part of them that was noticed."""
    total: Counter[str] = sum(counts.values(), Counter())
    print(f"\n{'typo':24}{'made':>7}{'by value':>10}{'unreadable':>12}{'alive':>7}{'noticed':>10}")
    for name, count in [*sorted(counts.items(), key=lambda item: -item[1].total()), ("all", total)]:
        noticed = 1 - count["alive"] / max(count.total(), 1)
        numbers = f"{count['by value']:10}{count['unreadable']:12}{count['alive']:7}{noticed:10.1%}"
        print(f"{name:24}{count.total():7}{numbers}")
    return 1 - total["alive"] / max(total.total(), 1)


def reviewed(alive: list[str], write: bool) -> bool:
    """Whether the typos alive are exactly those on the list, each with its reason; print the difference."""
    lines = ACCEPTED.read_text(encoding="utf-8").splitlines() if ACCEPTED.exists() else []
    pairs = (line.rpartition(" | ") for line in lines if line and not line.startswith("#"))
    reasons = {typo: reason for typo, _, reason in pairs}
    if write:
        header = [line for line in lines if line.startswith("#")]
        body = [f"{typo} | {reasons.get(typo, UNREVIEWED)}" for typo in alive]
        ACCEPTED.write_text("\n".join([*header, *body]) + "\n", encoding="utf-8")
    new = [typo for typo in alive if reasons.get(typo, UNREVIEWED) == UNREVIEWED]
    gone = [typo for typo in reasons if typo not in alive]
    for typo in new:
        print(f"alive and not reviewed: {typo}")
    for typo in gone:
        print(f"accepted but not alive any more: {typo}")
    return not new and not gone


if __name__ == "__main__":
    sys.exit(main())
