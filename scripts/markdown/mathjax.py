"""TeX to MathML by MathJax (scripts/vendor/mathjax.js) inside the V8 of mini-racer; results are kept by content.

Threads and processes may use it at once; only a child forked after the first formula may not, since V8's threads are
not in it (start processes with spawn).
"""

from __future__ import annotations

import atexit
import hashlib
import json
import threading
from functools import cache
from pathlib import Path

from py_mini_racer import MiniRacer

from scripts.files import write
from scripts.markdown import mathml_core
from scripts.markdown.mathml_core import FormulaError, for_browsers

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "scripts" / "vendor" / "mathjax.js"
CACHE = ROOT / ".cache" / "mathml"


def to_mathml(tex: str, display: bool = False) -> str:
    """A formula as a `<math>` element that keeps its TeX as an annotation. Raises: FormulaError."""
    tex = tex.strip()
    key = hashlib.sha256(f"{_tools()}\n{display}\n{tex}".encode()).hexdigest()
    if key not in _memory:
        stored = _load(key)
        if stored is None:
            stored = for_browsers(_run(tex, display), tex)
            _store(key, stored)
        _memory[key] = stored
    return _memory[key]


_memory: dict[str, str] = {}


@cache
def _tools() -> str:
    """The hash of everything but the formula that the result depends on."""
    files = (BUNDLE, BUNDLE.with_name("characters.txt"), Path(__file__), Path(mathml_core.__file__))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _load(key: str) -> str | None:
    """The stored result, or None if there is none or its checksum is wrong."""
    try:
        checksum, _, stored = (CACHE / key).read_bytes().partition(b"\n")
    except OSError:
        return None
    return stored.decode() if hashlib.sha256(stored).hexdigest().encode() == checksum else None


def _store(key: str, result: str) -> None:
    """Keep a result for later builds; a folder that cannot be written costs time, nothing else."""
    content = result.encode()
    try:
        write(CACHE / key, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    except OSError:
        return


_lock = threading.Lock()
_engines: list[MiniRacer] = []  # none before the first formula, then one


def _run(tex: str, display: bool) -> str:
    """MathJax's own MathML. Raises: FormulaError."""
    with _lock:
        if not _engines:
            engine = MiniRacer()
            engine.eval(BUNDLE.read_text(encoding="utf-8"))
            _engines.append(engine)
        mathml, error = json.loads(str(_engines[0].call("texToMathML", tex, display)))
    if error is not None:
        raise FormulaError(f"MathJax says: {error}")
    return str(mathml)


@atexit.register
def _close() -> None:
    """Stop V8 while its threads still run: left to the interpreter's own end it sometimes waits for ever."""
    while _engines:
        _engines.pop().close()
