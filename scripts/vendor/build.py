"""Rebuild the vendored files: the MathJax bundle and the math fonts. Run by `make vendor`, never by a site build.

Needs npm (any with lock files of version 3) and pip, and Latin Modern Math 1.959: Debian's package fonts-lmodern, or
latinmodern-math.otf from https://www.gust.org.pl/projects/e-foundry/lm-math given as the first argument.
Everything is pinned (package-lock.json, requirements.txt, the hash below): the result is the same, byte for byte.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FONTS = ROOT / "docs" / "shared" / "assets" / "fonts"
FONT = Path("/usr/share/texmf/fonts/opentype/public/lm-math/latinmodern-math.otf")
FONT_SHA256 = "6075562b771f8b82f0c179e363389684f2dd09de30038269e2628e504bd7be0f"
ESBUILD = [
    *("mathjax_entry.js", "--bundle", "--minify", "--format=iife", "--platform=neutral", "--main-fields=module,main"),
    *("--target=es2022", "--legal-comments=none", "--outfile=mathjax.js"),
    "--banner:js=// MathJax, Apache License 2.0: see LICENSE-MathJax.txt",
]


def sha256(path: Path) -> str:
    """The hash of a file, as `sha256sum` prints it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(*command: str | Path, cwd: Path | None = None, **env: str) -> None:
    """Run a command; stop with its name if it is missing or fails."""
    if shutil.which(command[0]) is None:
        sys.exit(f"{command[0]} is needed to rebuild the vendored files and was not found: install it, then repeat.")
    if subprocess.call(command, cwd=cwd, env=os.environ | env):
        sys.exit(f"`{' '.join(map(str, command))}` failed; the lines above say why.")


def build_bundle(work: Path) -> None:
    """MathJax and its entry file as one script."""
    for name in ("package.json", "package-lock.json", "mathjax_entry.js"):
        shutil.copy(HERE / name, work)
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=work)
    run(work / "node_modules" / ".bin" / "esbuild", *ESBUILD, cwd=work)
    shutil.copy(work / "mathjax.js", HERE / "mathjax.js")
    shutil.copy(work / "node_modules" / "@mathjax" / "src" / "LICENSE", HERE / "LICENSE-MathJax.txt")


def build_fonts(work: Path, source: Path) -> None:
    """The subsets of Latin Modern Math as WOFF2."""
    if not source.exists() or sha256(source) != FONT_SHA256:
        sys.exit(
            f"Latin Modern Math 1.959 is needed and {source} is not it: see the first lines of {Path(__file__).name}."
        )
    tools = work / "tools"
    run(sys.executable, "-m", "pip", "install", "--quiet", "--target", tools, "-r", HERE / "requirements.txt")
    FONTS.mkdir(parents=True, exist_ok=True)
    run(sys.executable, "-m", "scripts.vendor.subset", source.resolve(), FONTS, cwd=ROOT, PYTHONPATH=str(tools))


def record() -> None:
    """Write SHA256SUMS, which a test compares with the files; `sha256sum -c` reads it in the repository's root too."""
    paths = [HERE / "LICENSE-MathJax.txt", HERE / "mathjax.js", *FONTS.iterdir()]
    lines = sorted(f"{sha256(path)}  {path.relative_to(ROOT).as_posix()}\n" for path in paths)
    (HERE / "SHA256SUMS").write_text("".join(sorted(lines, key=lambda line: line[66:])), encoding="utf-8")


def main() -> None:
    """Build everything anew."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else FONT
    with TemporaryDirectory() as folder:
        build_bundle(Path(folder))
        build_fonts(Path(folder), source)
    record()
    print((HERE / "SHA256SUMS").read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    main()
