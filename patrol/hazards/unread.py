"""What a file says where nobody reads it: cells under headings that mean nothing here, sheets of another kind.

An emergency counts wherever it stands. Where nothing else says what a report is, these words are its description,
and so are those of an emergency; all others stay in the file. Who somebody is may stand under an unknown heading too:
only cells that say something, and no short ones without a word for a hazard, are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from patrol import text
from patrol.errors import Finding
from patrol.hazards.classify import urgent_words
from patrol.hazards.frames import put
from patrol.hazards.keywords import Keywords, load_keywords, plain
from patrol.hazards.model import Intake
from patrol.hazards.together import find_pairs
from patrol.layers.raw import some_rows

UNREAD = "unread"  # column of reports on their way from a parser to the register
SENTENCE = 6  # Chinese letters, or MANY_WORDS of another script: more than a name
MANY_WORDS = 4
MOST = 40  # cells of a row
_PEOPLE = re.compile(
    r"姓名|名字|户名|户主|填表|填报|经办|签名|签字|身份证|账号|帐号|住址|\b(?:name|owner|signature|signed|filled|account|email)\b",
    re.IGNORECASE,
)
_YES = frozenset(("是", "有", "√", "✓", "对", "yes", "y", "true"))
_CODE = re.compile(r"[A-Z]\d{2}")
_HAN = re.compile("[\u4e00-\u9fff]")


@lru_cache(maxsize=1)
def _known() -> tuple[Keywords, re.Pattern[str]]:
    words = load_keywords()
    every = sorted({*words.codes, *words.urgent}, key=lambda word: (-len(word), word))
    return words, re.compile("|".join(rf"\b{re.escape(one)}\b" if one.isascii() else re.escape(one) for one in every))


@lru_cache(maxsize=20_000)
def telling(cell: str, heading: str = "") -> str:
    """Return what a cell under an unknown heading says of a hazard, "" if nothing, or perhaps who somebody is."""
    said = plain(cell[:1000]).strip()
    if not said or (heading and _PEOPLE.search(heading)):
        return ""
    words, known = _known()
    if said in _YES:
        return heading if known.search(plain(heading)) else ""
    if _CODE.fullmatch(cell.strip()):
        return cell.strip()
    enough = len(_HAN.findall(said)) >= SENTENCE or len(re.findall(r"[a-z]{2,}", said)) >= MANY_WORDS
    return cell.strip() if enough or known.search(said) or find_pairs(said, words.pairs) else ""


def cells_of(cells: Iterable[tuple[str, str]], mask: Any = text.mask_identity) -> tuple[str, ...]:
    """Return what the cells (heading, cell) of one row say, each thing once, masked."""
    said = (telling(cell, heading) for heading, cell in cells if cell)
    return tuple(dict.fromkeys(text.clean(mask(one), limit=1000) for one in said if one))[:MOST]


def parted(reports: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[Any] | None]:
    """Return reports without the column of what was not read, and that column."""
    if UNREAD not in reports:
        return reports, None
    said = [cells if isinstance(cells, tuple) else () for cells in reports[UNREAD]]
    return reports.drop(columns=UNREAD), pd.Series(said, index=reports.index, dtype=object)


def lines_of(lines: Iterable[Sequence[str]]) -> pd.DataFrame:
    """Return lines of a sheet that is not read: all that each says, and a code of a type among its cells."""
    rows = [[cell.strip() for cell in line if cell and cell.strip()] for line in lines]
    codes = [next((cell for cell in row if _CODE.fullmatch(cell)), "") for row in rows]
    said = [text.mask_identity(" ".join(row)[:1000]) for row in rows]
    return pd.DataFrame({"type_ref": codes, "description": said}, dtype=object)


def with_unread(intake: Intake, types: pd.DataFrame, keywords: Keywords) -> Intake:
    """Return an intake whose reports say what stood under unknown headings, where it counts, and what is told of it.

    Parameters
    ----------
    types : DataFrame
        Of the project; a cell that is nothing but the code of one is followed by its names.
    keywords : Keywords
    """
    reports, unread = intake.reports, intake.unread
    if unread is None or not len(reports):
        return intake
    said = pd.Series([_named(cells, types) for cells in unread], index=reports.index, dtype=object)
    if not (said != "").any():
        return intake
    bare = (reports["description"] == "") & (reports["type_ref"] == "") & (said != "")
    urgent = urgent_words(said, types, keywords)["word"] != ""
    urgent &= urgent_words(reports["description"], types, keywords)["word"] == ""
    add = (bare | urgent) & (reports["record"] != "alert")
    if not add.any():
        return intake
    whole = np.where(reports["description"] == "", said, reports["description"] + "\n" + said)
    told = Finding(
        "suspicion", "intake.unread_words", intake.label,
        f"{some_rows(reports['row'].to_numpy(np.int64)[add])}: what stands under headings that nobody reads is kept "
        "as the description", "map the column under [intake.columns]",
    )  # fmt: skip
    described = [text.clean(one, multiline=True) for one in np.where(add, whole, reports["description"])]
    return replace(intake, reports=put(reports, description=described), findings=(*intake.findings, told))


def _named(cells: Sequence[str], types: pd.DataFrame) -> str:
    return "; ".join(
        f"{cell} {types.loc[cell, 'name_zh']!s} {types.loc[cell, 'name_en']!s}" if cell in types.index else cell
        for cell in cells
        if cell in types.index or not _CODE.fullmatch(cell)
    )
