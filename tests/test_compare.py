"""The page "Conventions" and the script that asks the libraries whether it is right: a check for every row."""

from __future__ import annotations

import ast
import inspect
import math
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts import compare
from scripts.compared import ROWS, VERSIONS, ContradictionError, Facts, Row
from snippets.conventions import same_padding

ROOT = Path(__file__).resolve().parents[1]
PAGES = {language: (ROOT / "docs" / language / "conventions.md").read_text("utf-8") for language in ("en", "ru")}
NAMES = {"torch": "PyTorch", "keras": "Keras", "jax": "JAX", "optax": "optax", "scikit-learn": "scikit-learn"}
NAMES |= {"scipy": "SciPy", "onnx": "ONNX"}


def table_rows(language: str) -> Iterator[tuple[str, str, str]]:
    """(id of the heading, first cell, second cell) of every row of every table."""
    section = ""
    for line in PAGES[language].splitlines():
        if heading := re.match(r"##+ .*\{#([\w-]+)\}", line):
            section = heading[1]
        elif line.startswith("| ") and not re.match(r"\| (Who|Кто) \|", line):
            who, what = (cell.strip() for cell in line.strip("|").split(" | "))
            yield section, who, what


def numbers_in(text: str) -> set[float]:
    """The numbers of a cell that somebody could get wrong: not those in code, nor 0, 1 and 2."""
    text = re.sub(r"`[^`]*`|\^\d|[a-z]_\d", "", text)
    powers = re.compile(r"(?:([\d.]+) \\cdot )?10\^\{(-\d+)\}")
    found = {float(a or 1) * 10.0 ** int(b) for a, b in powers.findall(text)}
    return {*found, *(float(n) for n in re.findall(r"\d+(?:\.\d+)?", powers.sub("", text)))} - {0.0, 1.0, 2.0}


def constants(row: Row) -> set[float]:
    """The numbers in the code of a check."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(row.check)))
    values: list[Any] = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {float(value) for value in values if isinstance(value, int | float)}


def test_every_row_of_the_page_has_its_check_and_every_check_its_row() -> None:
    assert [(section, who) for section, who, _ in table_rows("en")] == [
        (row.section, row.who) for row in in_page_order()
    ]


def in_page_order() -> list[Row]:
    """The checks in the order of the rows; those without a row at the end."""
    place = {(section, who): i for i, (section, who, _) in enumerate(table_rows("en"))}
    return sorted(ROWS, key=lambda row: place.get((row.section, row.who), len(place)))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_number_in_a_row_stands_in_its_check(language: str) -> None:
    rows = list(table_rows(language))
    assert len(rows) == len(ROWS)
    lost = [
        f"{language}, {section}, {who}: {number} is not in the check"
        for (section, who, what), row in zip(rows, in_page_order(), strict=True)
        for number in numbers_in(what)
        if not any(math.isclose(number, known, rel_tol=1e-9) for known in constants(row))
    ]
    assert not lost, "\n".join(lost)


def test_both_languages_name_the_same_functions_in_the_same_rows() -> None:
    code = re.compile(r"`[^`]*`|\$[^$]*\$")
    for english, russian in zip(table_rows("en"), table_rows("ru"), strict=True):
        assert [code.findall(cell) for cell in english[1:]] == [code.findall(cell) for cell in russian[1:]]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_names_the_versions_that_the_checks_were_made_for(language: str) -> None:
    named = {library: re.findall(rf"{name} (\d+\.\d+\.\d+)", PAGES[language]) for library, name in NAMES.items()}
    assert named == {library: [version] for library, version in VERSIONS.items()}


def test_the_versions_that_the_tests_use_are_among_them() -> None:
    pins = (ROOT / "requirements-dev.txt").read_text("utf-8").splitlines()
    assert {f"{name}=={VERSIONS[name]}" for name in ("scipy", "onnx")} <= set(pins)


def test_the_script_says_how_to_install_what_it_asks() -> None:
    assert all(f"{name}=={version}" in str(compare.__doc__) for name, version in VERSIONS.items())


def test_a_check_imports_only_what_it_says_it_needs() -> None:
    for row in ROWS:
        tree = ast.parse(textwrap.dedent(inspect.getsource(row.check)))
        wanted = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        wanted |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {name.split(".")[0] for name in wanted} <= set(row.needs), f"{row.section}, {row.who}"


# ---------------------------------------------------------------- the script


@pytest.mark.parametrize("row", [row for row in ROWS if compare.runnable(row)], ids=lambda row: row.who)
def test_what_can_be_run_here_is_not_contradicted(row: Row) -> None:
    facts = Facts()
    row.check(facts)
    assert facts.count > 0


def test_enough_can_be_run_here_for_the_test_above_to_mean_something() -> None:
    assert {name for row in ROWS if compare.runnable(row) for name in row.needs} >= {"onnx", "scipy"}


def test_facts_notice_what_differs() -> None:
    facts = Facts()
    facts.same([1.0, 2.0], np.array([1.0, 2.0 + 1e-12]))
    facts.apart(1.0, 1.1)
    facts.defaults(same_padding, stride=1)
    facts.refused(same_padding, 0, 3)
    assert facts.count == 4
    assert 0.0 < facts.largest < 1e-11
    wrong: list[tuple[Callable[..., None], tuple[Any, ...], dict[str, Any]]] = [
        (facts.same, ([1.0, 2.0], [1.0, 2.1]), {}),
        (facts.same, ([1.0, 2.0], [[1.0, 2.0]]), {}),
        (facts.same, (np.nan, 1.0), {}),
        (facts.apart, (1.0, 1.0), {}),
        (facts.apart, (np.nan, 1.0), {}),
        (facts.defaults, (same_padding,), {"stride": 2}),
        (facts.refused, (same_padding, 8, 3), {}),
    ]
    for call, args, options in wrong:
        with pytest.raises(ContradictionError):
            call(*args, **options)


def test_a_contradiction_is_named_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        Row("momentum", "right", (), lambda facts: facts.same(1.0, 1.0)),
        Row("momentum", "wrong", (), lambda facts: facts.same(1.0, 2.0)),
        Row("momentum", "missing", ("a_library_of_tomorrow",), lambda facts: facts.same(1.0, 2.0)),
    ]
    assert compare.judge(rows) == 1
    right, wrong, missing = capsys.readouterr().out.splitlines()
    assert right.endswith("ok")
    assert "wrong" in wrong
    assert "CONTRADICTION: [1.] for [2.]" in wrong
    assert missing == "1 rows left out: their libraries are not installed"


def test_the_script_says_what_is_installed() -> None:
    command = [sys.executable, "-m", "scripts.compare"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(f"{name} " in run.stdout for name in VERSIONS)
    assert "ONNX `BatchNormalization`" in run.stdout
