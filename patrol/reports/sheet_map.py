"""The map on a printed sheet: an SVG of one crew's day, in black, white and dashes, so that a copier keeps it.

It is drawn from the plan's legs and the project's lines, roads and water within a kilometre of the crew's way, with
numbered stops, scale bar and north arrow. Nothing of other crews is in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from patrol import text
from patrol.words import say

WIDTH = 1860  # a tenth of a millimetre each, as all lengths on paper here
HEIGHTS = (560, 860)
NEAR_M = 1000.0  # the map shows what is within this of the crew's way (design, section 7)
MARGIN = 90
MIN_SPAN_M = 400.0  # a day at one pole is not blown up beyond this
RADIUS = 27
MAJOR = ("motorway", "trunk", "primary", "secondary", "tertiary")
MAX_NAMES = 12
Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under a route, in one projected CRS, as loaded (:mod:`patrol.layers.schema`).

    Attributes
    ----------
    lines : GeoDataFrame
        All lines of the project, only drawn.
    roads : GeoDataFrame
        ``road_class``.
    water, places : GeoDataFrame
        ``name, name_zh`` of places.
    """

    lines: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    places: gpd.GeoDataFrame


@dataclass(frozen=True, slots=True)
class _Paper:
    """From metres to places on paper."""

    west: float
    north: float
    metres: float  # a unit of paper
    height: int

    def at(self, points: Floats) -> Floats:
        """Return places on paper of points (n, 2) in metres."""
        return np.column_stack([(points[:, 0] - self.west) / self.metres, (self.north - points[:, 1]) / self.metres])

    @property
    def frame(self) -> Box:
        """The corners in metres: west, south, east, north."""
        return self.west, self.north - self.height * self.metres, self.west + WIDTH * self.metres, self.north


def sheet_map(stops: gpd.GeoDataFrame, legs: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, ground: Ground) -> str:
    """Return the map of one shift as SVG.

    Parameters
    ----------
    stops, legs, lines : GeoDataFrame
        Of one shift, see :mod:`patrol.reports.stops`; any CRS.
    ground : Ground
        In the project's metric CRS, which is the one drawn in.
    """
    crs = ground.lines.crs
    own = [frame.geometry.to_crs(crs) for frame in (stops, legs, lines) if len(frame)]
    shapes = pd.concat(own).to_numpy()
    paper = _fit(shapely.total_bounds(shapes))
    near = shapely.union_all(shapely.buffer(shapely.simplify(shapes, 20.0), NEAR_M))
    parts = [
        *_under(ground, near, paper),
        *_ways(legs, lines, paper, crs),
        *_marks(stops, ground.places, near, paper, crs),
        _scale_bar(paper),
        _north(),
    ]
    title = text.html(f"{say('papers.map_of', 'zh')} {say('papers.map_of', 'en')}")
    size = f'viewBox="0 0 {WIDTH} {paper.height}" width="{WIDTH / 10:g}mm" height="{paper.height / 10:g}mm"'
    return (
        f'<svg class="map" {size} role="img" aria-label="{title}">'
        f'<rect class="ground" x="0" y="0" width="{WIDTH}" height="{paper.height}"/>{"".join(parts)}'
        f'<rect class="frame" x="1" y="1" width="{WIDTH - 2}" height="{paper.height - 2}"/></svg>'
    )


def legend() -> list[tuple[str, str]]:
    """Return the legend as pairs of a small drawing and the key of its word."""
    line = '<svg class="key map" viewBox="0 0 {0} 40" width="{1}mm" height="4mm" aria-hidden="true">{2}</svg>'
    path = '<path class="{}" d="M4 20H116"/>'
    dot = f'<circle class="stop" cx="20" cy="20" r="17"/>{_words(20, 31, "1", "number")}'
    keys = [
        (path.format("case") + path.format("patrol"), "patrol"),
        (path.format("drive"), "drive"),
        (path.format("walk"), "walk"),
        (dot, "stop"),
        ('<path class="depot" d="M4 36V18L20 4L36 18V36Z"/>', "depot"),
        (path.format("other"), "line"),
        (path.format("road"), "road"),
        (path.format("water"), "water"),
    ]
    sizes = {word: 40 if word in {"stop", "depot"} else 120 for _, word in keys}
    return [(line.format(sizes[word], sizes[word] // 10, drawing), f"legend_{word}") for drawing, word in keys]


def _fit(bounds: Floats) -> _Paper:
    """Return the paper that shows these bounds as large as they fit."""
    low, high = bounds[:2], bounds[2:]
    middle, span = (low + high) / 2, np.maximum(high - low, MIN_SPAN_M)
    wide = span[0] / (WIDTH - 2 * MARGIN)
    height = int(np.clip(span[1] / wide + 2 * MARGIN, *HEIGHTS))
    metres = max(wide, span[1] / (height - 2 * MARGIN))
    return _Paper(middle[0] - WIDTH / 2 * metres, middle[1] + height / 2 * metres, metres, height)


def _under(ground: Ground, near: shapely.Geometry, paper: _Paper) -> Iterator[str]:
    """Draw water, roads and other lines, within reach of the route only."""
    major = ground.roads["road_class"].isin(MAJOR) if "road_class" in ground.roads else pd.Series(dtype=bool)
    layers = (
        ("water", ground.water),
        ("road", ground.roads[~major] if len(ground.roads) else ground.roads),
        ("road major", ground.roads[major] if len(ground.roads) else ground.roads),
        ("other", ground.lines),
    )
    for name, frame in layers:
        drawn = "".join(_d(shape, paper) for shape in _within(frame, near, paper))
        if drawn:
            yield f'<path class="{name}" d="{drawn}"/>'


def _within(frame: gpd.GeoDataFrame, near: shapely.Geometry, paper: _Paper) -> list[shapely.Geometry]:
    if frame.empty:
        return []
    area = near & shapely.box(*paper.frame)
    found = frame.geometry.to_numpy()[np.sort(frame.sindex.query(area, predicate="intersects"))]
    pieces = shapely.get_parts(shapely.intersection(shapely.force_2d(found), area))
    return [piece for piece in pieces if piece.geom_type == "LineString" and not piece.is_empty]


def _d(shape: shapely.Geometry, paper: _Paper) -> str:
    """Return a line as the data of an SVG path, without bends too small to see."""
    points = paper.at(shapely.get_coordinates(shapely.simplify(shape, 2 * paper.metres)))
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points)


def _ways(legs: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, paper: _Paper, crs: object) -> Iterator[str]:
    """Draw the lines to patrol and the ways between them, these with an arrow in the middle."""
    patrol = "".join(_d(shape, paper) for shape in lines.geometry.to_crs(crs)) if len(lines) else ""
    if patrol:
        yield f'<path class="case" d="{patrol}"/><path class="patrol" d="{patrol}"/>'
    for kind, shape in zip(legs["kind"], legs.geometry.to_crs(crs) if len(legs) else (), strict=True):
        yield f'<path class="{"walk" if kind == "walk" else "drive"}" d="{_d(shape, paper)}"/>'
        if shape.length > 90 * paper.metres:
            yield _arrow(shape, paper)


def _arrow(shape: shapely.Geometry, paper: _Paper) -> str:
    half, ahead = shape.length * 0.55, 20 * paper.metres
    ends = [shapely.line_interpolate_point(shape, half + step) for step in (-ahead, ahead)]
    (x0, y0), (x1, y1) = paper.at(shapely.get_coordinates(ends))
    turn = math.degrees(math.atan2(y1 - y0, x1 - x0))
    at = f"translate({(x0 + x1) / 2:.0f} {(y0 + y1) / 2:.0f}) rotate({turn:.0f})"
    return f'<path class="arrow" transform="{at}" d="M18 0L-14 13L-14 -13Z"/>'


def _marks(
    stops: gpd.GeoDataFrame, places: gpd.GeoDataFrame, near: shapely.Geometry, paper: _Paper, crs: object
) -> Iterator[str]:
    """Draw start and end, numbered stops that do not hide each other, and the names of places where there is room."""
    at = paper.at(shapely.get_coordinates(stops.geometry.to_crs(crs).to_numpy()))
    taken: list[Box] = [(0, paper.height - 70.0, 520, paper.height), (WIDTH - 110.0, 0, WIDTH, 130)]  # scale and north
    depots = [point for point, kind in zip(at, stops["kind"], strict=True) if kind in {"start", "end"}]
    for x, y in dict.fromkeys((round(x), round(y)) for x, y in depots):
        taken.append(_round_box(x, y, 26))
        yield f'<path class="depot" d="M{x - 24} {y + 22}V{y - 2}L{x} {y - 24}L{x + 24} {y - 2}V{y + 22}Z"/>'
    served = [(point, code) for point, code in zip(at, stops["code"], strict=True) if code]
    moved = []
    for point, code in served:
        spot = _free(point, taken, paper)
        taken.append(_round_box(*spot, RADIUS + 3))
        moved.append((point, spot, code))
    for (x, y), (to_x, to_y), _ in moved:
        if (x, y) != (to_x, to_y):
            yield f'<path class="leader" d="M{x:.0f} {y:.0f}L{to_x:.0f} {to_y:.0f}"/>'
            yield f'<circle class="spot" cx="{x:.0f}" cy="{y:.0f}" r="7"/>'
    for _, (x, y), code in moved:
        yield f'<circle class="stop" cx="{x:.0f}" cy="{y:.0f}" r="{RADIUS}"/>'
        yield _words(x, y + 12, str(code), "number wide" if code > 99 else "number")
    yield from _names(places, near, paper, taken)


def _free(point: Floats, taken: list[Box], paper: _Paper) -> tuple[float, float]:
    """Return the nearest place round a point where a number lies on no other mark."""
    rings: Iterable[float] = (0, *range(2 * RADIUS, 13 * RADIUS, RADIUS))
    for ring in rings:
        for step in range(1 if ring == 0 else 16):
            angle = step * math.pi / 8 - math.pi / 4
            x, y = point[0] + ring * math.cos(angle), point[1] + ring * math.sin(angle)
            box = _round_box(x, y, RADIUS + 3)
            inside = box[0] > 0 and box[1] > 0 and box[2] < WIDTH and box[3] < paper.height
            if inside and not any(_meet(box, other) for other in taken):
                return (float(x), float(y))
    return (float(point[0]), float(point[1]))


def _names(places: gpd.GeoDataFrame, near: shapely.Geometry, paper: _Paper, taken: list[Box]) -> Iterator[str]:
    if places.empty:
        return
    here = places[places.geometry.intersects(near & shapely.box(*paper.frame))]
    at = paper.at(shapely.get_coordinates(here.geometry.to_numpy()))
    shown = 0
    for row, (x, y) in zip(here.drop(columns="geometry").to_dict("records"), at, strict=True):
        name = text.clean(row.get("name_zh") or row.get("name"), limit=16)
        half = 18 * sum(1 if char > "\u2e7f" else 0.55 for char in name)
        box = (x - half, y - 20, x + half, y + 20)
        inside = box[0] > 4 and box[1] > 4 and box[2] < WIDTH - 4 and box[3] < paper.height - 4
        if name and inside and shown < MAX_NAMES and not any(_meet(box, other) for other in taken):
            taken.append(box)
            shown += 1
            yield _words(x, y + 12, name, "place")


def _words(x: float, y: float, words: str, style: str) -> str:
    return f'<text class="{style}" x="{x:.0f}" y="{y:.0f}">{text.html(words)}</text>'


def _round_box(x: float, y: float, r: float) -> Box:
    return (x - r, y - r, x + r, y + r)


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def bar_metres(metres_a_unit: float) -> int:
    """Return a round length (1, 2 or 5 and noughts) that a bar of at most 36 mm shows."""
    most = max(1.0, 360 * metres_a_unit)
    power = 10 ** math.floor(math.log10(most))
    return int(max(step * power for step in (1, 2, 5) if step * power <= most))


def _scale_bar(paper: _Paper) -> str:
    length = bar_metres(paper.metres)
    x0, y, long = 30, paper.height - 24, length / paper.metres
    unit, number = ("km", f"{length / 1000:g}") if length >= 1000 else ("m", str(length))
    words = f"{say(f'papers.scale_{unit}', 'zh', n=number)} {unit}"
    boxes = "".join(
        f'<rect class="{"full" if k % 2 == 0 else "empty"}" x="{x0 + k * long / 4:.1f}" y="{y - 8}" '
        f'width="{long / 4:.1f}" height="10"/>'
        for k in range(4)
    )
    return f'<g class="scale">{boxes}{_words(x0 + long + 14, y + 4, words, "bar")}</g>'


def _north() -> str:
    x, y, north = WIDTH - 60, 20, f"{say('papers.north', 'zh')} {say('papers.north', 'en')}"
    return (
        f'<g class="north"><path class="full" d="M{x} {y}L{x + 22} {y + 66}L{x} {y + 50}L{x - 22} {y + 66}Z"/>'
        f"{_words(x, y + 100, north, 'bar middle')}</g>"
    )
