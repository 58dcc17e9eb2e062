"""What came of taking reports in, in words a planner can read aloud."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from patrol import text
from patrol.hazards.receive import Received
from patrol.hazards.taxonomy import CLASSES
from patrol.words import name_of, say

TOP = 6  # types named one by one
REASONS = 3  # why rows were set aside: the most frequent ones


def intake_summary(
    received: Sequence[Received], hazards: pd.DataFrame, types: pd.DataFrame, lang: str, *, quarantine: str = ""
) -> str:
    """Return the summary of one import.

    Parameters
    ----------
    received : sequence of Received
        One a file.
    hazards : DataFrame
        The register's hazards after it, with ``overdue`` if they were asked for a day.
    types : DataFrame
    lang : str
    quarantine : str
        Name of the file with the rows set aside, "" if there are none.
    """
    lines = [_file(one, lang) for one in received]
    reports = _all(received)
    if len(reports):
        lines += ["", *_what(reports, types, lang), *_triage(reports, lang)]
    merged = sum(len(one.merged) for one in received)
    if merged:
        lines.append(_say("merged", lang, n=merged))
    lines += _set_aside(received, quarantine, lang)
    lines += ["", _standing(hazards, lang)]
    return "\n".join(lines)


def _set_aside(received: Sequence[Received], quarantine: str, lang: str) -> list[str]:
    """Return how many rows were set aside and mostly why, or that rows of earlier imports wait."""
    if not quarantine:
        return []
    reasons = Counter(item.what for one in received for item in one.findings if item.level == "rejected")
    rows = sum(len(one.intake.rejected) + len(one.aside) for one in received)
    file = text.clean(quarantine)
    if not rows:
        return [_say("waiting", lang, file=file)]
    why = [_say("why", lang, n=n, what=text.clean(what, limit=120)) for what, n in reasons.most_common(REASONS)]
    return [_say("quarantine", lang, n=rows, file=file), *why]


def _say(key: str, lang: str, **values: object) -> str:
    return say(f"hazards.summary.{key}", lang, **values)


def _file(one: Received, lang: str) -> str:
    taken = one.taken
    return _say(
        "file", lang, label=text.clean(one.intake.label, limit=120), form=one.intake.form,
        rows=len(one.intake.reports) + len(one.intake.rejected) + one.intake.repeated, reports=len(taken.reports),
        known=taken.known + one.intake.repeated,
        rejected=len(one.intake.rejected), new=len(taken.hazards_new), grown=len(taken.hazards_grown),
        requests=len(taken.requests), alerts=len(taken.alerts),
    )  # fmt: skip


def _all(received: Sequence[Received]) -> pd.DataFrame:
    frames = [one.reports[one.reports["record"] == "hazard"] for one in received if len(one.reports)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _what(reports: pd.DataFrame, types: pd.DataFrame, lang: str) -> list[str]:
    count = reports["type"].value_counts()
    names = {
        code: {"name": en, "name_zh": zh}
        for code, en, zh in zip(types.index, types["name_en"], types["name_zh"], strict=True)
    }
    named = [f"{name_of(names[code], lang)} {n}" for code, n in count.head(TOP).items()]
    if len(count) > TOP:
        named.append(_say("other", lang, n=int(count.iloc[TOP:].sum())))
    party = reports["party"].value_counts()
    told = [f"{_say(f'party_{name}', lang)} {n}" for name, n in party.items()]
    comma = "、" if lang == "zh" else ", "
    return [_say("types", lang, list=comma.join(named)), _say("parties", lang, list=comma.join(told))]


def _triage(reports: pd.DataFrame, lang: str) -> list[str]:
    counts = {
        "nowhere": int((reports["located_by"] == "").sum()),
        "off_network": int((reports["snap_state"] == "off_network").sum()),
        "ambiguous": int((reports["snap_state"] == "ambiguous").sum()),
        "unclassified": int((reports["type"] == "unclassified").sum()),
    }
    told = [_say(f"triage_{name}", lang, n=n) for name, n in counts.items() if n]
    return [_say("triage", lang), *(f"  {line}" for line in told)] if told else []


def _standing(hazards: pd.DataFrame, lang: str) -> str:
    open_ = hazards[hazards["open"]]
    classes = {name: int((open_["hazard_class"] == name).sum()) for name in CLASSES}
    overdue = int(open_["overdue"].sum()) if "overdue" in open_ else 0
    return _say("standing", lang, all=len(hazards), open=len(open_), overdue=overdue, **classes)
