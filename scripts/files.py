"""Files that several processes may write at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Write a file in one step: whoever reads it sees the old one or the whole new one. An equal file is left alone."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a file lock, so that a test run and a server do not draw the same figures twice (on Windows they may)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        if os.name == "posix":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
