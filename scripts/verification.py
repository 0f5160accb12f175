"""What the page "How this site checks itself" tells: numbers and an example from a real run of the formula checker.

The run makes every small typo in every formula and takes seconds, so its result is kept until a formula, a binding, the
checker or the package changes; `mkdocs serve` shows the last result rather than wait.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from formulas import Book, check
from formulas.functions import COMPARE
from formulas.pages import Formula, displays, inlines, pages
from formulas.reader import RELATIONS, Node, read
from formulas.tokens import FormulaError, tokenize
from scripts import refutations
from scripts.files import write

ROOT = Path(__file__).resolve().parents[1]
PAGES, BINDINGS = ROOT / "docs" / "en", ROOT / "tests" / "formulas"
KEPT = ROOT / ".cache" / "verification.json"
UNREADABLE = {r"\propto", r"\ll", r"\gg", r"\lesssim", r"\gtrsim"}  # relations that the checker does not know
EXAMPLE, RIGHT, WRONG = "activations-sigmoid", "1 + e^{-x}", "1 + e^{x}"
WORDS = {"en": "None at present.", "ru": "Сейчас таких нет."}


def results(fresh: bool = True) -> dict[str, Any]:
    """The facts, the example and the exemptions; those of the last run unless fresh ones are asked for."""
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    if not kept or (fresh and kept["key"] != key()):
        command = [sys.executable, "-B", "-m", "scripts.verification"]  # a fresh interpreter knows the latest package
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
        if run.returncode:
            raise RuntimeError(f"the formula checker did not finish:\n{run.stderr[-2000:]}")
        kept = json.loads(run.stdout)
        write(KEPT, run.stdout.encode())
    return dict(kept)


def key() -> str:
    """A hash of the formulas on the pages, their bindings, the checker, what tells of wrong ones, and the package."""
    tex = [[f.label, f.tex] for path in pages(PAGES) for f in (*displays(path), *inlines(path))]
    digest = hashlib.sha256(json.dumps(tex).encode())
    digest.update(Path(refutations.__file__).read_bytes())
    for folder in (BINDINGS, ROOT / "formulas", ROOT / "snippets"):
        for path in sorted(folder.glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def has_relation(formula: Formula) -> bool:
    """Whether anything is said with =, < or the like, whether the checker can read it or not."""
    return any(token.text in RELATIONS.keys() | UNREADABLE for token in tokenize(formula.tex))


def is_setting(formula: Formula) -> bool:
    r"""Whether symbols are compared with plain numbers, and nothing else: `\eta = 0.1`, `0 < \rho < 1`, `a = s = 1`."""
    try:
        statements = read(formula.tex, {})
    except FormulaError:
        return False
    sides = Counter("number" if _is_number(side) else side.kind for chain in statements for side in chain.parts)
    compared = all(set(chain.name.split()) <= COMPARE.keys() - {"in"} for chain in statements)
    return len(statements) == 1 and compared and sides.keys() == {"number", "sym"}


def _is_number(node: Node) -> bool:
    """Digits, maybe with a minus, or a power of ten."""
    if node.kind == "pow":
        return node.parts[0].name == "10" and _is_number(node.parts[1])
    return (node.parts[0] if node.kind == "neg" else node).kind == "num"


def counts(book: Book) -> dict[str, Any]:
    """The numbers that tell a reader what is checked."""
    checked = list(book.bound())
    mutants = Counter(how for _, _, how in book.judged())
    bound = [formula for formula, _ in checked if formula.label is None]
    unbound = [formula for formula in book.inlines if has_relation(formula) and formula not in bound]
    return {
        "displays": sum(formula.label == formula.of or bool(formula.reason) for formula in book.displays),
        "refuted": len(list(book.refuted())),
        "formulas": len(checked),
        "statements": sum(check(formula.tex, binding, binding.samples()) for formula, binding in checked),
        "samples": sum(binding.n for _, binding in checked),
        "inline": len(bound),
        "settings": sum(is_setting(formula) for formula in unbound),
        "listed": sum(not is_setting(formula) for formula in unbound),
        "mutants": mutants.total(),
        "killed": mutants.total() - mutants["alive"],
        "exempt": [(formula.path.stem, formula.line, formula.reason) for formula in book.exempt],
    }


def run() -> dict[str, Any]:
    """Judge every formula and every typo; flip one sign and keep what the author would read."""
    book = Book.of(PAGES, BINDINGS)
    report = counts(book)
    exempt = report.pop("exempt")
    formula, binding = next(found for found in book.bound() if found[0].label == EXAMPLE)
    path = formula.path.relative_to(ROOT)
    message = book.failure(replace(formula, path=path, tex=formula.tex.replace(RIGHT, WRONG)), binding)
    if not message:
        raise RuntimeError(f"{EXAMPLE}: the flipped sign was not noticed")
    facts = {f"verification.{name}": value for name, value in report.items()}
    facts |= {"verification.exempt": len(exempt), "verification.share": report["killed"] / report["mutants"]}
    refuted = refutations.found(book)
    return {"key": key(), "facts": facts, "example": message, "exempt": exempt, "refuted": refuted}


def fill(markdown: str, found: dict[str, Any], lang: str) -> str:
    """A page with the example, the list of exemptions, and the numbers that refute formulas in their places."""
    exempt = "\n".join(f"- {stem}.md, {line}: {reason}" for stem, line, reason in found["exempt"]) or WORDS[lang]
    example = f"```text\n{found['example']}\n```"
    markdown = markdown.replace("<!-- example -->", example).replace("<!-- exemptions -->", exempt)
    return refutations.fill(markdown, found.get("refuted", {}), lang)


if __name__ == "__main__":
    print(json.dumps(run(), ensure_ascii=False))
