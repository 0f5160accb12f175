"""The one MkDocs hook: builds both languages and hands what the package gives to the Markdown extensions."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # MkDocs restores sys.path after loading a hook: everything of ours is imported here

from jinja2 import BytecodeCache, Environment  # noqa: E402
from jinja2.bccache import Bucket  # noqa: E402
from markdown import Extension  # noqa: E402
from mkdocs.commands.build import build  # noqa: E402
from mkdocs.config import load_config  # noqa: E402
from mkdocs.config.defaults import MkDocsConfig  # noqa: E402
from mkdocs.exceptions import PluginError  # noqa: E402
from mkdocs.plugins import event_priority  # noqa: E402
from mkdocs.structure.files import File, Files  # noqa: E402
from mkdocs.structure.nav import Navigation  # noqa: E402
from mkdocs.structure.pages import Page  # noqa: E402
from mkdocs.structure.toc import get_toc  # noqa: E402
from mkdocs.utils import get_relative_url  # noqa: E402
from mkdocs.utils.templates import TemplateContext  # noqa: E402

from scripts import assets, collected, downloads, glossary, notation, notebooks, verification  # noqa: E402
from scripts.bibliography import Bibliography  # noqa: E402
from scripts.listings import source_pages  # noqa: E402
from scripts.markdown.bibliography import BibliographyExtension  # noqa: E402
from scripts.markdown.facts import FactsExtension  # noqa: E402
from scripts.markdown.figures import FiguresExtension  # noqa: E402
from scripts.markdown.lean import LeanExtension  # noqa: E402
from scripts.markdown.listings import ListingsExtension  # noqa: E402
from scripts.markdown.mathml import FormulaError, MathMLExtension, render_html  # noqa: E402
from scripts.markdown.movables import MovablesExtension  # noqa: E402
from scripts.markdown.questions import QuestionsExtension  # noqa: E402
from scripts.markdown.syntax import PageError, Source, used_in  # noqa: E402
from scripts.rendered import remember  # noqa: E402
from scripts.typography import tie_dashes, tie_formulas  # noqa: E402

log = logging.getLogger("mkdocs.hooks.site")
LANGUAGES = {"en": "English", "ru": "Русский"}
SHARED = ROOT / "docs" / "shared"


class MemoryCache(BytecodeCache):
    """Compiled templates, kept while `mkdocs serve` runs."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template that was compiled before."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


class Build:
    """One language being built: what the package gives, and the page at hand for error messages."""

    port_unchecked = False
    templates = MemoryCache()
    lang: str
    assets: assets.Assets
    verification: dict[str, Any]
    source: Source
    bibliography: Bibliography
    key: str  # of everything besides its text that a page is made of
    tree: str  # of everything that figures, facts, listings and the wheel are made of
    labs: dict[str, str]  # for each lab a key of what it runs
    running: dict[str, Future[None]]  # the labs that are just being run
    install: str  # the line that installs the package from this site


current = Build()


def on_startup(command: str, dirty: bool) -> None:  # noqa: ARG001
    """Remember whether this is the start of `mkdocs serve`, whose port may be in use."""
    current.port_unchecked = command == "serve"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Bring figures, facts and listings up to date and give them to the Markdown extensions."""
    if current.port_unchecked:
        require_free_port(*config.dev_addr)
        current.port_unchecked = False  # from now on it is our own server that listens there
    with ThreadPoolExecutor() as beside:
        checked = beside.submit(verification.results, fresh=is_build())
        try:
            current.assets = given = assets.ensure(say=log.info)
        except assets.AssetError as error:
            raise PluginError(str(error)) from error
        current.verification = checked.result()
    facts = given.facts | current.verification["facts"]
    facts |= {"verification.figures": len(given.sizes) // len(LANGUAGES), "verification.numbers": len(given.facts)}
    facts |= collected.facts()
    current.tree = assets.tree_key(ROOT)
    questions = "".join(path.read_text("utf-8") for path in sorted((ROOT / "docs" / "questions").glob("*.yml")))
    current.labs = labs_keys(current.tree)
    current.key = f"{facts} {given.sizes} {given.movables} {questions}"
    current.lang = lang = config.theme["language"]
    current.source = source = Source()
    try:
        current.bibliography = Bibliography.of(ROOT, lang, config.nav, given.index)
    except ValueError as error:
        raise PluginError(str(error)) from error
    sizes = {name: size for (name, language), size in given.sizes.items() if language == lang}
    extensions: list[Extension] = [
        FactsExtension(facts, lang, source),
        FiguresExtension(sizes, source),
        ListingsExtension(given.index, source),
        LeanExtension(),
        MovablesExtension({name: html[lang] for name, html in given.movables.items()}, source),
        QuestionsExtension(facts, lang, source),
        BibliographyExtension(current.bibliography, lang, source),
        MathMLExtension(source),
    ]
    config.markdown_extensions += extensions  # type: ignore[arg-type]
    current.install = downloads.install_line(ROOT, site_root(config))
    os.environ.update(dict.fromkeys(assets.THREADS, "1"))  # for labs as for figures: sums as on one core
    os.environ["IPYTHONDIR"] = str(notebooks.kernel_settings(ROOT))
    return config


def is_build() -> bool:
    """Whether this is `mkdocs build`, which tells the truth of this minute; `mkdocs serve` must be quick instead."""
    return "serve" not in sys.argv


def require_free_port(host: str, port: int) -> None:
    """Stop with one sentence, before anything is built, if somebody else listens there."""
    with socket.socket() as probe:
        if probe.connect_ex((host, port)) == 0:
            raise PluginError(
                f"Port {port} is in use, perhaps by another `mkdocs serve`: "
                f"stop that one, or choose another port with `mkdocs serve -a {host}:{port + 1}`."
            )


@lru_cache(maxsize=1)
def labs_keys(tree: str) -> dict[str, str]:  # noqa: ARG001
    """What labs depend on; reading the package takes half a second, so once for each state of the tree."""
    return notebooks.keys(ROOT)


@lru_cache(maxsize=1)
def wheel(tree: str) -> bytes:  # noqa: ARG001
    """The package for readers, packed once for each state of the tree."""
    return downloads.wheel(ROOT)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is generated or shared: figures, source pages, style sheets, scripts, the math font."""
    for (name, lang), path in current.assets.figures.items():
        if lang == current.lang:
            files.append(File.generated(config, f"assets/figures/{name}.svg", abs_src_path=str(path)))
    for uri, text in source_pages(ROOT, current.lang).items():
        files.append(File.generated(config, uri, content=text))
    for path in sorted((ROOT / "docs" / current.lang / "labs").glob("*.py")):
        content = downloads.notebook(path, current.install)
        files.append(File.generated(config, notebook_uri(path.stem), content=content))
    if current.lang == "en":
        uri = f"{downloads.FOLDER}/{downloads.wheel_name(ROOT)}"
        files.append(File.generated(config, uri, content=wheel(current.tree)))
    for path in sorted(SHARED.rglob("*")):
        if path.is_file():
            files.append(File.generated(config, path.relative_to(SHARED).as_posix(), abs_src_path=str(path)))
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Start to run the labs that have no results, while the pages before them are converted."""
    plugin, current.running = config.plugins["mkdocs-jupyter"], {}
    pool = ThreadPoolExecutor(max_workers=os.cpu_count())
    for page in nav.pages:
        lab = f"{current.lang}/{page.file.src_uri}"
        if lab in current.labs and not lab_results(lab).exists():
            plugin.on_pre_page(on_pre_page(page, config, files), config=config, files=files)
            current.running[lab] = pool.submit(page.render, config, files)
    pool.shutdown(wait=False)
    return nav


@event_priority(50)  # before mkdocs-jupyter looks there
def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> Page:  # noqa: ARG001
    """Keep the results of each lab by what this lab depends on; wait for them if it is just being run."""
    lab = f"{current.lang}/{page.file.src_uri}"
    if lab in current.labs:
        config.plugins["mkdocs-jupyter"].config["cache_dir"] = str(lab_results(lab))
    if lab in current.running:
        current.running.pop(lab).result()
    return page


def lab_results(lab: str) -> Path:
    """Where the results of a lab are for what it depends on at present."""
    return notebooks.results(ROOT, lab, current.labs[lab])


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Tell the extensions which page comes, so that their errors name file and line; convert only what is new."""
    source = current.source
    source.name = f"docs/{current.lang}/{page.file.src_uri}"
    source.code, source.sources = (get_relative_url(f"{place}/", page.url) for place in ("code", "sources"))
    path = page.file.abs_src_path
    whole = Path(path).read_text("utf-8") if path else markdown
    source.skipped = whole.count("\n") - markdown.count("\n")
    markdown = verification.fill(markdown, current.verification, current.lang)
    markdown = collect(markdown, config)
    listings = [
        (current.assets.index[name], current.assets.listings / name)
        for name in used_in(markdown).listings
        if name in current.assets.index
    ]
    shown = sorted((str(place), path.read_text("utf-8")) for place, path in listings)
    lab = current.labs.get(f"{current.lang}/{page.file.src_uri}")
    cited = current.bibliography.matters_to(markdown)
    key = (markdown, source.skipped, current.key, str(shown), cited, lab)
    page.render = remember(page, source.name, key, files, one_sentence(page.render))  # type: ignore[method-assign]
    return markdown


def collect(markdown: str, config: MkDocsConfig) -> str:
    """The pages of reference get what they list: from the chapters, or from the records of authors."""
    try:
        markdown = glossary.fill(notation.fill(markdown, current.lang), current.lang)
        return collected.fill(markdown, current.lang, config.nav, current.assets.index, current.source.code)
    except (PageError, ValueError) as error:
        raise PluginError(str(error)) from error


def one_sentence(render: Callable[..., None]) -> Callable[..., None]:
    """An author's mistake ends the build with its message, not with a traceback."""

    def wrapped(*args: object) -> None:
        try:
            render(*args)
        except PageError as error:
            raise PluginError(str(error)) from error

    return wrapped


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Undress an executed lab; keep dashes and marks where they belong."""
    if "jp-Notebook" in html:
        html = undress(html, page, config, files)
    return tie_formulas(tie_dashes(html) if current.lang == "ru" else html)


def undress(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """The cells of a lab as an ordinary page, with its contents and description; its plots become files beside it."""
    offer = notebooks.offer(
        current.lang, get_relative_url(notebook_uri(Path(page.file.src_uri).stem), page.url), current.install
    )
    try:
        lab = notebooks.to_page(html, render_html, str(config.mdx_configs["toc"]["permalink_title"]), offer)
    except (notebooks.LabError, FormulaError) as error:
        raise PluginError(f"docs/{current.lang}/{page.file.src_uri}: {error}") from error
    page.toc = get_toc(lab.toc)  # type: ignore[arg-type]
    page.meta.setdefault("description", lab.description)
    for number, plot in enumerate(lab.plots, start=1):
        files.append(File.generated(config, f"{page.url}plot-{number}.svg", content=plot))
    return lab.html


def on_page_context(
    context: TemplateContext,
    page: Page,
    config: MkDocsConfig,
    nav: Navigation,  # noqa: ARG001
) -> TemplateContext:
    """Where this page stands in each language, for the switch and for search engines."""
    here = prefix(current.lang) + page.url
    root = site_root(config)
    page.alternates = [  # type: ignore[attr-defined]
        {
            "name": name,
            "lang": lang,
            "link": get_relative_url(prefix(lang) + page.url, here),
            "url": root + prefix(lang) + page.url,
        }
        for lang, name in LANGUAGES.items()
    ]
    return context


def prefix(lang: str) -> str:
    """Where a language lives inside the whole site."""
    return "" if lang == "en" else f"{lang}/"


def site_root(config: MkDocsConfig) -> str:
    """The address of the whole site, whichever language is being built."""
    return (config.site_url or "/").removesuffix(prefix(config.theme["language"]))


def notebook_uri(stem: str) -> str:
    """Where a lab can be downloaded, inside its language."""
    return f"{downloads.FOLDER}/{stem}.ipynb"


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:  # noqa: ARG001
    """Keep compiled templates: MkDocs makes a new environment for every build."""
    env.bytecode_cache = current.templates
    return env


def on_post_build(config: MkDocsConfig) -> None:
    """Part the search documents from the index; build the other language after the first."""
    part_documents(Path(config.site_dir) / "search" / "search_index.json")
    if current.lang == "en":
        notebooks.forget(ROOT, current.labs)
        build(
            load_config(
                str(ROOT / "mkdocs.ru.yml"),
                site_dir=str(Path(config.site_dir) / "ru"),
                site_url=f"{(config.site_url or '/').rstrip('/')}/ru/",
                strict=config.strict,
            )
        )


def part_documents(path: Path) -> None:
    """Leave only the settings in the index that every page loads; workers/stem.js fetches the rest when it is asked."""
    index = json.loads(path.read_text("utf-8"))
    path.with_name("search_documents.json").write_text(json.dumps(index.pop("docs"), ensure_ascii=False), "utf-8")
    path.write_text(json.dumps(index | {"docs": []}), "utf-8")
