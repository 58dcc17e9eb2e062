"""Which line a report means: ids and names as people write them, with or without voltage, number and "line"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import pandas as pd

from patrol.layers.pole_names import is_trunk

_VOLTS = re.compile(r"\d+(?:\.\d+)?(?:kv|千伏)")
_NOISE = re.compile(r"[\s\-_·.,，、()\[\]【】#号]+")
_ENDING = re.compile(r"(?:线路|馈线|线|feeder|line)$")
_BEGINNING = re.compile(r"^(?:线路|馈线|线|feeder|line)")
_NUMBER = re.compile(r"^\d+|\d+$")

Place = tuple[str, str]  # feeder id, branch ("" for any)


@dataclass(frozen=True, slots=True)
class LineNames:
    """Names of lines, the most exact first: each tier maps a key to the feeders (and branches) that answer to it."""

    tiers: tuple[dict[str, tuple[Place, ...]], ...]

    def find(self, name: str) -> tuple[Place, ...]:
        """Return what a name may mean: one place if it is clear, several if not, none if nothing answers.

        A branch may stand alone (``北支线``) where one feeder has it, or behind its feeder (``城关线北支``).
        """
        plain = _folded(name)
        for tier, key in zip(self.tiers, (plain, *[line_key(name)] * (len(self.tiers) - 1)), strict=True):
            if key and key in tier:
                return tier[key]
        key = line_key(name)
        for end in range(len(key) - 1, 0, -1):
            branch = line_key(_BEGINNING.sub("", key[end:]))
            owners = {feeder for tier in self.tiers[:-1] for feeder, _ in tier.get(key[:end], ())}
            found = tuple(place for place in self.tiers[-1].get(branch, ()) if place[0] in owners)
            if branch and found:
                return found
        # Chinese puts no space between the words before a name and the name: 他说城关线.
        for start in range(1, len(key) - 1):
            if key[start:].isascii():
                break
            for tier in self.tiers[1:3]:
                if key[start:] in tier:
                    return tier[key[start:]]
        return ()


def line_key(name: str) -> str:
    """Return what spellings of a line's name share: ``１０ｋＶ 城关线``, ``城关线路`` and ``城关`` are ``城关``."""
    key = _VOLTS.sub("", _folded(name))
    return _ENDING.sub("", key).replace("分支", "支")


def line_names(feeders: pd.DataFrame, poles: pd.DataFrame) -> LineNames:
    """Return the names that lines answer to.

    In order: feeder id as it is; id and names without voltage and "line"; their words without the number
    and their number alone; branches of the poles.
    """
    exact: dict[str, set[Place]] = {}
    full: dict[str, set[Place]] = {}
    part: dict[str, set[Place]] = {}
    for feeder, *names in feeders[["feeder_id", "name", "name_zh"]].itertuples(index=False):
        place = (str(feeder), "")
        exact.setdefault(_folded(feeder), set()).add(place)
        for key in {line_key(name) for name in (feeder, *names)}:
            full.setdefault(key, set()).add(place)
            for piece in {_NUMBER.sub("", key), *_NUMBER.findall(key)} - {key}:
                # "F" and "1" of F1 name nothing; a single character of a Chinese name may
                if len(piece) > 1 or not piece.isascii():
                    part.setdefault(piece, set()).add(place)
    branches: dict[str, set[Place]] = {}
    named = poles.loc[poles["branch"] != "", ["feeder_id", "branch"]].drop_duplicates()
    for feeder, branch in named.itertuples(index=False):
        if not is_trunk(branch):
            branches.setdefault(line_key(branch), set()).add((str(feeder), str(branch)))
    tiers = (exact, full, part, branches)
    return LineNames(tuple({key: tuple(sorted(some)) for key, some in tier.items() if key} for tier in tiers))


def _folded(name: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", str(name)).casefold())
