"""Say which mutants no test noticed, apart from those that tests/accepted_mutants.txt explains; after `mutmut run`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ACCEPTED = Path(__file__).resolve().parents[1] / "tests" / "accepted_mutants.txt"


def accepted(text: str) -> list[tuple[str, str]]:
    """(function, mutated line) of every paragraph; a paragraph without a reason is refused."""
    paragraphs = [p.splitlines() for p in re.split(r"\n\s*\n", text) if not p.startswith("#")]
    for lines in paragraphs:
        if [line[:2] for line in lines[1:]] != ["+ ", "= "]:
            raise SystemExit(f"{ACCEPTED.name}: a paragraph is a function, a line with + and one with =, got {lines}")
    return [(lines[0].strip(), lines[1][2:].strip()) for lines in paragraphs]


def explains(rule: tuple[str, str], function: str, line: str) -> bool:
    """Whether a paragraph is about this mutant."""
    return re.fullmatch(rule[1], line) is not None if rule[0] == "*" else rule == (function, line)


def mutmut(*arguments: str) -> str:
    """What the command prints."""
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Print the unexplained ones and the counts; fail if there are any."""
    rules, open_ones = accepted(ACCEPTED.read_text(encoding="utf-8")), 0
    results = re.findall(r"^\s*(\S+): (\w[\w ]*)$", mutmut("results", "--all", "true"), re.MULTILINE)
    left = [(name, status) for name, status in results if status not in ("killed", "timeout", "caught by type check")]
    for name, status in left:
        lines = mutmut("show", name).splitlines()
        changed = " ".join(line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++"))
        if not any(explains(rule, name.rsplit("__mutmut_", 1)[0], changed) for rule in rules):
            open_ones += 1
            print(f"{name}: {status}\n    + {changed}")
    killed = len(results) - len(left)
    print(f"{len(results)} mutants: {killed} noticed, {len(left) - open_ones} explained, {open_ones} open")
    if open_ones or not results:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
