"""What is doubtful about the type of a report: an unknown word, several types, an emergency beside a mild type."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import numpy as np
import pandas as pd

from patrol.errors import Finding
from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.asking import Asking, quoted
from patrol.hazards.keywords import Keywords
from patrol.network.trees import BoolArray

UNKNOWN = "unknown given:"
CODES = ("type_unknown", "perhaps_emergency", "perhaps_over", "type_several")  # kept with a report
_NEAR = 5  # names offered for a word nobody knows
_ADVISED = 20  # different words for which names are looked up


def graded(reports: pd.DataFrame, kind: pd.DataFrame, urgent: pd.DataFrame) -> pd.Series[str]:
    """Return ``emergency`` for reports without a type that say a word of one, "" for all others.

    Nobody knows what it is, so the gravest that it may be counts until somebody has looked. What is said to be
    dealt with is called in all the same, but opens no emergency: a person asks.
    """
    grave = (kind["type"] == UNCLASSIFIED) & (urgent["word"] != "") & ~urgent["over"]
    grave &= reports["record"] == "hazard"
    return pd.Series(np.where(grave, "emergency", ""), index=reports.index, dtype=object)


def doubts(
    reports: pd.DataFrame, kind: pd.DataFrame, urgent: pd.DataFrame, types: pd.DataFrame, keywords: Keywords
) -> tuple[Finding, ...]:
    """Return suspicions about types, one a distinct cause with the first row and how many.

    Parameters
    ----------
    reports : DataFrame
        REPORT_COLUMNS.
    kind, urgent : DataFrame
        What ``classify.classify`` and ``classify.urgent_words`` say of them, on the same index.
    types : DataFrame
        Hazard types of the project.
    keywords : Keywords
    """
    asking = Asking(reports, [])
    rows = _rows(reports, kind, urgent, types)
    code, by, word = (column.to_numpy(object) for column in (kind["type"], kind["matched_by"], urgent["word"]))

    def tell(rows: BoolArray, name: str, said: Iterable[str], mend: str) -> None:
        what = np.full(len(reports), "", dtype=object)
        what[rows] = list(said)
        asking.doubt(rows, name, "type_ref", what, mend)

    unknown, mild, done, several = (rows[name] for name in CODES)
    names = [one.removeprefix(UNKNOWN).split(";")[0] for one in by[unknown]]
    near = {name: near_names(name, types, keywords) for name in list(dict.fromkeys(names))[:_ADVISED]}
    shown = (f"hazard type {quoted(name)} is not known, the words decide; {near.get(name, '')}" for name in names)
    tell(unknown, "type_unknown", (one.rstrip("; ") for one in shown), "write a code or a name of hazard_types.csv")
    shown = (f"taken in as {c} though it says {quoted(w)}: call" for c, w in zip(code[mild], word[mild], strict=True))
    tell(mild, "perhaps_emergency", shown, "if it is one: patrol hazards set PROJECT ID --class emergency")
    shown = (
        f"says {quoted(one)}, and that it is dealt with: called in, not opened as an emergency" for one in word[done]
    )
    mend = "ask whether it is so, then: patrol hazards refute PROJECT ID, or set PROJECT ID --class emergency"
    tell(done, "perhaps_over", shown, mend)
    shown = (f"may be any of {one.replace('|', ', ')}: unclassified" for one in kind["candidates"][several])
    tell(several, "type_several", shown, "say which: patrol hazards set PROJECT ID --type CODE")
    return tuple(asking.told)


def doubt_codes(reports: pd.DataFrame, kind: pd.DataFrame, urgent: pd.DataFrame, types: pd.DataFrame) -> pd.Series[str]:
    """Return what is doubtful about each report's type, for the register: some of :data:`CODES`, joined by "|"."""
    rows = _rows(reports, kind, urgent, types)
    told = np.full(len(reports), "", dtype=object)
    for name in CODES:
        told[rows[name]] += f"|{name}"
    return pd.Series(told, index=reports.index, dtype=object).str.removeprefix("|")


def _rows(reports: pd.DataFrame, kind: pd.DataFrame, urgent: pd.DataFrame, types: pd.DataFrame) -> dict[str, BoolArray]:
    """Return which reports have each doubt."""
    hazard = (reports["record"] == "hazard").to_numpy(bool)
    over, worded = urgent["over"].to_numpy(bool), (urgent["word"] != "").to_numpy(bool)
    mild = hazard & worded & ~over & (kind["type"] != UNCLASSIFIED).to_numpy(bool)
    mild &= (kind["type"].map(types["default_class"]) != "emergency").to_numpy(bool)
    return {
        "type_unknown": hazard & kind["matched_by"].str.startswith(UNKNOWN).to_numpy(bool),
        "perhaps_emergency": mild,
        "perhaps_over": hazard & over,
        "type_several": hazard & (kind["candidates"] != "").to_numpy(bool),
    }


def near_names(name: str, types: pd.DataFrame, keywords: Keywords) -> str:
    """Return the codes and names like a type that nobody knows, "" if there are none."""
    known: dict[str, str] = {}
    for code, row in types.iterrows():
        for one in (str(code), str(row["name_zh"]), str(row["name_en"])):
            known.setdefault(one.casefold(), str(code))
    for word, codes in keywords.codes.items():
        if len(codes) == 1 and codes[0] in types.index:
            known.setdefault(word, codes[0])
    like = difflib.get_close_matches(name.casefold(), list(known), n=4 * _NEAR, cutoff=0.5)
    like += [one for one in known if len(name) > 1 and name.casefold() in one]
    near = list(dict.fromkeys(known[one] for one in like))[:_NEAR]
    if not near:
        return ""
    shown = (f"{one} {types.loc[one, 'name_zh']!s} ({types.loc[one, 'name_en']!s})" for one in near)
    return "near it: " + ", ".join(shown)
