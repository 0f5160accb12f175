"""What experiments found, kept on disk, so that a new colour of a curve trains no network again.

While figures are drawn this stands in for `functools.cache` in the modules of snippets.experiments: a result is kept
under everything that the function depends on and its arguments, if these are plain values.
"""

from __future__ import annotations

import functools
import hashlib
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.closure import Closure, Node
from scripts.files import write

PLAIN = (str, int, float, bool, type(None))
DAYS = 14  # a result that nobody asked for in so many days is removed


class Results:
    """The results of a project's experiments; `salt` names what else they depend on, such as versions."""

    def __init__(self, root: Path, salt: str) -> None:
        self.root, self.salt = root, salt
        self.folder = root / ".cache" / "experiments"
        self.memory = functools.cache
        self.keys: dict[Node, str] = {}

    @functools.cached_property
    def closure(self) -> Closure:
        """The package, read when the first result is asked for."""
        return Closure(self.root)

    def cache(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """functools.cache, with a disk behind the memory for experiments."""
        if not str(getattr(function, "__module__", "")).startswith("snippets.experiments."):
            return self.memory(function)

        @functools.wraps(function)
        def kept(*args: Any, **kwargs: Any) -> Any:
            if not is_plain((*args, *kwargs.values())):
                return function(*args, **kwargs)
            path = self.path(function, repr((args, sorted(kwargs.items()))))
            try:
                result = pickle.loads(path.read_bytes())
                path.touch()
            except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError):
                result = function(*args, **kwargs)
                write(path, pickle.dumps(result))
            return result

        return self.memory(kept)

    def path(self, function: Callable[..., Any], asked: str) -> Path:
        """The file of one call's result."""
        symbol = (function.__module__, function.__name__)
        if symbol not in self.keys:
            self.keys[symbol] = self.closure.key(symbol)
        name = hashlib.sha256("\n".join([self.salt, self.keys[symbol], asked]).encode()).hexdigest()[:20]
        return self.folder / f"{function.__module__.rpartition('.')[2]}.{function.__name__}.{name}.pickle"


def is_plain(values: tuple[Any, ...]) -> bool:
    """Whether the text of values says all about them: no functions, no objects with code of their own."""
    return all(isinstance(v, PLAIN) or (type(v) is tuple and is_plain(v)) for v in values)


def forget(root: Path) -> None:
    """Remove the results that nobody has asked for in a while."""
    for path in (root / ".cache" / "experiments").glob("*.pickle"):
        if path.stat().st_mtime < time.time() - DAYS * 86_400:
            path.unlink(missing_ok=True)
