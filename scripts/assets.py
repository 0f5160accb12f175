"""What pages show of the package: figures, listings and facts, kept in .cache by the content they depend on.

`ensure()` brings all of it up to date; `python -m scripts.assets [NAME ...] [--png FOLDER]` does so by hand.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from scripts.closure import DATA_FILES, ReadError
from scripts.files import lock, write
from scripts.jobs import MOVABLES, AssetError, Job, chapters, plan, short_hash, versions
from scripts.listings import Place, write_listings
from scripts.results import forget
from scripts.svg import size

ROOT = Path(__file__).resolve().parents[1]
MACHINERY = [
    Path(__file__).with_name(f"{name}.py")
    for name in ("assets", "closure", "files", "jobs", "listings", "render", "results", "svg")
]
MACHINERY.append(MOVABLES)
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
LARGE = 60_000  # bytes of a compressed figure that deserve a warning
Say = Callable[[str], None]
__all__ = ["AssetError", "Assets", "ensure"]


@dataclass(frozen=True)
class Assets:
    """What a build needs of the package; figures by (name, language), movables by name and then language."""

    figures: dict[tuple[str, str], Path]
    sizes: dict[tuple[str, str], tuple[int, int]]
    words: dict[str, list[str]]
    facts: dict[str, float]
    listings: Path
    index: dict[str, Place]
    movables: dict[str, dict[str, str]]


def ensure(root: Path = ROOT, say: Say = lambda _: None) -> Assets:
    """Draw, compute and cut what is stale.

    Raises: AssetError that names every figure and fact that failed, and where.
    """
    key = tree_key(root)
    found = read_manifest(root, key)
    if found is None:
        with lock(root / ".cache" / "assets.lock"):
            found = read_manifest(root, key) or make(root, key, say)
    return found


def make(root: Path, key: str, say: Say) -> Assets:
    """Do the work of `ensure` and write down the result."""
    cache = root / ".cache"
    try:
        index = write_listings(root, cache / "listings")
        jobs = plan(root, chapters(root))
    except ReadError as error:
        raise AssetError(str(error)) from error
    run(root, [job.stale() for job in jobs], say)
    facts: dict[str, float] = {}
    figures: dict[str, dict[str, Any]] = {}
    movables: dict[str, dict[str, Any]] = {}
    for job in jobs:
        if job.facts:
            facts |= json.loads(job.facts.read_text())
        for name, drawn in json.loads(job.movables.read_text(encoding="utf-8")).items() if job.movables else ():
            if name in movables:
                raise AssetError(f"movable {name} is in {job.stem} and before: names are unique over the site")
            movables[name] = drawn
        for figure in job.figures:
            path = Path(figure["path"])
            text = path.read_text(encoding="utf-8")
            if (packed := len(gzip.compress(text.encode()))) > LARGE:
                say(f"figure {figure['name']} has {packed // 1000} kB compressed: rasterize its largest part")
            words = json.loads(path.with_suffix(".json").read_text())
            figures[f"{figure['name']}.{figure['lang']}"] = {"file": path.name, "size": size(text), "words": words}
    write(cache / "facts.json", json.dumps(facts, indent=0).encode())
    manifest = {"key": key, "figures": figures, "facts": facts, "movables": movables}
    manifest["index"] = {n: vars(p) for n, p in index.items()}
    prune(cache, jobs)
    forget(root)
    write(cache / "assets.json", json.dumps(manifest).encode())
    assets = read_manifest(root, key)
    assert assets is not None, "a manifest just written can be read"
    return assets


def tree_key(root: Path) -> str:
    """A hash of everything that assets are made of; cheap, and nothing is imported for it."""
    digest = hashlib.sha256(json.dumps([versions(), chapters(root)]).encode())
    files = (p for p in (root / "snippets").rglob("*") if p.suffix in {".py", ".mplstyle", *DATA_FILES})
    for path in sorted([*files, *MACHINERY]):
        digest.update(path.as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def read_manifest(root: Path, key: str) -> Assets | None:
    """The assets as last written down, if they were made from just this tree and are all there."""
    cache = root / ".cache"
    try:
        manifest = json.loads((cache / "assets.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    figures, sizes, words = {}, {}, {}
    for full, entry in manifest["figures"].items() if manifest["key"] == key else ():
        name, lang = full.split(".")
        figures[name, lang] = cache / "figures" / entry["file"]
        sizes[name, lang] = (entry["size"][0], entry["size"][1])
        words[name] = entry["words"]
    if manifest["key"] != key or not all(path.exists() for path in figures.values()):
        return None
    index = {name: Place(**place) for name, place in manifest["index"].items()}
    movables = {name: drawn["html"] for name, drawn in manifest["movables"].items()}
    words |= {f"movable {name}": drawn["words"] for name, drawn in manifest["movables"].items()}
    return Assets(figures, sizes, words, manifest["facts"], cache / "listings", index, movables)


def run(root: Path, jobs: list[Job], say: Say, png: tuple[str, str] | None = None) -> None:
    """Do the jobs, each in a fresh interpreter, as many at once as there are cores; the longest first."""
    jobs = [job for job in jobs if job.facts or job.movables or job.figures]
    jobs.sort(key=lambda job: -len(job.figures))
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        errors = [line for lines in pool.map(lambda job: run_one(root, job, say, png), jobs) for line in lines]
    if errors:
        raise AssetError("\n".join(errors))


def run_one(root: Path, job: Job, say: Say, png: tuple[str, str] | None) -> list[str]:
    """Do one job; the messages of what failed."""
    parts = [f"{len(job.figures)} figures"] * bool(job.figures) + ["facts"] * bool(job.facts)
    parts += ["movables"] * bool(job.movables)
    say(f"{job.stem}: {' and '.join(parts)} ...")
    threads = dict.fromkeys(THREADS, "1")  # sums do not depend on the number of cores
    path = os.pathsep.join([str(root), str(ROOT)])
    settings = {"PYTHONPATH": path, "MPLBACKEND": "svg", "MPLCONFIGDIR": str(root / ".cache" / "matplotlib")}
    (root / ".cache" / "matplotlib").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        text: dict[str, Any] = {"root": str(root), "stem": job.stem, "figures": job.figures}
        text |= {"facts": job.facts and str(job.facts), "movables": job.movables and str(job.movables)}
        done = subprocess.run(
            [sys.executable, "-B", "-m", "scripts.render"],
            input=json.dumps({**text, "salt": short_hash(versions()), "png": png, "report": str(report)}),
            env={**os.environ, **threads, **settings},
            cwd=root,
            text=True,
            encoding="utf-8",
            capture_output=True,
            check=False,
        )
        if not report.exists():
            return [f"{job.stem}: the drawing process ended with code {done.returncode}:\n{done.stderr[-2000:]}"]
        errors: list[str] = json.loads(report.read_text(encoding="utf-8"))["errors"]
    return errors


def prune(cache: Path, jobs: list[Job]) -> None:
    """Remove results that neither this state of the tree nor the last needs (another build may still copy those)."""
    try:
        before = json.loads((cache / "assets.json").read_text(encoding="utf-8"))["figures"].values()
    except (FileNotFoundError, json.JSONDecodeError):
        before = []
    keep = {Path(entry["file"]).stem for entry in before} | {Path(f["path"]).stem for job in jobs for f in job.figures}
    for path in (cache / "figures").glob("*.*.*"):
        if path.stem not in keep:
            path.unlink(missing_ok=True)
    numbers = {path for job in jobs for path in (job.facts, job.movables)}
    for path in [*(cache / "facts").glob("*.json"), *(cache / "movables").glob("*.json")]:
        if path not in numbers:
            path.unlink(missing_ok=True)


def main() -> None:
    """Draw by hand: everything, or the figures named (also whole chapters), or those as PNG in both themes."""
    parser = argparse.ArgumentParser(prog="python -m scripts.assets", description=main.__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="a figure, or a chapter's stem for all of its figures and facts"
    )
    parser.add_argument("--png", metavar="FOLDER", help="write NAME.en.light.png and so on there instead of SVGs")
    options = parser.parse_args()
    try:
        for line in draw_named(options.names, options.png) if options.names else draw_all():
            print(line)
    except (AssetError, ReadError) as error:
        sys.exit(str(error))


def draw_all() -> Iterable[str]:
    """Bring everything up to date; the paths."""
    assets = ensure(say=lambda line: print(line, file=sys.stderr))
    return [*map(str, assets.figures.values()), f"{len(assets.facts)} facts, {len(assets.index)} listings"]


def draw_named(names: list[str], png: str | None, root: Path = ROOT) -> list[str]:
    """Draw only these figures or chapters, also of chapters without a page yet; what was made."""
    stems = sorted(p.stem for p in (root / "snippets" / "figures").glob("*.py"))
    stems = [s for s in stems if s not in {"__init__", "palette", "words"}]
    jobs = plan(root, stems)
    known = {*stems, *(f["name"] for job in jobs for f in job.figures)}
    for name in names:
        if name not in known:
            raise AssetError(
                f"no figure or chapter {name}; near: {', '.join(get_close_matches(name, known)) or 'none'}"
            )
    for job in jobs:
        whole = job.stem in names
        job.figures = [f for f in job.figures if whole or f["name"] in names]
        job.facts = job.facts if whole and not png else None
        job.movables = job.movables if whole and not png else None
    if png:
        Path(png).mkdir(parents=True, exist_ok=True)
        errors = []
        for theme in ("light", "dark"):
            try:
                run(root, jobs, lambda _: None, (str(Path(png).resolve()), theme))
            except AssetError as error:
                errors.append(str(error))
        if errors:
            raise AssetError(errors[0])
        kinds = [f"{f['name']}.{f['lang']}" for job in jobs for f in job.figures]
        return [str(Path(png) / f"{kind}.{theme}.png") for kind in kinds for theme in ("light", "dark")]
    run(root, [job.stale() for job in jobs], lambda _: None)
    facts = [f"{n} = {v}" for job in jobs if job.facts for n, v in json.loads(job.facts.read_text()).items()]
    return [*(f["path"] for job in jobs for f in job.figures), *facts]


if __name__ == "__main__":
    main()
