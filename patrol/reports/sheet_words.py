"""Words in both languages side by side, as sheets print them: Chinese first, English smaller after it."""

from __future__ import annotations

from patrol import text
from patrol.words import say

MAX_CHARS = 240  # of one text; a sheet is to be read standing


def both(key: str, **values: object) -> str:
    """Return one of the sheets' own messages (``papers.<key>``) in both languages as HTML."""
    return only(say(f"papers.{key}", "zh", **values), say(f"papers.{key}", "en", **values))


def says(key: str, lang: str, **values: object) -> str:
    """Return one of the sheets' own messages in one language as HTML."""
    return text.html(say(f"papers.{key}", lang, **values))


def only(zh: object, en: object) -> str:
    """Return a text in both languages as HTML, once if they are the same or one is missing; a long one is cut."""
    first, second = (text.html(text.clean(words, limit=MAX_CHARS)) for words in (zh, en))
    one, other = first or second, second or first
    return one if one == other else f'<span lang="zh-CN">{one}</span> <span lang="en">{other}</span>'
