"""Records that authors write in YAML: read strictly, every field checked, texts in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("en", "ru")


class _Loader(yaml.SafeLoader):
    """YAML in which a key written twice is an error, not a silent choice of the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        pairs: list[Any] = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key, count in Counter(map(str, pairs)).items():
            if count > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} is written twice", node.start_mark)
        return super().construct_mapping(node, deep)


def read(path: Path) -> Any:
    """What a file says. Raises: ValueError that names the file."""
    try:
        return yaml.load(path.read_text("utf8"), _Loader)
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: not YAML: {error}") from error


def fields(item: Mapping[str, Any], wanted: set[str], where: str, optional: frozenset[str] = frozenset()) -> None:
    """Refuse a record with a field too many or too few. Raises: ValueError."""
    known = wanted | optional
    unknown, missing = sorted(map(str, item.keys() - known)), sorted(wanted - item.keys())
    if unknown:
        raise ValueError(f"{where}: unknown {', '.join(unknown)}; the fields are {', '.join(sorted(known))}")
    if missing:
        raise ValueError(f"{where}: add {', '.join(missing)}")


def text(value: Any, where: str) -> dict[str, str]:
    """A text by language: {en: …, ru: …}, or one plain text for both. Raises: ValueError."""
    texts = dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value
    if not isinstance(texts, dict) or texts.keys() != set(LANGUAGES):
        hint = (
            "; a text with a comma in it must be quoted" if isinstance(texts, dict) and None in texts.values() else ""
        )
        raise ValueError(f"{where}: write {{en: …, ru: …}}, or one plain text if both are the same{hint}")
    for lang, words in texts.items():
        if not isinstance(words, str) or not words.strip() or "\n\n" in words.strip():
            raise ValueError(f"{where}: {lang} must be one paragraph of text, quoted if YAML reads it as a number")
    return {lang: words.strip() for lang, words in texts.items()}
