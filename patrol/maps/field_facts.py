"""What a crew should know at each of its stops: what to look for, what is open there, what was found before.

Taken from the project's own frames, never from the planning. What is said here goes to phones: no reporter, no
customer, no grade of a user. A hazard's own words are left out where they seem to name or reach a person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from patrol import text
from patrol.hazards.at_stops import Row, day_of, hazards_at_stops
from patrol.plan import Plan
from patrol.risk.lookout import look_for

LONGEST = 120  # characters of a hazard's own words


@dataclass(frozen=True, slots=True)
class Known:
    """A hazard as a crew is told of it; texts are clean, ``day`` is ISO or '', ``own``: the visit is made for it."""

    hazard_id: str
    type: str
    type_zh: str
    grade: str
    state: str
    day: str
    pole: str
    words: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at one stop.

    Attributes
    ----------
    watch : tuple of (code, name, name_zh)
        Hazard types to look for, those first by which a patrol is worth most; none for a visit.
    open, past : tuple of Known
        Hazards there, see :class:`patrol.hazards.at_stops.Here`.
    last_patrol : str
        ISO day, '' where it is not known or the stop is no section.
    feeder, feeder_zh : str
        Name of the line.
    """

    watch: tuple[tuple[str, str, str], ...] = ()
    open: tuple[Known, ...] = ()
    past: tuple[Known, ...] = ()
    last_patrol: str = ""
    feeder: str = ""
    feeder_zh: str = ""


def stop_facts(
    plan: Plan,
    shift: Mapping[str, Any],
    *,
    sections: gpd.GeoDataFrame,
    hazards: gpd.GeoDataFrame,
    types: pd.DataFrame,
    likely: pd.DataFrame,
    names: Collection[str],
) -> dict[int, Facts]:
    """Return what is known at each stop with a task, by its position on the route.

    Parameters
    ----------
    sections : GeoDataFrame
        ``section_id`` and what is known of ``placement, last_patrol, line_name, line_name_zh``.
    hazards : GeoDataFrame
        Open and past ones: ``hazard_id, type, state, reported, closed, pole_no, description``, and
        ``hazard_class`` where it is known.
    types : DataFrame
        Hazard types by code.
    likely : DataFrame
        As :func:`patrol.risk.lookout.likely_by_party` returns it. Where it is empty, or knows nothing of a section or
        of the party, no types are named there.
    names : collection of str
        Names of people that the project knows of; words with one of them are not told.
    """
    tasks = plan.tasks
    here = hazards_at_stops(plan, shift, sections=sections, hazards=hazards, types=types)
    names_at = {at: tasks.get(shift["route"][at]["task_id"], {}).get("section_id", "") for at in here}
    lines: dict[str, Any] = {}
    if len(sections):
        mine = sections[sections["section_id"].isin(set(names_at.values()))]
        lines = {row["section_id"]: row for row in pd.DataFrame(mine).to_dict("records")}
    out = {}
    for at, near in here.items():
        name = names_at[at]
        section = lines.get(name, {})
        out[at] = Facts(
            watch=_watch(types, look_for(likely, name, shift["party"])),
            open=tuple(_known(row, types, names) for row in near.open),
            past=tuple(_known(row, types, names) for row in near.past),
            last_patrol=day_of(section.get("last_patrol")),
            feeder=text.clean(section.get("line_name") or section.get("feeder_id")),
            feeder_zh=text.clean(section.get("line_name_zh")),
        )
    return out


def safe_words(words: object, names: Collection[str] = ()) -> str:
    """Return a hazard's own words, or '' where they seem to name a person or hold a number to reach one.

    A register masks a reporter's words when it takes them in; nobody masks those of an office list. So whatever looks
    like a telephone or identity number, an address for mail, a known name, or somebody's name
    (:func:`patrol.text.names_somebody`) keeps all of the words off the page.
    """
    said = text.clean(words)
    if not said or text.mask_identity(said) != said or text.names_somebody(said):
        return ""
    if any(len(name) > 1 and name in said for name in map(text.clean, names)):
        return ""
    return text.clean(said, limit=LONGEST)


def _known(row: Row, types: pd.DataFrame, names: Collection[str]) -> Known:
    """Return a hazard as it is told."""
    code = row["type"]
    kind: dict[Any, Any] = types.loc[code].to_dict() if code in types.index else {}
    return Known(
        hazard_id=text.clean(row.get("hazard_id")),
        type=text.clean(kind.get("name_en", code)),
        type_zh=text.clean(kind.get("name_zh", code)),
        grade=row["grade"],
        state=text.clean(row.get("state")),
        day=row["day"],
        pole=text.clean(row.get("pole_no"), limit=40),
        words=safe_words(row.get("description"), names),
        own=row["own"],
    )


def _watch(types: pd.DataFrame, codes: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    return tuple((code, text.clean(types.at[code, "name_en"]), text.clean(types.at[code, "name_zh"])) for code in codes)
