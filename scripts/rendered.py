"""Pages that are converted already: under `mkdocs serve` only what has changed is converted again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

RESULTS = ("content", "toc", "_title_from_render", "present_anchor_ids")  # what Page.render sets
_kept: dict[str, tuple[Hashable, dict[str, Any], dict[str, dict[str, str]]]] = {}


def remember(page: Page, name: str, key: Hashable, files: Files, render: Callable[..., None]) -> Callable[..., None]:
    """`render`, or the restoration of what it gave for this page when the key was the same."""

    def wrapped(*args: object) -> None:
        kept = _kept.get(name)
        if kept is None or kept[0] != key:
            render(*args)
            links = {file.src_uri: anchors for file, anchors in (page.links_to_anchors or {}).items()}
            _kept[name] = key, {result: getattr(page, result) for result in RESULTS}, links
            return
        _, results, links = kept
        for result, value in results.items():
            setattr(page, result, value)
        targets = ((files.get_file_from_path(uri), anchors) for uri, anchors in links.items())
        page.links_to_anchors = {file: anchors for file, anchors in targets if file is not None}

    return wrapped
