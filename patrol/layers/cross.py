"""Checks between inputs: names nothing answers to, hazards placed by their pole, layers beside the lines."""

from __future__ import annotations

import difflib

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from patrol.config import CycleSettings
from patrol.errors import Finding
from patrol.layers.crs import WGS84, Declared, is_in_china, to_wgs84, transformed
from patrol.layers.gcj import Bd09, Gcj02, Wgs84, bd_from_gcj, gcj_from_wgs, wgs_from_bd, wgs_from_gcj
from patrol.layers.raw import Raw, some_rows
from patrol.layers.schema import REGIONS
from patrol.layers.values import spellings

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Frames = dict[str, pd.DataFrame]

NAMING_FEEDERS = ("poles", "equipment", "hazards", "patrols", "faults")
BESIDE_LINES = ("poles", "equipment", "hazards")
FEWEST = 8
SAMPLE = 2_000  # points that decide whether a layer sits beside the lines
BESIDE_M = 50.0  # median distance that asks for a reason
SHIFT_M = (300.0, 600.0)  # how far GCJ-02 is off in China
LONGEST_M = 2_000.0  # a shift beyond this is no datum's
ALONG_M = 30.0  # a line runs along a road that is no farther from it
EVERY_M = 40.0  # how far apart the places are at which lines are asked for their road
ALONG = 0.1  # at least so much of the lines must run along roads once a shift is taken back,
MORE_ALONG = 2.0  # and so many times as much as before
SIGMA = 6.0  # standard errors of the share that this must be beyond
FITS = 0.2  # a shift explains the distance if it leaves less than this share of it


def unknown_feeders(frames: Frames, raws: dict[str, Raw]) -> list[Finding]:
    """Return a suspicion for each feeder that an input names and no line has, if lines name feeders at all."""
    known = sorted({name for name in frames["lines"]["feeder_id"] if name})
    if not known:
        return []
    found = []
    for kind in NAMING_FEEDERS:
        if kind not in raws or frames[kind].empty:
            continue
        strange = frames[kind][~frames[kind]["feeder_id"].isin(["", *known])]
        for name, rows in strange.groupby("feeder_id", sort=True)["source_row"]:
            near = difflib.get_close_matches(str(name), known, n=1)
            mend = f"did you mean {near[0]!r}?" if near else "name a feeder_id of the lines, or add its line"
            what = f"no line has feeder_id {str(name)[:60]!r} ({some_rows(rows.to_numpy())})"
            found.append(raws[kind].suspicion("feeder_unknown", what, mend, row=int(rows.iloc[0]), name="feeder_id"))
    return found


def unknown_regions(frames: Frames, raws: dict[str, Raw], settings: CycleSettings) -> list[Finding]:
    """Return a suspicion for each region class of the lines that has no cycle of its own."""
    if "lines" not in raws or frames["lines"].empty:
        return []
    spelling = spellings(REGIONS)
    known = {spelling.get(name.casefold(), name) for name in settings.days} | {*REGIONS}
    lines, found = frames["lines"], []
    for name, rows in lines[~lines["region_class"].isin(known)].groupby("region_class", sort=True)["source_row"]:
        near = difflib.get_close_matches(str(name), sorted(known), n=1)
        mend = f"did you mean {near[0]!r}? Else " if near else ""
        mend += f"write one of: {', '.join(REGIONS)}; or give it days under [settings.cycles.days]"
        what = (
            f"region_class {str(name)[:60]!r} is not known: a cycle of {settings.default_days} days, and no mountain "
            f"({some_rows(rows.to_numpy())})"
        )
        found.append(raws["lines"].suspicion("region_unknown", what, mend, row=int(rows.iloc[0]), name="region_class"))
    return found


def unknown_crews(frames: Frames, raw: Raw) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the roster without crews that do not exist, times that end before they start, and double days."""
    roster, crews = frames["roster"], frames["crews"]
    at = np.searchsorted(raw.rows, roster["source_row"].to_numpy())
    strange = ~roster["crew_id"].isin(crews["crew_id"]).to_numpy(dtype=bool)
    known = crews["crew_id"].tolist()

    def what(i: int) -> str:
        name = str(names[i])
        near = difflib.get_close_matches(name, known, n=1)
        return f"no crew {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")

    names = dict(zip(at.tolist(), roster["crew_id"].tolist(), strict=True))
    mend = "name a crew_id of the crews, or add the crew"
    found = raw.set_aside(at[strange], "crew_unknown", what, mend, name="crew_id")
    hours = crews.drop_duplicates("crew_id").set_index("crew_id")[["shift_start", "shift_end"]]
    usual = hours.reindex(roster["crew_id"])
    start = roster["shift_start"].fillna(pd.Series(usual["shift_start"].to_numpy(), index=roster.index))
    end = roster["shift_end"].fillna(pd.Series(usual["shift_end"].to_numpy(), index=roster.index))
    turned = ~strange & (end <= start).to_numpy(dtype=bool)
    mend = "a shift ends on the day it starts: split a night at 24:00"
    found += raw.set_aside(at[turned], "shift", "the shift ends before it starts", mend, name="shift_end")
    good = ~strange & ~turned
    again = np.zeros(len(roster), dtype=bool)
    again[good] = roster.loc[good].duplicated(["date", "crew_id"]).to_numpy()
    found += raw.set_aside(
        at[again], "duplicate", "this crew has a row for this day already", "keep one", name="crew_id"
    )
    return roster[good & ~again].reset_index(drop=True), found


def place_by_pole(
    hazards: gpd.GeoDataFrame, poles: gpd.GeoDataFrame, raw: Raw
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the hazards with those without coordinates put on the pole they name; the rest of those are set aside."""
    lacking = hazards.geometry.isna().to_numpy()
    if not lacking.any():
        return hazards, []
    spot = poles.drop_duplicates(["feeder_id", "pole_no"]).set_index(["feeder_id", "pole_no"]).geometry
    asked = pd.MultiIndex.from_frame(hazards.loc[lacking, ["feeder_id", "pole_no"]])
    where = spot.index.get_indexer(asked) if len(spot) else np.full(len(asked), -1)
    geometry = np.asarray(hazards.geometry.array, dtype=object).copy()
    rows = np.flatnonzero(lacking)
    geometry[rows[where >= 0]] = np.asarray(spot.array, dtype=object)[where[where >= 0]]
    lost = rows[where < 0]
    at = np.searchsorted(raw.rows, hazards["source_row"].to_numpy()[lost])
    mend = "give lon and lat, or a feeder_id and pole_no of the poles"
    found = raw.set_aside(
        at, "geometry_empty", "has no position, and no pole answers to its names", mend, name="pole_no"
    )
    if (where >= 0).any():
        found.append(
            raw.note("placed_by_pole", f"{int((where >= 0).sum())} hazards without coordinates stand on their pole")
        )
    placed = hazards.set_geometry(gpd.GeoSeries(geometry, index=hazards.index, crs=hazards.crs))
    return placed.drop(index=hazards.index[lost]).reset_index(drop=True), found


def beside_the_lines(frames: Frames, raws: dict[str, Raw], crs: pyproj.CRS) -> list[Finding]:
    """Return a suspicion for each layer that sits beside the lines in a way that a shift explains.

    The median distance of the points to the nearest line asks; the answer is sought by taking GCJ-02 or
    BD-09 back (or, if it is the lines that are shifted, by applying it), then by any one shift of the
    whole layer that brings it onto the lines. See domain.md 5: GCJ-02 is 300-600 m off in China. Roads are asked
    how much of the lines runs along them.
    """
    lines = np.asarray(frames["lines"].geometry.array, dtype=object)
    found: list[Finding] = []
    if not len(lines):
        return found
    tree = shapely.STRtree(lines)
    for kind in BESIDE_LINES:
        points = np.asarray(frames[kind].geometry.array, dtype=object) if kind in raws else np.empty(0, dtype=object)
        if len(points) < FEWEST:  # too few to tell a shift from a stray point
            continue
        xy = shapely.get_coordinates(points[:: max(len(points) // SAMPLE, 1)])
        found += _doubt(raws[kind], xy, tree, lines, crs)
    if "roads" in raws and not frames["roads"].empty:
        found += _roads_doubt(raws["roads"], lines, np.asarray(frames["roads"].geometry.array, dtype=object), crs)
    return found


def _roads_doubt(
    raw: Raw, lines: npt.NDArray[np.object_], roads: npt.NDArray[np.object_], crs: pyproj.CRS
) -> list[Finding]:
    """Return a suspicion if far more of the lines run along roads once GCJ-02 or BD-09 is taken back.

    ``lines`` and ``roads`` are in the project's metric CRS ``crs``; the lines are asked every ``EVERY_M`` metres.
    Lines need not follow roads, so nothing is asked of the share itself; but no other shift than the true one makes
    it twice as large.
    """
    counts = np.maximum(1, shapely.length(lines) // EVERY_M).astype(np.int64)
    of = np.repeat(np.arange(len(lines)), counts)
    share = (np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts) + 0.5) / np.repeat(counts, counts)
    pick = slice(None, None, max(1, len(of) // SAMPLE))
    along = shapely.line_interpolate_point(lines[of[pick]], share[pick], normalized=True)
    xy = shapely.get_coordinates(along)
    here = to_wgs84(xy, Declared("crs", crs, "the project's"))
    if len(xy) < FEWEST or not is_in_china(here):
        return []
    tree = shapely.STRtree(roads)

    def along_roads(places: FloatArray) -> float:
        near, _ = tree.query(shapely.points(places), predicate="dwithin", distance=ALONG_M)
        return len(np.unique(near)) / len(places)

    now = along_roads(xy)
    for name, points, whose in _hypotheses(here):
        moved = transformed(np.column_stack([points.lon, points.lat]), Declared("crs", WGS84, ""), crs)
        then = along_roads(moved)
        if then >= max(ALONG, MORE_ALONG * now, now + SIGMA * np.sqrt(now * (1 - now) / len(xy))):
            # lines brought onto roads by taking a shift back are shifted themselves
            owner = "lines" if whose == "points" else "roads"
            what = f"{now:.0%} of the lines run along a road; if the {owner} were {name}, that would be {then:.0%}"
            mend = f'ask where they come from; if so, state crs = "{name}" under [inputs.{owner}]'
            return [raw.suspicion("gcj02", what, mend)]
    return []


def _doubt(
    raw: Raw, xy: FloatArray, tree: shapely.STRtree, lines: npt.NDArray[np.object_], crs: pyproj.CRS
) -> list[Finding]:
    distance = float(np.median(np.hypot(*_to_nearest(xy, tree, lines).T)))
    if distance < BESIDE_M:
        return []
    system = Declared("crs", crs, "the project's")
    here = to_wgs84(xy, system)
    sits = f"half of its points sit {distance:.0f} m or more beside the lines"
    if is_in_china(here):
        for name, points, whose in _hypotheses(here):
            moved = transformed(np.column_stack([points.lon, points.lat]), Declared("crs", WGS84, ""), crs)
            left = float(np.median(np.hypot(*_to_nearest(moved, tree, lines).T)))
            if left < min(FITS * distance, BESIDE_M):
                owner = raw.kind if whose == "points" else "lines"
                what = f"{sits}; if the {owner} were {name}, that would be {left:.0f} m"
                mend = f'ask where they come from; if so, state crs = "{name}" under [inputs.{owner}]'
                return [raw.suspicion("gcj02", what, mend)]
    shift, left = _common_shift(xy, tree, lines)
    alike, china = left < FITS * distance, is_in_china(here)
    if alike:
        what = f"{sits}; all are shifted alike, by {shift[0]:.0f} m east and {shift[1]:.0f} m north"
    elif china and SHIFT_M[0] <= distance <= SHIFT_M[1]:
        what = sits
    else:
        return []
    if china and SHIFT_M[0] <= (float(np.hypot(*shift)) if alike else distance) <= SHIFT_M[1]:
        mend = 'if they come from Amap or Tencent state crs = "GCJ-02", from Baidu "BD-09"; else check their datum'
        return [raw.suspicion("gcj02", what, mend)]
    return [raw.suspicion("shifted", what, "ask which datum they are in, and state it as crs")]


def _hypotheses(here: Wgs84) -> list[tuple[str, Wgs84, str]]:
    """Return (name, points, whose coordinates are shifted) for each way in which a shift may have been missed.

    To bring points onto lines that are shifted themselves, the shifted position of the points is compared
    with the lines; it is taken as a plain position only here, and goes nowhere else.
    """
    gcj = gcj_from_wgs(here)
    bd = bd_from_gcj(gcj)
    return [
        ("GCJ-02", wgs_from_gcj(Gcj02(here.lon, here.lat)), "points"),
        ("BD-09", wgs_from_bd(Bd09(here.lon, here.lat)), "points"),
        ("GCJ-02", Wgs84(gcj.lon, gcj.lat), "lines"),
        ("BD-09", Wgs84(bd.lon, bd.lat), "lines"),
    ]


def _to_nearest(xy: FloatArray, tree: shapely.STRtree, lines: npt.NDArray[np.object_]) -> FloatArray:
    """Return the vectors (n, 2) from points to the nearest line."""
    points = shapely.points(xy)
    nearest = lines[tree.nearest(points)]
    foot = shapely.line_interpolate_point(nearest, shapely.line_locate_point(nearest, points))
    vectors: FloatArray = shapely.get_coordinates(foot) - xy
    return vectors


def _common_shift(xy: FloatArray, tree: shapely.STRtree, lines: npt.NDArray[np.object_]) -> tuple[FloatArray, float]:
    """Return the one shift (east, north) that brings points nearest to the lines, and the median distance it leaves.

    Point-to-line least squares, repeated: only the part of the shift across its line shows at each point.
    """
    shift = np.zeros(2)
    for _ in range(8):
        gap = _to_nearest(xy + shift, tree, lines)
        size = np.hypot(gap[:, 0], gap[:, 1])
        across = gap[size > 1e-6] / size[size > 1e-6, None]
        if len(across) < 5:
            break
        # lines that all run one way say nothing of a shift along them: small singular values are noise
        shift = shift + np.linalg.lstsq(across, size[size > 1e-6], rcond=0.1)[0]
        if np.hypot(*shift) > LONGEST_M:
            return shift, float("inf")
    left = _to_nearest(xy + shift, tree, lines)
    return shift, float(np.median(np.hypot(left[:, 0], left[:, 1])))
