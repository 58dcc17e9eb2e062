"""What the network is built from: patrolled lines in an order of their own, and whose feeder each row is."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol.config import NetworkSettings
from patrol.errors import Finding, NetworkError
from patrol.network.axis import Geometries, first_of, lay_out
from patrol.network.naming import feeder_codes
from patrol.network.snapping import snap_poles
from patrol.network.trees import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Intake:
    """Checked inputs, ready to be drawn.

    Attributes
    ----------
    lines, poles, equipment : GeoDataFrame
        Lines up to the voltage limit in canonical order and direction; poles in order of preference;
        equipment as given, each with a RangeIndex.
    drawn : ndarray of LineString
        Geometry of ``lines`` in the direction it was drawn.
    high : ndarray of geometries
        Lines above the voltage limit.
    feeder_ids : list of str
        Ids that lines name; the code arrays count into it, -1 unknown.
    pole_xy, equipment_xy : ndarray, shape (k, 2)
    only : ndarray, shape (k,)
        The line that equipment is said to stand on (column ``line_id``), -1 where none is said.
    """

    lines: gpd.GeoDataFrame
    poles: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    drawn: Geometries
    high: Geometries
    feeder_ids: list[str]
    line_code: IntArray
    pole_code: IntArray
    equipment_code: IntArray
    pole_xy: FloatArray
    equipment_xy: FloatArray
    only: IntArray
    findings: tuple[Finding, ...]


def take_in(
    lines: gpd.GeoDataFrame, poles: gpd.GeoDataFrame, equipment: gpd.GeoDataFrame, settings: NetworkSettings
) -> Intake:
    """Set high voltage apart, put rows into canonical order, and give every row its feeder code.

    Raises
    ------
    NetworkError
        If no line is left at or below ``distribution_max_kv``.
    """
    high = (lines["voltage_kv"] > settings.distribution_max_kv).to_numpy(dtype=bool)
    if high.all():
        what = f"no line at or below {settings.distribution_max_kv:g} kV" if len(lines) else "there are no lines"
        mend = "check voltage_kv, or raise settings.network.distribution_max_kv" if len(lines) else "give a lines layer"
        raise NetworkError(Finding("error", "network.no_lines", "lines", what, mend))
    kept, drawn = _canonical(lines.loc[~high])
    apart = set(lines.loc[high, "feeder_id"]) - set(kept["feeder_id"])
    theirs = poles["feeder_id"].isin(apart)
    findings = _say_set_apart(lines.loc[high], int(theirs.sum()), settings)
    poles = poles.loc[~theirs]
    branch, number = (pd.factorize(poles[name], sort=True)[0] for name in ("branch", "pole_no"))
    pole_xy = shapely.get_coordinates(poles.geometry.array).reshape(-1, 2)
    order = np.lexsort((pole_xy[:, 1], pole_xy[:, 0], number, branch, (poles["branch"] != "").to_numpy()))
    poles, pole_xy = poles.iloc[order].reset_index(drop=True), pole_xy[order]
    kept, named = _named_by_poles(kept, poles, pole_xy, settings)
    findings += _say_named_by_poles(named)
    equipment = equipment.reset_index(drop=True)
    ids, (line_code, pole_code, equipment_code) = feeder_codes(kept, poles, equipment)
    only = np.full(len(equipment), -1)
    if "line_id" in equipment.columns:
        row_of = pd.Series(np.arange(len(kept)), index=kept["line_id"]).groupby(level=0).first()
        only = equipment["line_id"].map(row_of).fillna(-1).to_numpy(dtype=np.int64)
    return Intake(
        kept, poles, equipment, drawn, lines.geometry.array[high], ids, line_code, pole_code, equipment_code,
        pole_xy, shapely.get_coordinates(equipment.geometry.array).reshape(-1, 2), only, tuple(findings),
    )  # fmt: skip


def _canonical(lines: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Geometries]:
    """Return lines from their smaller end on, sorted by place: the result must not depend on drawing.

    Their geometry as it was drawn comes in the same order.
    """
    axis = lay_out(lines.geometry.array)
    one, other = axis.xy[axis.first], axis.xy[axis.last]
    closed = (one == other).all(axis=1)[:, None]
    one = np.where(closed, axis.xy[np.minimum(axis.first + 1, axis.last)], one)
    other = np.where(closed, axis.xy[np.maximum(axis.last - 1, axis.first)], other)
    turned = (one[:, 0] > other[:, 0]) | ((one[:, 0] == other[:, 0]) & (one[:, 1] > other[:, 1]))
    geometry = axis.geometry.copy()
    geometry[turned] = shapely.reverse(geometry[turned])
    low, high = np.where(turned[:, None], other, one), np.where(turned[:, None], one, other)
    keys = (axis.length, high[:, 1], high[:, 0], low[:, 1], low[:, 0])
    order = np.lexsort(keys)
    if (np.diff(np.column_stack(keys)[order], axis=0) == 0).all(axis=1).any():  # drawn twice: the id decides
        order = np.lexsort((lines["line_id"].to_numpy(dtype=str), *keys))
    result = lines.set_geometry(gpd.GeoSeries(geometry, index=lines.index, crs=lines.crs))
    return result.iloc[order].reset_index(drop=True), axis.geometry[order]


def _named_by_poles(
    lines: gpd.GeoDataFrame, poles: gpd.GeoDataFrame, xy: FloatArray, settings: NetworkSettings
) -> tuple[gpd.GeoDataFrame, int]:
    """Give lines without a feeder the one that all their poles name; return the lines and how many were named."""
    bare = np.flatnonzero(lines["feeder_id"].to_numpy(dtype=str) == "")
    if not len(bare) or not (poles["feeder_id"] != "").any():
        return lines, 0
    axis = lay_out(lines.geometry.array)
    _, (known, pole_code) = feeder_codes(lines, poles)
    snap = snap_poles(axis, xy, (pole_code, known), radius=settings.pole_snap_m, tolerance=settings.snap_tolerance_m)
    on = np.flatnonzero(np.isin(snap.line, bare) & (poles["feeder_id"] != "").to_numpy())
    text, code = np.unique(poles["feeder_id"].to_numpy(dtype=str)[on], return_inverse=True)
    low, high = first_of(snap.line[on], code), first_of(snap.line[on], -code)
    sure = code[low] == code[high]
    where = snap.line[on][low[sure]]
    feeder = lines["feeder_id"].to_numpy(dtype=object).copy()
    feeder[where] = text[code[low[sure]]]
    return lines.assign(feeder_id=feeder), int(sure.sum())


def _say_set_apart(high: gpd.GeoDataFrame, poles: int, settings: NetworkSettings) -> list[Finding]:
    """Say how many kilometres lie above the voltage limit and are not patrolled."""
    if not len(high):
        return []
    km = float(shapely.length(high.geometry.array).sum()) / 1000
    classes = ", ".join(f"{kv:g} kV" for kv in sorted(set(high["voltage_kv"].tolist())))
    limit = f"{settings.distribution_max_kv:g} kV"
    what = f"{len(high)} line(s), {km:.1f} km of {classes}, lie above {limit} and are kept apart"
    what += f" with {poles} pole(s) of theirs" if poles else ""
    mend = "raise settings.network.distribution_max_kv to patrol them"
    return [Finding("note", "network.high_voltage", "lines", what, mend, field="voltage_kv", count=len(high))]


def _say_named_by_poles(count: int) -> list[Finding]:
    """Say how many lines took their feeder from their poles."""
    if not count:
        return []
    what = f"{count} line(s) without a feeder_id took the one that all their poles name"
    return [Finding("note", "network.feeder_from_poles", "lines", what, field="feeder_id", count=count)]
