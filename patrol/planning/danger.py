"""Who keeps away from what: volunteers and officials are not sent past a danger on another errand either."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from patrol.config import PlanningSettings, Settings
from patrol.layers.schema import PARTIES

Shapes = NDArray[np.object_]


def task_shapes(tasks: pd.DataFrame, points: list[Any], sections: gpd.GeoDataFrame) -> Shapes:
    """Return what each task covers: the line of a section, the point of a visit."""
    shapes = np.empty(len(points), dtype=object)
    shapes[:] = points
    lines = (tasks["kind"] == "section").to_numpy()
    shapes[lines] = sections.geometry.loc[tasks.loc[lines, "ref"]].to_numpy()
    return shapes


def keep_away(
    shapes: Shapes, parties: pd.Series[Any], hazards: gpd.GeoDataFrame, settings: Settings
) -> list[tuple[str, ...]]:
    """Return the parties of each task, less those that may not come near an open hazard beside it.

    Volunteers and officials are never sent to fire, flood or a line that is or may come down (design,
    section 7): not to look at it, and not past it either. Within ``danger_m`` of an emergency, and within
    ``beside_m`` of live or falling parts, only those may go who may look at that hazard.

    Parameters
    ----------
    shapes : ndarray of geometries, shape (n,)
        What the tasks cover, metric CRS.
    hazards : GeoDataFrame
        Open hazards with ``parties`` (who may look) and ``hazard_class``, metric CRS.
    """
    result = [tuple(names) for names in parties]
    barred = hazards[[len(names) < len(PARTIES) for names in hazards["parties"]]]
    if barred.empty or not len(shapes):
        return result
    planning = settings.planning
    radius = np.where(barred["hazard_class"] == "emergency", planning.danger_m, planning.beside_m)
    hazard, task = shapely.STRtree(shapes).query(barred.geometry.to_numpy(), predicate="dwithin", distance=radius)
    allowed = barred["parties"].to_list()
    for number, index in zip(hazard.tolist(), task.tolist(), strict=True):
        result[index] = tuple(name for name in result[index] if name in allowed[number])
    return result


def allowed_shifts(
    tasks: gpd.GeoDataFrame,
    shapes: Shapes,
    sections: gpd.GeoDataFrame,
    shifts: pd.DataFrame,
    settings: PlanningSettings,
) -> list[tuple[int, ...] | None]:
    """Return the shifts that may serve each task, None for all.

    A villager stays within ``volunteer_walk_m`` of home with the whole of a task, and nobody is alone in the
    mountains: on a section of region class ``mountain``, or at a visit whose nearest section is one.
    """
    if tasks.empty or shifts.empty:
        return [None] * len(tasks)
    ok = np.ones((len(tasks), len(shifts)), dtype=bool)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    starts = np.searchsorted(owner, np.arange(len(tasks)))
    home = shifts[["home_x", "home_y"]].to_numpy(float)
    for number in np.flatnonzero((shifts["party"] == "villager").to_numpy()):
        farthest = np.maximum.reduceat(np.hypot(*(xy - home[number]).T), starts)
        ok[:, number] = farthest <= settings.volunteer_walk_m
    mountain = _in_mountains(tasks, shapes, sections)
    few = (shifts["people"] < settings.night_people).to_numpy()
    ok[np.ix_(mountain, few)] = False
    return [None if row.all() else tuple(int(k) for k in np.flatnonzero(row)) for row in ok]


def _in_mountains(tasks: pd.DataFrame, shapes: Shapes, sections: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    high = (sections["region_class"] == "mountain").to_numpy()
    found = np.zeros(len(tasks), dtype=bool)
    if not high.any():
        return found
    lines = (tasks["kind"] == "section").to_numpy()
    found[lines] = high[sections.index.get_indexer(tasks.loc[lines, "ref"])]
    if not lines.all():
        found[~lines] = high[shapely.STRtree(sections.geometry.to_numpy()).nearest(shapes[~lines])]
    return found
