"""LaTeX to tree, strictly: whatever is not understood, or has two readings, is an error with its position."""

from __future__ import annotations


class FormulaError(Exception):
    """A formula that cannot be read or evaluated, with the place in its text."""

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at
