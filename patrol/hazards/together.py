"""A thing and what became of it, a few letters apart: 电线被大风刮下来了, a tree has come down across the wires.

No list of words holds every way in which people say that a conductor is down. These tables of the keyword files
(``[together.NAME]``) pair the names of a thing with what may become of it. Between the two only a few letters (of
English, words) may stand, none that ends a clause, denies it, or names another thing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

TABLE = "together"
LISTS = ("what", "does", "did", "where", "not")
LANGUAGES = ("zh", "en")
MAX_APART = 20
_ENDS = "，,。.；;！!？?、\n"  # no clause goes on behind one of these
_DENIED = "没未不无别勿"
_PLACE = "上下旁边附近里内外跟前后处东南西北这那"  # 电线上落了鸟: the wire is only where it happened
_NOT_WORD = r"(?:not|no|never|cannot|isn't|wasn't|aren't|hasn't|haven't|didn't|don't|without|nor|neither)\b"
_WORDS = rf"(?:[^\w.,;!?\n]+(?!{_NOT_WORD})[\w']+)"  # one English word and what parts it from the one before


class Found(NamedTuple):
    """Where a thing and what became of it stand in a text, and how that is shown."""

    start: int
    end: int
    shown: str
    code: str


@dataclass(frozen=True, slots=True)
class Pair:
    """One table in one language.

    Attributes
    ----------
    code : str
        Hazard type, "" where it is an emergency of none.
    pattern : pattern
        With groups ``what`` and ``does``.
    parts : pattern or None
        Words that part a thing from what became of another.
    verbs : pattern
        What may become of it: most texts have none of these, and are done with.
    numbered : bool
        Some word has a digit.
    """

    code: str
    pattern: re.Pattern[str]
    parts: re.Pattern[str] | None
    verbs: re.Pattern[str]
    numbered: bool


def pairs_of(tables: Mapping[str, Mapping[str, Any]], plain: Any) -> tuple[Pair, ...]:
    """Return the pairs of the tables ``[together.NAME]``; ``plain`` writes a word as texts are compared."""
    made = []
    for table in tables.values():
        for lang in LANGUAGES:
            lists = {name: [plain(word) for word in table.get(lang, {}).get(name, [])] for name in LISTS}
            if lists["what"] and (lists["does"] or lists["did"]):
                apart = int(table[lang].get("apart", 6 if lang == "zh" else 3))
                made.append(_pair(str(table.get("type", "")), lists, apart, lang))
    return tuple(made)


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def _pair(code: str, lists: Mapping[str, Sequence[str]], apart: int, lang: str) -> Pair:
    what, does, did, where = (_any(lists[name]) for name in ("what", "does", "did", "where"))
    if lang == "zh":
        near = f"[^{_ENDS}{_DENIED}]{{0,{apart}}}?"
        thing, then, before = f"(?:{what})(?![{_PLACE}])", f"(?:{does})", f"(?:{did})"
        place = f"[^{_ENDS}]{{0,4}}?(?:{where})" if where else ""
    else:
        near = f"{_WORDS}{{0,{apart}}}?[^\\w.,;!?\\n]+"
        thing, then, before = rf"\b(?:{what})s?\b", rf"(?:{does})\b", rf"\b(?:{did})\b"
        place = rf"{_WORDS}{{0,4}}?[^\w.,;!?\n]+(?:{where})s?\b" if where else ""
    ways = []
    if does:
        ways.append(f"(?P<what>{thing}){near}(?P<does>{then}){place}")
    if did:
        ways.append(f"(?P<did>{before}){near if lang == 'en' else f'[^{_ENDS}{_DENIED}]{{0,4}}?'}(?P<it>{thing})")
    parts = lists["not"]
    edge = r"\b" if lang == "en" else ""
    return Pair(
        code,
        re.compile("|".join(ways)),
        re.compile(f"{edge}(?:{_any(parts)}){edge}") if parts else None,
        re.compile("|".join(filter(None, (does, did)))),
        any(letter.isdecimal() for words in lists.values() for word in words for letter in word),
    )


def find_pairs(text: str, pairs: Collection[Pair]) -> list[Found]:
    """Return what stands together in a text (as ``keywords.plain`` gives it), in the order of the tables."""
    found = []
    for pair in pairs:
        if not pair.verbs.search(text):
            continue
        clear = pair.parts.sub(lambda part: "\n" * len(part[0]), text) if pair.parts else text
        for hit in pair.pattern.finditer(clear):
            said = hit.groupdict()
            words = (said["what"], said["does"]) if said.get("what") else (said["did"], said["it"])
            found.append(Found(hit.start(), hit.end(), "…".join(filter(None, words)), pair.code))
    return found


def faults_of(name: str, table: Any, codes: Collection[str] | None) -> list[tuple[str, str, str]]:
    """Return what is wrong with one table of a project's file: key, what, and how to mend it."""
    if not isinstance(table, dict):
        return [("", "is no table", f"write [{TABLE}.{name}]")]
    found = []
    kind = table.get("type", "")
    if not isinstance(kind, str) or (kind and codes is not None and kind not in codes):
        found.append(("type", "is no hazard type of this project", 'a code of hazard_types.csv, or ""'))
    for key, value in table.items():
        if key == "replace" and not isinstance(value, bool):
            found.append((key, "must be true or false", "true puts this table in place of the package's"))
        elif key in LANGUAGES:
            found += _language_faults(key, value)
        elif key not in ("type", "replace", *LANGUAGES):
            found.append((key, "is not known here", "known: type, zh, en, replace"))
    return found


def _language_faults(lang: str, table: Any) -> list[tuple[str, str, str]]:
    if not isinstance(table, dict):
        return [(lang, "is no table", f'write {lang} = {{ what = ["电线"], does = ["掉下来"], apart = 6 }}')]
    found = []
    for key, value in table.items():
        good = isinstance(value, list) and all(isinstance(word, str) and word.strip() for word in value)
        if key == "apart":
            if type(value) is not int or not 0 <= value <= MAX_APART:
                found.append((f"{lang}.{key}", f"must be a whole number up to {MAX_APART}", "write 6"))
        elif key not in LISTS:
            found.append((f"{lang}.{key}", "is not known here", f"known: apart, {', '.join(LISTS)}"))
        elif not good:
            found.append((f"{lang}.{key}", "must be a list of words", 'write ["电线", "导线"]'))
    return found
