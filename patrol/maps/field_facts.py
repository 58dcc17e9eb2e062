"""What a crew should know at each of its stops: what to look for, what is open there, what was found before.

Taken from the project's own frames, never from the planning. What is said here goes to phones: no reporter, no
customer, no grade of a user. A hazard's own words are left out where they seem to name or reach a person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from patrol import text
from patrol.hazards.model import OPEN_STATES
from patrol.maps.packing import to_wgs84
from patrol.maps.style import GRADES
from patrol.maps.surroundings import utm_of
from patrol.plan import Plan

NEAR_M = 60.0  # of a section's line or a visit's place: a span or so
WATCHED = 5  # types named at a stop; more is read by nobody
MOST = 4  # hazards named at a stop, of either sort
LONGEST = 120  # characters of a hazard's own words
UNKNOWN = "unclassified"
_UNDERGROUND = {"underground": "UG"}


@dataclass(frozen=True, slots=True)
class Known:
    """A hazard as a crew is told of it; texts are clean, ``day`` is ISO or ''."""

    hazard_id: str
    type: str
    type_zh: str
    grade: str
    state: str
    day: str
    pole: str
    words: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at one stop.

    Attributes
    ----------
    watch : tuple of (code, name, name_zh)
        Hazard types to look for, the likeliest of the day first; none for a visit.
    open, past : tuple of Known
        Hazards near: open ones by grade and age, and what was found and dealt with, the latest first.
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
    likely: pd.Series[Any],
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
    likely : Series
        By code: how often a type comes on this day (base rate times season), see
        :func:`patrol.maps.field_facts.type_rates`.
    names : collection of str
        Names of people that the project knows of; words with one of them are not told.
    """
    tasks = plan.tasks
    served = [(at, tasks.get(stop["task_id"], {}), stop) for at, stop in enumerate(shift["route"]) if stop["task_id"]]
    if not served:
        return {}
    lines = {}
    if len(sections):
        mine = sections[sections["section_id"].isin({task.get("section_id", "") for _, task, _ in served})]
        lines = {row["section_id"]: row for row in to_wgs84(mine).to_dict("records")}
    shapes = [
        lines[task["section_id"]]["geometry"] if task.get("section_id", "") in lines
        else shapely.Point(task.get("lon", stop["lon"]), task.get("lat", stop["lat"]))  # not where the car stays
        for _, task, stop in served
    ]  # fmt: skip
    every = to_wgs84(hazards)
    near = _near(gpd.GeoSeries(shapes, crs="EPSG:4326"), every)
    rows = sorted({row for here in near for row in here})
    told = every.iloc[rows].to_dict("records")
    on = date.fromisoformat(shift["date"])
    known = {row: _known(record, types, names, on=on) for row, record in zip(rows, told, strict=True)}
    out = {}
    for place, (at, task, _) in enumerate(served):
        section = lines.get(task.get("section_id", ""), {})
        here = [known[row] for row in near[place]]
        out[at] = Facts(
            watch=_watch(types, likely, _UNDERGROUND.get(section.get("placement", ""), "OH")) if section else (),
            open=tuple(sorted((one for one, is_open in here if is_open), key=_by_grade)[:MOST]),
            past=tuple(sorted((one for one, is_open in here if not is_open), key=_by_day, reverse=True)[:MOST]),
            last_patrol=_day(section.get("last_patrol")),
            feeder=text.clean(section.get("line_name") or section.get("feeder_id")),
            feeder_zh=text.clean(section.get("line_name_zh")),
        )
    return out


def type_rates(types: pd.DataFrame, season: pd.Series[Any]) -> pd.Series[Any]:
    """Return how often each type comes on a day, by code: its base rate times what the season makes of it."""
    factor = season.reindex(types.index).fillna(1.0).astype(float)
    rates: pd.Series[Any] = types["base_rate_per_100km_yr"].astype(float) * factor
    return rates


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


def _near(shapes: gpd.GeoSeries, hazards: gpd.GeoDataFrame) -> list[list[int]]:
    """Return for each shape the rows of the hazards within ``NEAR_M``."""
    found: list[list[int]] = [[] for _ in range(len(shapes))]
    crs = utm_of(shapes)
    metric = shapes.to_crs(crs)
    box = shapely.box(*metric.buffer(NEAR_M).to_crs("EPSG:4326").total_bounds)
    maybe = np.sort(hazards.sindex.query(box))  # few of a county's
    if not len(maybe):
        return found
    tree = shapely.STRtree(hazards.geometry.iloc[maybe].to_crs(crs).to_numpy())
    pairs: NDArray[np.int64] = tree.query(metric.to_numpy(), predicate="dwithin", distance=NEAR_M)
    for place, row in pairs.T.tolist():
        found[place].append(int(maybe[row]))
    return [sorted(rows) for rows in found]


def _known(row: Mapping[Any, Any], types: pd.DataFrame, names: Collection[str], *, on: date) -> tuple[Known, bool]:
    """Return a hazard as it is told, and whether it is open on a day."""
    code = row["type"] if row.get("type") in types.index else UNKNOWN
    kind: dict[Any, Any] = types.loc[code].to_dict() if code in types.index else {}
    reported, closed = _day(row.get("reported")), _day(row.get("closed"))
    is_open = row.get("state") in OPEN_STATES and not closed and reported <= on.isoformat()
    grade = row.get("hazard_class")
    known = Known(
        hazard_id=text.clean(row.get("hazard_id")),
        type=text.clean(kind.get("name_en", code)),
        type_zh=text.clean(kind.get("name_zh", code)),
        grade=grade if grade in GRADES else str(kind.get("default_class", "")),
        state=text.clean(row.get("state")),
        day=reported if is_open else closed or reported,
        pole=text.clean(row.get("pole_no"), limit=40),
        words=safe_words(row.get("description"), names),
    )
    return known, is_open


def _watch(types: pd.DataFrame, likely: pd.Series[Any], scope: str) -> tuple[tuple[str, str, str], ...]:
    fits = types["scope"].isin([scope, "BOTH"]) & (types.index != UNKNOWN)
    rates = likely.reindex(types.index[fits]).fillna(0.0)
    first = rates[rates > 0].sort_values(ascending=False, kind="stable").index[:WATCHED]
    return tuple(
        (str(code), text.clean(types.at[code, "name_en"]), text.clean(types.at[code, "name_zh"])) for code in first
    )


def _by_grade(known: Known) -> tuple[int, str]:
    return -GRADES.index(known.grade) if known.grade in GRADES else 1, known.day


def _by_day(known: Known) -> str:
    return known.day


def _day(value: Any) -> str:
    moment = pd.Timestamp(value) if value is not None and not isinstance(value, str) else pd.NaT
    return "" if pd.isna(moment) else moment.date().isoformat()
