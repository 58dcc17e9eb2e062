"""Tracks put on sections: along which parts of which lines somebody went.

A track is smoothed over some seconds and cut into legs of some 25 m, so that somebody who stands still goes nowhere
and every leg has a direction. Points along each leg are put on the sections near them, where leg and line run the same
way: within the reach of a fix (twice its accuracy, never below or above what the settings say), so that crossing under
a line or driving past 80 m away is no patrol. Every point stands for its few metres of the leg, hence never more is
credited than was walked.

Of several lines beside each other the nearest counts, judged over some legs before and after; where the next is nearly
as near and stands elsewhere, nobody can say which it was, and none is credited. Lines on the same poles are passed
together. A leg faster than anybody patrols is travel. Between fixes far apart nothing is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from patrol.config import FieldSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEG_M = 25.0  # long enough that the error of a fix turns its direction little
STEP_M = 5.0  # between the points of a leg that are put on lines
SMOOTH_S = 5.0  # a fix is the mean of those this long before and after
POOR_M = 60.0  # fixes of a poorer accuracy are left out
WILD_MS = 60.0  # nobody moves so fast (m/s): a fix that would need it, both ways, is wrong
COS = np.cos(np.radians(40.0))  # leg and line run the same way within this angle
ALONG_M = 3.0  # the direction of a line is taken over twice this
WINDOW = 2  # legs before and after that say which of two lines is nearer
MARGIN_M = 4.0  # a line is nearer than another only by so much
SAME_M = 4.0  # lines this close together are on the same poles
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """What of which sections a track passed along.

    Attributes
    ----------
    covered, unsure, fast : DataFrame
        ``section`` (row), ``begin_m, end_m``: intervals from the first end of the section, merged, in order. Credited;
        not credited because it may have been another line; not credited because nobody patrols so fast.
    fix, on : ndarray of int
        Positions of the fixes along credited parts, and the section of each: all that may be kept of the track.
    """

    covered: pd.DataFrame
    unsure: pd.DataFrame
    fast: pd.DataFrame
    fix: Ints
    on: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Legs:
    """Legs of a track: ends, seconds, accuracy, and the first and last fix of each."""

    a: Floats
    b: Floats
    seconds: Floats
    accuracy: Floats
    first: Ints
    last: Ints
    number: Ints  # neighbours differ by one, other runs by more


def match_track(
    fixes: pd.DataFrame, xy: Floats, sections: gpd.GeoDataFrame, settings: FieldSettings, *, max_kmh: float
) -> Matched:
    """Put a track on sections.

    Parameters
    ----------
    fixes : DataFrame
        ``at, accuracy_m`` as :func:`patrol.field.gpx.read_gpx` gives them, n rows in order of time.
    xy : ndarray, shape (n, 2)
        Where they are, in the metric CRS of the sections.
    sections : GeoDataFrame
        LineStrings.
    settings : FieldSettings
    max_kmh : float
        What is faster is no patrol.
    """
    seconds = fixes["at"].astype("int64").to_numpy() / 1e6
    accuracy = fixes["accuracy_m"].to_numpy(float)
    keep = _sound(seconds, xy, accuracy)
    where = np.flatnonzero(keep)
    legs = _legs(seconds[keep], xy[keep], accuracy[keep], settings)
    lines = sections.geometry.to_numpy()
    if not len(legs.a) or not len(lines):
        none = _merged(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), lines)
        return Matched(none, none, none, np.zeros(0, np.int64), np.zeros(0, np.int64))
    leg, points, half, reach = _points(legs, settings)
    point, line, at, gap = _beside(points, reach, lines, (legs.b - legs.a)[leg])
    slow = np.hypot(*(legs.b - legs.a).T) <= legs.seconds * max_kmh / 3.6 + 1e-9
    won, unsure = _nearest(point, line, at, gap, legs.number[leg], lines)
    going = slow[leg[point]]

    def intervals(rows: Bools) -> pd.DataFrame:
        mine = half[point[rows]]
        return _merged(line[rows], at[rows] - mine, at[rows] + mine, lines)

    credited = won & going
    fix, on = _along(legs, leg[point[credited]], line[credited], xy[keep], lines, settings)
    return Matched(intervals(credited), intervals(unsure & going), intervals(won & ~going), where[fix], on)


def _sound(seconds: Floats, xy: Floats, accuracy: Floats) -> Bools:
    """Return which fixes can be true: good enough, and not a jump there and back."""
    keep = ~(accuracy > POOR_M)
    rows = np.flatnonzero(keep)
    if len(rows) < 3:
        return keep
    step = np.hypot(*np.diff(xy[rows], axis=0).T) / np.maximum(np.diff(seconds[rows]), 1e-3)
    wild = np.zeros(len(rows), dtype=bool)
    wild[1:-1] = (step[:-1] > WILD_MS) & (step[1:] > WILD_MS)
    keep[rows[wild]] = False
    return keep


def _legs(seconds: Floats, xy: Floats, accuracy: Floats, settings: FieldSettings) -> _Legs:
    """Cut a track into legs: from each fix to the next that is far enough away, never over a gap."""
    gap = np.hypot(*np.diff(xy, axis=0).T) > settings.gap_m if len(xy) > 1 else np.zeros(0, bool)
    run = np.r_[0, np.cumsum(gap)] if len(xy) else np.zeros(0, np.int64)
    smooth = _smooth(seconds, xy, run)
    first, last, number = [], [], []
    count, begin = 0, 0
    plain = smooth.tolist()
    for i in range(1, len(plain)):
        if run[i] != run[begin]:
            begin, count = i, count + 2 * WINDOW + 2
            continue
        if _apart(plain[begin], plain[i]) >= LEG_M:
            first.append(begin)
            last.append(i)
            number.append(count)
            begin, count = i, count + 1
        elif last and last[-1] == begin and (i + 1 == len(plain) or run[i + 1] != run[i]):
            # What is left at the end of a run is too short for a leg: the last one goes on to there.
            further = _apart(plain[first[-1]], plain[i]) > _apart(plain[first[-1]], plain[begin])
            last[-1] = i if further else begin
    one, two = np.array(first, dtype=np.int64), np.array(last, dtype=np.int64)
    known = np.where(np.isnan(accuracy), 0.0, accuracy)
    worst = np.maximum(known[one], known[two])
    return _Legs(smooth[one], smooth[two], seconds[two] - seconds[one], worst, one, two, np.array(number, np.int64))


def _apart(one: list[float], two: list[float]) -> float:
    return math.hypot(one[0] - two[0], one[1] - two[1])


def _smooth(seconds: Floats, xy: Floats, run: Ints) -> Floats:
    """Return each fix as the mean of those some seconds before and after, in its own run."""
    key = seconds - seconds[0] + run * 1e7 if len(seconds) else seconds
    low, high = np.searchsorted(key, key - SMOOTH_S), np.searchsorted(key, key + SMOOTH_S, side="right")
    # As many before as after, so that the ends of a track stay where they are.
    here = np.arange(len(key))
    reach = np.minimum(here - low, high - 1 - here)
    sums = np.vstack([np.zeros(2), np.cumsum(xy - xy[:1], axis=0)])
    mean = (sums[here + reach + 1] - sums[here - reach]) / (2 * reach + 1)[:, None]
    return np.asarray(mean + xy[:1])


def _points(legs: _Legs, settings: FieldSettings) -> tuple[Ints, Floats, Floats, Floats]:
    """Return points along legs: leg, place, half the length each stands for, and how far it reaches."""
    length = np.hypot(*(legs.b - legs.a).T)
    count = np.ceil(length / STEP_M).astype(np.int64)
    leg = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(leg)) - np.repeat(np.cumsum(count) - count, count)
    share = ((nth + 0.5) / count[leg])[:, None]
    points = legs.a[leg] * (1 - share) + legs.b[leg] * share
    reach = np.clip(2 * legs.accuracy, settings.reach_m, max(settings.reach_m, settings.reach_most_m))
    return leg, points, (length / count / 2)[leg], reach[leg]


def _beside(
    points: Floats, reach: Floats, lines: NDArray[np.object_], along: Floats
) -> tuple[Ints, Ints, Floats, Floats]:
    """Return pairs (point, line) where a line is within reach and runs the same way; metres along it, and the gap."""
    tree = shapely.STRtree(lines)
    place = shapely.points(points)
    point, line = tree.query(place, predicate="dwithin", distance=reach)
    at = shapely.line_locate_point(lines[line], place[point])
    length = shapely.length(lines[line])
    inside = (at > 1e-6) & (at < length - 1e-6)  # beyond its end a line is not beside
    point, line, at, length = point[inside], line[inside], at[inside], length[inside]
    gap = shapely.distance(lines[line], place[point])
    ends = [
        shapely.get_coordinates(shapely.line_interpolate_point(lines[line], one))
        for one in (np.maximum(at - ALONG_M, 0.0), np.minimum(at + ALONG_M, length))
    ]
    way, leg = ends[1] - ends[0], along[point]
    cos = np.abs((way * leg).sum(axis=1)) / np.maximum(np.hypot(*way.T) * np.hypot(*leg.T), 1e-9)
    same = cos >= COS
    return point[same].astype(np.int64), line[same].astype(np.int64), at[same], gap[same]


def _nearest(
    point: Ints, line: Ints, at: Floats, gap: Floats, leg: Ints, lines: NDArray[np.object_]
) -> tuple[Bools, Bools]:
    """Return which pairs are credited, and which are not because another line may as well have been meant."""
    if not len(point):
        return np.zeros(0, bool), np.zeros(0, bool)
    mean = _around(line, leg[point], gap**2)
    order = np.lexsort((line, mean, point))
    begin = np.r_[True, np.diff(point[order]) > 0]
    best = order[begin][np.cumsum(begin) - 1]  # the best pair of the point, for each pair in order
    foot = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], at))
    together = np.hypot(*(foot[order] - foot[best]).T) <= SAME_M
    near = np.sqrt(mean[order]) - np.sqrt(mean[best]) < MARGIN_M
    rival = ~together & near
    # One rival leaves all lines of its point in doubt.
    doubt = np.add.reduceat(rival, np.flatnonzero(begin))[np.cumsum(begin) - 1] > 0
    won, unsure = np.zeros(len(point), bool), np.zeros(len(point), bool)
    won[order] = together & ~doubt
    unsure[order] = (together | rival) & doubt
    return won, unsure


def _around(line: Ints, leg: Ints, values: Floats) -> Floats:
    """Return the mean over the pairs of the same line on the legs about each."""
    key = line * BLOCK * 64 + leg
    order = np.argsort(key, kind="stable")
    sums = np.r_[0.0, np.cumsum(values[order])]
    low = np.searchsorted(key[order], key - WINDOW)
    high = np.searchsorted(key[order], key + WINDOW, side="right")
    return np.asarray((sums[high] - sums[low]) / (high - low))


def _merged(line: Ints, begin: Floats, end: Floats, lines: NDArray[np.object_]) -> pd.DataFrame:
    """Return intervals of each line without overlap, cut at its ends, in order."""
    if not len(line):
        return pd.DataFrame({"section": line, "begin_m": begin, "end_m": end})
    length = shapely.length(lines[line])
    begin, end = np.clip(begin, 0.0, length), np.clip(end, 0.0, length)
    order = np.lexsort((begin, line))
    line, begin, end = line[order], begin[order], end[order]
    far = np.maximum.accumulate(end + line * 1e7) - line * 1e7
    starts = np.flatnonzero(np.r_[True, (np.diff(line) > 0) | (begin[1:] > far[:-1] + 1e-3)])
    stops = np.r_[starts[1:], len(line)] - 1
    return pd.DataFrame({"section": line[starts], "begin_m": begin[starts], "end_m": far[stops]}).round(3)


def _along(
    legs: _Legs, leg: Ints, line: Ints, xy: Floats, lines: NDArray[np.object_], settings: FieldSettings
) -> tuple[Ints, Ints]:
    """Return the fixes of credited legs that lie within reach of the section they are credited to."""
    if not len(leg):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    pairs = np.unique(np.column_stack([leg, line]), axis=0)
    count = legs.last[pairs[:, 0]] - legs.first[pairs[:, 0]] + 1
    row = np.repeat(np.arange(len(pairs)), count)
    fix = legs.first[pairs[row, 0]] + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    near = shapely.distance(shapely.points(xy[fix]), lines[pairs[row, 1]]) <= settings.reach_most_m
    kept = np.unique(np.column_stack([fix[near], pairs[row, 1][near]]), axis=0)
    one = np.unique(kept[:, 0], return_index=True)[1]
    return kept[one, 0], kept[one, 1]
