"""What readers take home works away from home: pip takes the wheel, Jupyter takes the notebooks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from scripts import downloads

ROOT = Path(__file__).resolve().parents[1]
LABS = sorted((ROOT / "docs").glob("*/labs/*.py"))
INSTALL = downloads.install_line(ROOT, "https://example.org/book/")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wheel") / downloads.wheel_name(ROOT)
    path.write_bytes(downloads.wheel(ROOT))
    return path


def test_the_installing_line_names_the_wheel_on_the_site() -> None:
    line = "%pip install matplotlib https://example.org/book/downloads/training_neural_networks-0.1.0-py3-none-any.whl"
    assert line == INSTALL


def run(*command: str, cwd: Path, **env: str) -> str:
    done = subprocess.run(command, cwd=cwd, env=os.environ | env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_wheel_holds_every_module_the_digits_and_the_looks(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {p.relative_to(ROOT).as_posix() for p in (ROOT / "snippets").rglob("*.py")}
    assert modules <= names
    assert {"snippets/digits.npz", "snippets/py.typed", "snippets/figures/lab.mplstyle"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(("tests", "scripts"))]


def test_two_wheels_have_the_same_bytes_whatever_the_times_of_the_files(wheel: Path, tmp_path: Path) -> None:
    for name in ("pyproject.toml", "LICENSE"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for package in ("snippets", "formulas"):
        for path in (p for p in (ROOT / package).rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
            os.utime(copy, (0, 0))
    assert downloads.wheel(tmp_path) == wheel.read_bytes()


def test_pip_installs_the_wheel_and_the_package_works_from_there(wheel: Path, tmp_path: Path) -> None:
    """pip itself compares every file with the list of contents; a wrong hash or a missing field ends here."""
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps")
    run(*pip, "--target", "taken", str(wheel), cwd=tmp_path)
    code = (
        "import snippets, snippets.data, matplotlib.pyplot as plt; from importlib.metadata import version, requires;"
        "plt.style.use('snippets.figures.lab');"
        "print(snippets.__file__, len(snippets.data.digits()[1]), version('training-neural-networks'));"
        "print(*requires('training-neural-networks'), sep='|')"
    )
    first, second = run(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=str(tmp_path / "taken")).splitlines()
    assert first.split() == [str(tmp_path / "taken/snippets/__init__.py"), "1797", "0.1.0"]
    assert second == 'numpy>=2.0|matplotlib>=3.9 ; extra == "figures"'


def test_the_list_of_contents_names_every_file_with_its_hash(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        record = next(name for name in archive.namelist() if name.endswith("/RECORD"))
        rows = [line.split(",") for line in archive.read(record).decode().splitlines()]
        assert [name for name, _, _ in rows] == archive.namelist()
        assert {int(size) == len(archive.read(name)) for name, _, size in rows if size} == {True}
        assert sum(digest.startswith("sha256=") for _, digest, _ in rows) == len(rows) - 1


@pytest.mark.parametrize("lab", LABS, ids=lambda p: p.relative_to(ROOT / "docs").as_posix())
def test_a_notebook_is_valid_and_installs_the_package_before_it_imports_it(lab: Path) -> None:
    book = nbformat.reads(downloads.notebook(lab, INSTALL).decode(), as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert code[0].source == INSTALL
    assert any("from snippets" in cell.source for cell in code[1:])
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


@pytest.mark.parametrize("lab", LABS, ids=lambda p: p.relative_to(ROOT / "docs").as_posix())
def test_a_notebook_keeps_the_words_but_not_the_ids_of_headings(lab: Path) -> None:
    book = json.loads(downloads.notebook(lab, INSTALL))
    words = "\n".join("".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "markdown")
    assert "{#" in lab.read_text("utf-8")
    assert "{#" not in words
    assert words.startswith("# ")


def test_a_notebook_made_twice_has_the_same_bytes() -> None:
    assert downloads.notebook(LABS[0], INSTALL) == downloads.notebook(LABS[0], INSTALL)
