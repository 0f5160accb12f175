"""What a reader takes home: the package as a wheel, and every lab as a notebook whose first cell installs it.

A wheel of plain files is a zip archive with a list of its contents, so no build tool is asked for one: equal sources
give equal bytes, on every machine and without a network.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import jupytext
from nbformat.v4 import new_code_cell

FOLDER = "downloads"
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the zero of zip archives: the time of a build must not show
TAGS = "Wheel-Version: 1.0\nGenerator: scripts.downloads\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
HEADING_ID = re.compile(r"^(#+ .*?) *\{#[\w-]+\}$", re.M)


def wheel_name(root: Path) -> str:
    """The file name that pip expects: name, version, any Python 3."""
    return f"{_release(_project(root))}-py3-none-any.whl"


def wheel(root: Path) -> bytes:
    """The package as pip installs it, data files included; where pyproject.toml says what belongs to it."""
    settings = _project(root)
    info = f"{_release(settings)}.dist-info"
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in _package_files(root, settings)}
    files[f"{info}/licenses/LICENSE"] = (root / "LICENSE").read_bytes()
    files[f"{info}/METADATA"] = _metadata(settings["project"]).encode()
    files[f"{info}/WHEEL"] = TAGS.encode()
    hashes = {name: base64.urlsafe_b64encode(hashlib.sha256(content).digest()) for name, content in files.items()}
    rows = [f"{name},sha256={hashes[name].decode().rstrip('=')},{len(content)}" for name, content in files.items()]
    record = f"{info}/RECORD"
    files[record] = "\n".join([*rows, f"{record},,\n"]).encode()
    archive = io.BytesIO()
    with ZipFile(archive, "w") as opened:
        for name, content in files.items():
            entry = ZipInfo(name, FIRST_DAY)
            entry.create_system, entry.external_attr, entry.compress_type = 3, 0o644 << 16, ZIP_DEFLATED
            opened.writestr(entry, content)
    return archive.getvalue()


def install_line(root: Path, site_url: str) -> str:
    """The magic that installs the package from the site, with what the labs draw with."""
    return f"%pip install matplotlib {site_url.rstrip('/')}/{FOLDER}/{wheel_name(root)}"


def notebook(source: Path, install: str) -> bytes:
    """A lab as an .ipynb without results: after the introduction it installs the package."""
    book = jupytext.read(source)
    book.cells.insert(1, new_code_cell(install))  # type: ignore[no-untyped-call]
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {}
        if cell.cell_type == "markdown":
            cell.source = HEADING_ID.sub(r"\1", cell.source)
    book.metadata = {"kernelspec": book.metadata["kernelspec"], "language_info": {"name": "python"}}
    return (json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))


def _release(settings: dict[str, Any]) -> str:
    return f"{settings['project']['name'].replace('-', '_')}-{settings['project']['version']}"


def _package_files(root: Path, settings: dict[str, Any]) -> Iterator[Path]:
    """The modules of every package and the data files that belong to it, in the order of their names."""
    tool = settings["tool"]["setuptools"]
    for package in sorted(tool["packages"]):
        for pattern in ("*.py", *tool["package-data"].get(package, ())):
            yield from sorted((root / package.replace(".", "/")).glob(pattern))


def _metadata(project: dict[str, Any]) -> str:
    fields = [("Metadata-Version", "2.4"), ("Name", project["name"]), ("Version", project["version"])]
    fields += [("Summary", project["description"]), ("License-Expression", project["license"])]
    fields += [("License-File", "LICENSE"), ("Requires-Python", project["requires-python"])]
    fields += [("Requires-Dist", needed) for needed in project["dependencies"]]
    for extra, wanted in project["optional-dependencies"].items():
        fields.append(("Provides-Extra", extra))
        fields += [("Requires-Dist", f'{needed} ; extra == "{extra}"') for needed in wanted]
    return "".join(f"{name}: {value}\n" for name, value in fields)
