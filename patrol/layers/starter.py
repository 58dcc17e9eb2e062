"""What a planner starts from: an example folder to edit, and placeholder crews for imported ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol.errors import Finding
from patrol.layers.folder import PROJECT_FILE, write_folder
from patrol.layers.gcj import inside_box
from patrol.layers.project_file import project_text
from patrol.layers.schema import CREWS
from patrol.layers.templates import howto_text, inbox_files, template_files

# A settlement counts by its kind, then by its people.
SIZE = {"city": 0, "town": 1, "village": 2, "suburb": 2, "hamlet": 3, "isolated_dwelling": 4}
NEAR_M = 15_000.0  # a crew that patrols a line is not stationed farther away if it can be helped
_MARK, _MARK_ZH = "PLACEHOLDER - edit me", "占位-请修改"
_HOURS: dict[str, dict[str, Any]] = {
    "enterprise": {
        "crew_id": "E1", "mode": "vehicle", "people": 2, "shift_start": "08:30", "shift_end": "17:30",
        "weekdays": "12345", "break_earliest": "11:30", "break_latest": "13:30", "break_minutes": 60,
    },
    "government": {
        "crew_id": "G1", "mode": "vehicle", "people": 2, "shift_start": "08:30", "shift_end": "12:00",
        "weekdays": "25", "break_minutes": 0,
    },
    "fire": {
        "crew_id": "F1", "mode": "vehicle", "people": 2, "shift_start": "14:00", "shift_end": "17:30",
        "weekdays": "15", "break_minutes": 0,
    },
    "villager": {
        "crew_id": "V1", "mode": "foot", "people": 1, "shift_start": "08:00", "shift_end": "09:00",
        "weekdays": "67", "break_minutes": 0, "max_walk_km": 4.0,
    },
}  # fmt: skip
_NAMES = {"enterprise": ("Line crew", "运维班"), "government": ("Township team", "乡镇巡查队"),
          "fire": ("Fire team", "消防队"), "villager": ("Villager", "村民")}  # fmt: skip


def init_project(out: Path | str, *, on: date | None = None, overwrite: bool = False) -> None:
    """Write a commented ``project.toml``, a template of every input, and ``HOWTO.txt`` in two languages.

    The templates are a tiny invented feeder, so that the folder checks and plans before it is edited.
    ``on`` is the day from which sections of unknown last patrol are spread over a cycle.

    Raises
    ------
    LayerError
        If one of the files is there already and ``overwrite`` is false, or the folder cannot be written.
    """
    texts, inputs = template_files()
    head = {"name": "EXAMPLE - rename me", "name_zh": "示例-请改名", "synthetic": True}
    project = project_text(inputs, settings=cold_start(on), **head)
    whole = {**texts, PROJECT_FILE: project, "HOWTO.txt": howto_text(), **inbox_files()}
    write_folder(Path(out), {}, whole, overwrite=overwrite)


def starter_crews(lines: gpd.GeoDataFrame, places: gpd.GeoDataFrame, substations: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return one placeholder crew of each party, stationed by the lines.

    The enterprise crew starts at the substation nearest to the lines, else at the largest settlement;
    government there too; fire at the next largest; the villager on foot at the village nearest to a
    line. Settlements within 15 km of the lines are preferred. Where there is none, everybody starts at the
    substation, and without one at the end of the first line. Hours and people are guesses to be edited.

    Parameters
    ----------
    lines : GeoDataFrame
        Lines to be patrolled, at least one, in EPSG:4326.
    places : GeoDataFrame
        Settlements (points) with ``kind, name, name_zh`` and perhaps ``population``; may be empty.
    substations : GeoDataFrame
        Points with ``name, name_zh``; may be empty.

    Returns
    -------
    DataFrame
        Every column of the crews schema; ``placeholder`` is true and names say so.
    """
    metres = lines.estimate_utm_crs()
    target = shapely.union_all(lines.geometry.to_crs(metres).to_numpy())
    spare = _spot(substations, _away(substations, metres, target)) or _end_of(lines)
    towns = _ranked(places, _away(places, metres, target))
    homes = places[places["kind"].map(SIZE).fillna(9) >= SIZE["village"]]
    largest = towns[0] if towns else spare
    start = {
        "enterprise": _spot(substations, _away(substations, metres, target)) or largest,
        "government": largest,
        "fire": towns[1] if len(towns) > 1 else largest,
        "villager": _spot(homes, _away(homes, metres, target)) or largest,
    }
    rows = [_crew(party, *start[party]) for party in _HOURS]
    return pd.DataFrame(rows, columns=list(CREWS.columns))


def local_defaults(lines: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return ``timezone``, ``timezone_guessed`` and ``language`` to start with, from where the lines (EPSG:4326) lie.

    In the rectangle round China they are ``Asia/Shanghai`` and ``zh``; elsewhere ``en`` and the nautical
    zone of the longitude, which knows no summer time and is marked as guessed.
    """
    degrees = shapely.get_coordinates(lines.geometry.to_numpy())
    turn = np.exp(1j * np.radians(degrees[:, 0])).mean()  # longitudes 179 and -179 are 2 degrees apart, round 180
    lon, lat = np.array([np.degrees(np.angle(turn)), degrees[:, 1].mean()])
    if inside_box(lon, lat):
        return {"timezone": "Asia/Shanghai", "timezone_guessed": False, "language": "zh"}
    hours = round(lon / 15)
    # The sign of these names is the opposite of the offset: Etc/GMT-1 is one hour ahead of Greenwich.
    zone = "Etc/UTC" if hours == 0 else f"Etc/GMT{-hours:+d}"
    return {"timezone": zone, "timezone_guessed": True, "language": "en"}


def cold_start(on: date | None) -> dict[str, dict[str, Any]]:
    """Return the setting by which sections of unknown last patrol are spread over a cycle from a day on.

    Without it every plan would spread them from its own first day, and the same sections come up each time.
    """
    return {} if on is None else {"cycles": {"cold_start": on.isoformat()}}


def starter_note(crews: pd.DataFrame) -> Finding:
    """Return the note that the crews are invented."""
    what = f"{len(crews)} starter crews are placeholders: their hours, people and places are guesses"
    return Finding("note", "crews.placeholder", "crews.csv", what, "edit crews.csv before you trust a plan")


Spot = tuple[float, float, str, str]


def _away(points: gpd.GeoDataFrame, metres: Any, target: Any) -> np.ndarray:
    return points.geometry.to_crs(metres).distance(target).round(0).to_numpy() if len(points) else np.empty(0)


def _spot(points: gpd.GeoDataFrame, away: np.ndarray) -> Spot | None:
    """Return the nearest of the points, if there is any."""
    return _place(points, int(np.argmin(away))) if len(points) else None


def _ranked(places: gpd.GeoDataFrame, away: np.ndarray) -> list[Spot]:
    people = places["population"] if "population" in places else pd.Series(np.nan, index=places.index)
    table = pd.DataFrame(
        {
            "far": away > NEAR_M,
            "size": places["kind"].map(SIZE).fillna(9).to_numpy(),
            "people": -people.fillna(0).to_numpy(dtype=float),
            "away": away,
        }
    )
    order = table.sort_values(["far", "size", "people", "away"], kind="stable").index
    return [_place(places, int(row)) for row in order[:2]]


def _place(points: gpd.GeoDataFrame, row: int) -> Spot:
    one, point = points.iloc[row], points.geometry.iloc[row]
    return float(point.x), float(point.y), str(one["name"]), str(one["name_zh"])


def _end_of(lines: gpd.GeoDataFrame) -> Spot:
    lon, lat = shapely.get_coordinates(lines.geometry.iloc[0])[0]
    return float(lon), float(lat), "", ""


def _crew(party: str, lon: float, lat: float, name: str, name_zh: str) -> dict[str, Any]:
    english, chinese = _NAMES[party]
    at, at_zh = name or name_zh, name_zh or name
    return {
        **{column: "" for column, what in CREWS.columns.items() if what.kind == "text"},
        **_HOURS[party],
        "party": party,
        "name": f"{english}{f', {at}' if at else ''} ({_MARK})",
        "name_zh": f"{at_zh}{chinese}（{_MARK_ZH}）",
        "start_lon": round(lon, 7),
        "start_lat": round(lat, 7),
        "placeholder": True,
    }
