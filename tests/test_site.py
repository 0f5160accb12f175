"""The built site: no request to another host, every link lands, nothing of the machinery shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT, build_site

LOADS = {"script": ["src"], "img": ["src", "srcset"], "link": ["href"], "iframe": ["src"], "source": ["src", "srcset"]}
LOADS |= {"video": ["src", "poster"], "audio": ["src"], "object": ["data"], "embed": ["src"], "use": ["href"]}
LABS = sorted(path.stem for path in (ROOT / "docs" / "en" / "labs").glob("*.py"))
CHAPTERS = sorted(path.stem for path in (ROOT / "docs" / "questions").glob("*.yml"))
PASSIVE_LINKS = {"canonical", "alternate", "prev", "next", "license"}


class Page(HTMLParser):
    """What a page loads, where it links, which ids and language it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.lang = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.lang = at.get("lang", "")
        if "id" in at:
            self.ids.append(at["id"])
            self.headings += [at["id"]] * bool(re.fullmatch("h[1-6]", tag))
        if tag == "a" and "href" in at:
            self.links.append(at["href"])
        if not (tag == "link" and set(at.get("rel", "").split()) & PASSIVE_LINKS):
            self.loads += [at[name] for name in LOADS.get(tag, []) if name in at]


def pages(site: Path) -> dict[str, Page]:
    return {p.relative_to(site).as_posix(): Page(p.read_text("utf-8")) for p in sorted(site.rglob("*.html"))}


def is_foreign(address: str) -> bool:
    return bool(urlsplit(address).netloc) and not address.startswith("http://127.0.0.1")


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    foreign = {(name, load) for name, page in pages(site).items() for load in page.loads if is_foreign(load)}
    assert not foreign


def test_no_style_sheet_or_script_of_ours_names_another_host(site: Path) -> None:
    for sheet in site.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", sheet.read_text("utf-8")), sheet
    for script in (ROOT / "docs" / "shared" / "assets" / "js").glob("*.js"):
        code = re.sub(r"(?:^|\s)//\s.*$|http://www\.w3\.org/\S+", "", script.read_text("utf-8"), flags=re.M)
        assert "//" not in code, script


def test_every_link_and_anchor_lands(site: Path) -> None:
    everything = pages(site)
    lost = []
    for name, page in everything.items():
        if name.endswith("404.html"):
            continue
        for link in page.links:
            address, anchor = urldefrag(urljoin(f"/{name}", link))
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = unquote(parts.path).lstrip("/")
            target += "index.html" if target in ("",) or target.endswith("/") else ""
            if not (site / target).is_file():
                lost.append(f"{name}: {link}")
            elif anchor and target in everything and unquote(anchor) not in everything[target].ids:
                lost.append(f"{name}: {link} (no such anchor)")
    assert not lost


def test_no_page_has_an_id_twice(site: Path) -> None:
    for name, page in pages(site).items():
        twice = [i for i, count in Counter(page.ids).items() if count > 1]
        assert not twice, f"{name}: {twice}"


def test_nothing_of_the_machinery_shows(site: Path) -> None:
    """No unfilled number, label, include, or raw TeX outside an annotation is left for the reader."""
    for path in site.rglob("index.html"):
        text = path.read_text("utf-8")
        for kept in (r"<annotation.*?</annotation>", r"<(script|code|pre)\b.*?</\1>", r"(alttext|data-\w+)=\"[^\"]*\""):
            text = re.sub(kept, "", text, flags=re.S)
        for left in (
            r"\[\[\w+\.",
            r"--8<--",
            r"<!--\s*(formula|questions|movable|sources|bibliography|notation|glossary)",
            r"\\(frac|mathrm|sum)\b",
            r"\$\$",
        ):
            assert not re.search(left, text), f"{path.relative_to(site)}: {left}"


def test_every_page_says_its_language(site: Path) -> None:
    for name, page in pages(site).items():
        assert page.lang == ("ru" if name.startswith("ru/") else "en"), name


def test_both_languages_have_the_same_heading_ids(site: Path) -> None:
    everything = pages(site)
    russian = {name.removeprefix("ru/") for name in everything if name.startswith("ru/")}
    english = {name for name in everything if not name.startswith("ru/")}
    assert english == russian
    for path in ROOT.glob("docs/en/*.md"):
        name = "index.html" if path.stem == "index" else f"{path.stem}/index.html"
        english_page, russian_page = (everything[prefix + name] for prefix in ("", "ru/"))
        assert english_page.headings == russian_page.headings, name
        ids = [sorted(i for i in page.ids if not i.startswith("__")) for page in (english_page, russian_page)]
        assert ids[0] == ids[1], name  # sorted, because the glossary is in the order of another alphabet


def test_two_clean_builds_give_the_same_bytes(site: Path, url: str, tmp_path: Path) -> None:
    """A copy of the working tree without caches, built anew, equals the site file by file."""

    def ignore(folder: str, names: list[str]) -> set[str]:
        return set(names) & ({".venv", ".git", ".cache", "site"} if Path(folder) == ROOT else {"__pycache__"})

    shutil.copytree(ROOT, tmp_path / "tree", ignore=ignore)
    build_site(tmp_path / "tree", tmp_path / "again", url)
    first, second = (
        {p.relative_to(d).as_posix(): p.read_bytes() for p in d.rglob("*") if p.is_file()}
        for d in (site, tmp_path / "again")
    )
    assert first.keys() == second.keys()
    assert not [name for name in first if first[name] != second[name]]


@pytest.mark.parametrize("stem", CHAPTERS)
def test_a_chapter_carries_its_figures(site: Path, stem: str) -> None:
    for prefix in ("", "ru/"):
        text = (site / prefix / stem / "index.html").read_text("utf-8")
        assert text.count('<a class="figure"') >= 6


@pytest.mark.parametrize("prefix", ["", "ru/"])
@pytest.mark.parametrize("lab", LABS)
def test_a_lab_can_be_downloaded_from_its_page_and_installs_the_wheel_of_this_site(
    site: Path, url: str, lab: str, prefix: str
) -> None:
    page = Page((site / prefix / "labs" / lab / "index.html").read_text("utf-8"))
    assert f"../../downloads/{lab}.ipynb" in page.links
    book = nbformat.read(site / prefix / "downloads" / f"{lab}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    first = next(cell.source for cell in book.cells if cell.cell_type == "code")
    assert first.startswith("%pip install matplotlib ")
    wheel = first.rpartition(" ")[2]
    assert (site / wheel.removeprefix(url)).is_file()


def test_the_downloaded_project_runs_elsewhere_with_nothing_of_ours_but_the_wheel(site: Path, tmp_path: Path) -> None:
    """As a reader would, in an empty folder; the line with pip is run beforehand, so that it touches nothing else."""
    book = nbformat.read(site / "downloads" / "project.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    install = next(cell for cell in book.cells if cell.cell_type == "code")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", str(tmp_path / "wheel"), install.source.split()[-1]], check=True)
    install.source = "import snippets\nprint(snippets.__file__)"
    here = tmp_path / "elsewhere"
    here.mkdir()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    client = NotebookClient(book, timeout=300, resources={"metadata": {"path": str(here)}})
    client.execute(env=env | {"PYTHONPATH": str(tmp_path / "wheel")})
    assert install.outputs[0].text.strip() == str(tmp_path / "wheel" / "snippets" / "__init__.py")
    printed = [output for cell in book.cells for output in cell.get("outputs", ()) if output.output_type == "stream"]
    assert printed
