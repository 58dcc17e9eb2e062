"""Lines that lie away from everything else: then it is their CRS that is wrong, not that of all the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyproj
import shapely

from patrol.layers.area import Box, FloatArray, beyond
from patrol.layers.crs import WGS84, Declared, transformed
from patrol.layers.gauss_kruger import MIDDLE_M, same_meridian, transverse_mercator
from patrol.layers.inputs import Input, first_points

FEWEST = 2  # one layer elsewhere is at fault itself
ZONE_DEG = 3.0
NEAR_DEG = 0.7  # coordinates read in the zone next to theirs come out this close to three degrees beside


def lines_elsewhere(metric: Mapping[str, Input], box: Box, crs: pyproj.CRS) -> Input:
    """Return the lines, failed with one error if at least two other inputs all lie outside their area.

    Parameters
    ----------
    metric : mapping
        Every input, ``lines`` among them, with its geometry in ``crs``; crews in their own coordinates.
    box : Box
        The project's area by the lines.
    crs : pyproj.CRS
        The project's metric CRS.
    """
    lines = metric["lines"]
    away: dict[str, FloatArray] = {}
    for kind, one in metric.items():
        if kind == "lines" or one.failed or one.system is None:
            continue
        xy = _starts(one, crs) if kind == "crews" else first_points(one.geometry)
        bounds = np.hstack([xy, xy]) if kind == "crews" else shapely.bounds(one.geometry)
        there = np.isfinite(bounds).all(axis=1)
        if not there.any():
            continue
        if not beyond(bounds[there], box).all():
            return lines
        away[kind] = np.asarray(xy[np.isfinite(xy).all(axis=1)])
    if len(away) < FEWEST:
        return lines
    here = _middle(first_points(lines.geometry), crs)
    others = np.median([_middle(xy, crs) for xy in away.values()], axis=0)
    metres = float(pyproj.Geod(ellps="WGS84").inv(*here, *others)[2])
    what = f"lie {metres / 1000:,.0f} km from all of {', '.join(away)}"
    fault = lines.raw.fault("elsewhere", what, _mend(lines, here, others))
    return replace(lines, findings=(*lines.findings, fault), failed=True)


def _starts(crews: Input, crs: pyproj.CRS) -> FloatArray:
    assert crews.system is not None
    lonlat = np.column_stack([crews.values["start_lon"][crews.at], crews.values["start_lat"][crews.at]])
    return transformed(lonlat, crews.system, crs)


def _middle(xy: FloatArray, crs: pyproj.CRS) -> FloatArray:
    degrees = transformed(xy, Declared("crs", crs, ""), WGS84)
    middle: FloatArray = np.median(degrees[np.isfinite(degrees).all(axis=1)], axis=0)
    return middle


def _mend(lines: Input, here: FloatArray, others: FloatArray) -> str:
    """Return how to mend it: the zone under which the lines would lie among the others, if there is one."""
    assert lines.system is not None
    mercator = transverse_mercator(lines.system.crs)
    zones = round(float(others[0] - here[0]) / ZONE_DEG)
    beside = np.abs(others - here - (zones * ZONE_DEG, 0.0))
    if mercator is not None and zones and (beside < NEAR_DEG).all():
        zone = same_meridian(mercator[0] + zones * ZONE_DEG, numbered=mercator[1] != MIDDLE_M)
        if zone is not None:
            return f'they would lie there in {zone}: if so, state crs = "{zone.epsg}"'
    return "check the crs and the order of coordinates of the lines first, then of the others"
