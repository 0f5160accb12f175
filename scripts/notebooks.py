"""An executed lab becomes an ordinary page: our typography, no inlined styles, equal bytes each time.

mkdocs-jupyter executes the lab and gives 600 kB of markup for JupyterLab's own look. Kept are the cells: words, code,
printed output and plots. The comment at the head of a cell that draws is the plot's text for those who cannot see it.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from itertools import takewhile
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Comment, Tag
from markdown.extensions.toc import nest_toc_tokens

from scripts.closure import ALL, Closure
from scripts.results import DAYS
from scripts.svg import plain, size

LOOK = "snippets/figures/lab.mplstyle"
OFFER = {
    "en": ("Download this as a Jupyter notebook", "Its first code cell installs what it needs from this site:"),
    "ru": ("Скачать этот блокнот Jupyter", "Его первая ячейка с кодом ставит нужный пакет с этого сайта:"),
}
RESULT = "jp-OutputArea-executeResult"  # the value of a cell, not what it prints
EXPLICIT_ID = re.compile(r"^(.*?)\s*\{#([\w-]+)\}\s*$", re.S)


class LabError(Exception):
    """A cell that cannot become part of a page."""


@dataclass
class Lab:
    """The page of a lab: its HTML, its contents as Python-Markdown gives them, its first paragraph, its plots."""

    html: str = ""
    toc: list[dict[str, Any]] = field(default_factory=list)
    description: str = ""
    plots: list[str] = field(default_factory=list)


def keys(root: Path) -> dict[str, str]:
    """Of each lab a hash of what it imports of the package, and of the look: when it changes the lab is run again."""
    closure, look, found = Closure(root), (root / LOOK).read_bytes(), {}
    for path in sorted((root / "docs").glob("*/labs/*.py")):
        imports = (
            (node.module, alias.name)
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "snippets"
            for alias in node.names
        )
        starts = ((f"{m}.{name}", ALL) if f"{m}.{name}" in closure.modules else (m, name) for m, name in imports)
        digest = hashlib.sha256(closure.key(*starts).encode() + look).hexdigest()[:12]
        found[path.relative_to(root / "docs").as_posix()] = digest
    return found


def results(root: Path, lab: str, key: str) -> Path:
    """Where the results of a lab such as en/labs/project.py are kept."""
    return root / ".cache" / "labs" / f"{lab.partition('/')[0]}-{Path(lab).stem}-{key}"


def forget(root: Path, wanted: dict[str, str]) -> None:
    """Remove the results of labs as they were weeks ago."""
    keep = {results(root, lab, key) for lab, key in wanted.items()}
    for folder in (root / ".cache" / "labs").glob("*"):
        if folder not in keep and folder.stat().st_mtime < time.time() - DAYS * 86_400:
            shutil.rmtree(folder, ignore_errors=True)


def kernel_settings(root: Path) -> Path:
    """IPython's folder for the labs: the reader's own settings neither help nor hurt, and nothing warns of itself."""
    profile = root / ".cache" / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    settings = "c.Application.log_level = 'ERROR'\nc.HistoryManager.enabled = False\n"
    (profile / "ipython_kernel_config.py").write_text(settings, "utf-8")
    return profile.parent


def offer(lang: str, link: str, install: str) -> str:
    """The way to run a lab oneself: the notebook, and the line that installs the package, as its own first cell."""
    name, words = link.rpartition("/")[2], OFFER[lang]
    return (
        f'<p class="lab-offer"><a href="{escape(link)}" download>{words[0]}</a> ({name}). {words[1]}</p>\n'
        f'<div class="language-python highlight"><pre><code>{escape(install)}</code></pre></div>'
    )


@lru_cache(maxsize=16)
def to_page(html: str, render_math: Callable[[str], str], link_title: str, offer: str = "") -> Lab:
    """The cells of an executed notebook as the HTML of an ordinary page, the offer after its introduction."""
    soup = BeautifulSoup(html, "html.parser")
    lab, parts = Lab(), list[str]()
    for cell in soup.select(".jp-Notebook-cell"):
        if cell.select(".jp-Notebook-cell"):
            continue  # a code cell comes wrapped in one of its own kind
        if words := cell.select_one(".jp-RenderedMarkdown"):
            for comment in words.find_all(string=lambda text: isinstance(text, Comment)):
                comment.extract()  # a formula's label is for the tests
            _headings(words, lab, link_title)
            if not lab.description and (first := words.find("p")):
                lab.description = " ".join(first.get_text().split())[:157]
            parts.append(render_math(words.decode_contents().strip()))
        else:
            parts += [_code(cell), *_outputs(cell, lab)]
    lab.html = "\n".join([*parts[:1], offer, *parts[1:]])
    lab.toc = nest_toc_tokens(lab.toc)  # type: ignore[arg-type,assignment]
    return lab


def _headings(words: Tag, lab: Lab, link_title: str) -> None:
    """Give every heading the id written after it and a link to itself; note it for the table of contents."""
    for heading in words.find_all(re.compile("^h[1-6]$")):
        for anchor in heading.select("a.anchor-link"):
            anchor.decompose()
        found = EXPLICIT_ID.match(heading.get_text())
        if found is None:
            raise LabError(f"the heading {heading.get_text()!r} needs an id: write `{heading.get_text()} {{#some-id}}`")
        text, anchor_id = found.groups()
        heading.string = text
        heading["id"] = anchor_id
        level = int(heading.name[1])
        if level > 1:
            link = BeautifulSoup(f'<a class="headerlink" href="#{anchor_id}" title="{link_title}">¶</a>', "html.parser")
            heading.append(link)
        lab.toc.append({"level": level, "id": anchor_id, "name": text, "html": text, "data-toc-label": ""})


def _code(cell: Tag) -> str:
    source = cell.select_one(".highlight-ipynb pre")
    code = source.decode_contents().strip("\n") if source else ""
    return f'<div class="language-python highlight"><pre><code>{code}</code></pre></div>'


def _outputs(cell: Tag, lab: Lab) -> list[str]:
    parts, stream = list[str](), ""
    for output in cell.select(".jp-OutputArea-output"):
        if printed := output.find("pre"):
            text, value = printed.decode_contents(), RESULT in output["class"]
            if stream and not value:  # where a stream is cut depends on how fast the machine is
                parts.pop()
                text = stream + text
            parts.append(f'<pre class="lab-output" tabindex="0">{text.rstrip()}</pre>')
            stream = "" if value else text
        elif drawn := output.find("img"):
            stream = ""
            lab.plots.append(plain(base64.b64decode(str(drawn["src"]).partition(",")[2]).decode()))
            parts.append(_plot(cell, f"plot-{len(lab.plots)}.svg", size(lab.plots[-1])))
    return parts


def _plot(cell: Tag, name: str, extent: tuple[int, int]) -> str:
    source = cell.select_one(".highlight-ipynb pre")
    lines = source.get_text().strip().splitlines() if source else []
    text = " ".join(line.lstrip("# ") for line in takewhile(lambda line: line.startswith("#"), lines))
    if not text:
        raise LabError("a cell that draws must begin with a comment that says what the plot shows")
    place = f'src="{name}" width="{extent[0]}" height="{extent[1]}" loading="lazy"'
    return f'<figure class="lab-plot"><img alt="{escape(text)}" {place}></figure>'
