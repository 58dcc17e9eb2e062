"""Messages in two languages, from ``locale/zh.toml`` and ``locale/en.toml``."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

LANGUAGES = ("zh", "en")


@lru_cache(maxsize=len(LANGUAGES))
def _messages(lang: str) -> dict[str, str]:
    table = tomllib.loads((files("patrol") / "locale" / f"{lang}.toml").read_text("utf-8"))
    flat: dict[str, str] = {}

    def walk(prefix: str, node: dict[str, object]) -> None:
        for key, value in node.items():
            if isinstance(value, dict):
                walk(f"{prefix}{key}.", value)
            else:
                flat[prefix + key] = str(value)

    walk("", table)
    return flat


def say(key: str, lang: str, **values: object) -> str:
    """Return the message ``key`` in ``lang`` (``zh`` or ``en``) with ``{names}`` filled in.

    Raises
    ------
    KeyError
        If the message does not exist: a missing word is our bug, and tests look for it.
    """
    return _messages(lang)[key].format(**values)


def keys(lang: str) -> set[str]:
    """Return every message key of a language, for the test that holds the two files together."""
    return set(_messages(lang))


def name_of(row: dict[str, object], lang: str) -> str:
    """Return ``name_zh`` or ``name`` of a row, whichever the language prefers and the row has."""
    order = ("name_zh", "name") if lang == "zh" else ("name", "name_zh")
    for column in order:
        value = row.get(column)
        if isinstance(value, str) and value:
            return value
    return ""
