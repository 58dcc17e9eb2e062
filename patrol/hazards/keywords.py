"""The words by which a report's own text is matched to a hazard type, and types that are easily confused.

Package data (``patrol/data/hazard_keywords.toml``), to which a project's own file adds. A table for each
type code with lists ``zh``, ``en`` and ``weak``; ``[ignore]`` and ``[emergency]`` with ``zh`` and ``en``;
``[confusable]`` with ``groups`` of codes; ``[together.NAME]`` with things and what may become of them, see
:mod:`patrol.hazards.together`.
"""

from __future__ import annotations

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from patrol import text as safe
from patrol.errors import MEND_TOML, ConfigError, Finding
from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.together import TABLE, Pair, faults_of, pairs_of
from patrol.layers.encoding import decode

SOURCE = "hazard_keywords.toml"
MAX_WORD = 60
IGNORE, EMERGENCY, CONFUSABLE = "ignore", "emergency", "confusable"
_LISTS = ("zh", "en", "weak")
_LOOSE_SPACE = re.compile(r"(?<![!-~]) | (?![!-~])")  # a space that parts no two Latin words


@dataclass(frozen=True, slots=True)
class Keywords:
    """Words in the form of :func:`plain`.

    Attributes
    ----------
    codes : mapping of str to tuple of str
        Types a word stands for, sorted; none for a word that means no hazard.
    shown : mapping of str to str
        The word as its file writes it.
    weak : frozenset of str
        Words that count only where no other is found.
    urgent : frozenset of str
        Words that make a report an emergency even if nobody knows of what type.
    groups : frozenset of frozenset of str
        Codes that one person may call by another's name.
    pairs : tuple of Pair
        Things and what became of them, each an emergency.
    """

    codes: Mapping[str, tuple[str, ...]]
    shown: Mapping[str, str]
    weak: frozenset[str]
    urgent: frozenset[str]
    groups: frozenset[frozenset[str]]
    pairs: tuple[Pair, ...] = ()


def plain(text: str) -> str:
    """Return text as words are compared: half width, lower case, hyphens as spaces, spaces only between Latin words."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("’", "'")
    return _LOOSE_SPACE.sub("", " ".join(text.casefold().replace("-", " ").split()))


def load_keywords(path: Path | None = None, codes: Collection[str] | None = None) -> Keywords:
    """Return the package's keywords, with what a project's file adds or replaces.

    Parameters
    ----------
    path : Path, optional
        ``project.file("keywords")``.
    codes : collection of str, optional
        Codes of the project's types; a table for any other is a fault.

    Raises
    ------
    ConfigError
        Names every fault of the file at once.
    """
    tables = tomllib.loads(files("patrol").joinpath("data", SOURCE).read_text("utf-8"))
    if path is not None:
        own = _read(path)
        found = [fault for name, table in own.items() for fault in _faults(name, table, codes, path.name)]
        if found:
            raise ConfigError(found)
        tables = {name: _merge(tables.get(name, {}), own.get(name, {})) for name in [*tables, *own]}
    return _keywords(tables)


def confusable(types: pd.DataFrame, path: Path | None = None) -> frozenset[frozenset[str]]:
    """Return the pairs of type codes that reports of one hazard may bear.

    Parameters
    ----------
    types : DataFrame
        Hazard types. ``unclassified`` goes with none of them: of what nobody has named, nobody knows that it is
        the nest at that pole and not something worse, and through it a nest and a fire would become one hazard.
    path : Path, optional
        The project's own keywords, whose groups are added.

    Returns
    -------
    frozenset of frozenset of str
        Each of two different codes; ``unclassified`` alone stands for two of its own kind.
    """
    known = {str(code) for code in types.index}
    groups = load_keywords(path).groups
    pairs = {
        frozenset(pair)
        for group in groups
        for pair in itertools.combinations(sorted((group & known) - {UNCLASSIFIED}), 2)
    }
    return frozenset(pairs | {frozenset({UNCLASSIFIED})})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(decode(path.read_bytes())[0].removeprefix("\ufeff"))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(Finding("error", "keywords.syntax", path.name, safe.clean(error), MEND_TOML)) from error


def _faults(name: str, table: Any, codes: Collection[str] | None, source: str) -> list[Finding]:
    """Return what is wrong with one table of a project's file."""
    found = []

    def wrong(what: str, mend: str, key: str = "") -> None:
        found.append(
            Finding("error", "keywords.value", source, what, mend, field=safe.clean(f"{name}.{key}".strip(".")))
        )

    if not isinstance(table, dict):
        wrong("is no table", f"write [{safe.clean(name, limit=20)}]")
        return found
    if name == TABLE:
        for own, inner in table.items():
            for key, what, mend in faults_of(safe.clean(own, limit=40), inner, codes):
                wrong(what, mend, f"{safe.clean(own, limit=40)}.{key}".strip("."))
        return found
    named = {IGNORE, EMERGENCY, CONFUSABLE, TABLE}
    if codes is not None and name not in {*codes, *named}:
        wrong("is no hazard type of this project", "use a code of hazard_types.csv, or add the type there")
    keys = ("groups",) if name == CONFUSABLE else _LISTS[:2] if name in named else _LISTS
    for key, value in table.items():
        if key == "replace":
            if not isinstance(value, bool):
                wrong("must be true or false", "true puts this table in place of the package's", key)
        elif key not in keys:
            wrong("is not known here", f"known: {', '.join((*keys, 'replace'))}", key)
        elif key == "groups":
            if not isinstance(value, list) or not all(_texts(group) for group in value):
                wrong("must be a list of lists of codes", 'write [["S01", "S02"], ...]', key)
        elif not _texts(value):
            wrong("must be a list of words", 'write ["鸟窝", "喜鹊窝"]', key)
        else:
            for word in value:
                if fault := _word_fault(word):
                    wrong(f"{safe.clean(word, limit=30)!r} {fault}", "take it out, or write a longer word", key)
    return found


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _word_fault(word: str) -> str:
    bare = plain(word)
    if not bare:
        return "is empty"
    if len(bare) > MAX_WORD:
        return f"is longer than {MAX_WORD} letters"
    return "is one letter, which is in every text" if len(bare) == 1 and bare.isascii() else ""


def _merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return a table to which a project's adds words, tables within it likewise; a single value replaces another."""
    if new.get("replace"):
        return new
    both = {key: old.get(key, new.get(key)) for key in {**old, **new} if key != "replace"}
    for key in both.keys() & new.keys() & old.keys():
        if isinstance(old[key], dict):
            both[key] = _merge(old[key], new[key])
        else:
            both[key] = [*old[key], *new[key]] if isinstance(old[key], list) else new[key]
    return both


def _keywords(tables: dict[str, dict[str, Any]]) -> Keywords:
    codes: dict[str, set[str]] = {}
    shown: dict[str, str] = {}
    weak: set[str] = set()
    strong: set[str] = set()
    for name, table in tables.items():
        if name in {EMERGENCY, CONFUSABLE, TABLE}:
            continue
        for key in _LISTS:
            for word in table.get(key, []):
                codes.setdefault(plain(word), set()).update(() if name == IGNORE else (name,))
                shown.setdefault(plain(word), word)
                (weak if key == "weak" else strong).add(plain(word))
    urgent = {plain(word) for key in _LISTS for word in tables.get(EMERGENCY, {}).get(key, [])}
    groups = tables.get(CONFUSABLE, {}).get("groups", [])
    return Keywords(
        MappingProxyType({word: tuple(sorted(names)) for word, names in codes.items()}),
        MappingProxyType(shown),
        frozenset(weak - strong),
        frozenset(urgent),
        frozenset(frozenset(group) for group in groups),
        pairs_of(tables.get(TABLE, {}), plain),
    )
