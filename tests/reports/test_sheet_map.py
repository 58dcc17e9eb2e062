"""The map on a sheet: everything inside its frame, numbers apart, nothing from farther than a kilometre."""

import itertools
import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hostile import HOSTILE
from paper_cases import CRS, drawn_of, frame, metric
from patrol import text
from patrol.reports.sheet_map import HEIGHTS, RADIUS, WIDTH, Ground, bar_metres, legend, sheet_map
from patrol.words import LANGUAGES, keys

HOME = metric(106.5, 38.9)


def stops_at(places):
    """Return stops (n, 2) in metres from a place, the first and last being start and end."""
    n = len(places)
    rows = {"kind": ["start", *["section"] * (n - 2), "end"], "code": [0, *range(1, n - 1), 0]}
    points = shapely.points(np.array(places, float) + HOME)
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=points, crs=CRS).to_crs(4326)


def leg_of(stops):
    line = shapely.LineString(shapely.get_coordinates(stops.geometry))
    return gpd.GeoDataFrame({"kind": ["drive"]}, geometry=[line], crs=4326)


NO_LINES = gpd.GeoDataFrame({"kind": []}, geometry=[], crs=4326)
NOTHING = Ground(lines=frame([], []), roads=frame([], []), water=frame([], []), places=frame([], []))


def circles(svg):
    return [(float(x), float(y)) for x, y in re.findall(r'<circle class="stop" cx="(-?\d+)" cy="(-?\d+)"', svg)]


def size_of(svg):
    return tuple(map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups()))


@given(
    st.lists(st.tuples(st.floats(-20_000, 20_000), st.floats(-20_000, 20_000)), min_size=3, max_size=14),
    st.floats(0, 1),
)
@settings(max_examples=30)
def test_numbers_lie_inside_the_frame_and_on_no_other_mark(places, shrink):
    stops = stops_at([(x * shrink, y * shrink) for x, y in places])
    svg = sheet_map(stops, leg_of(stops), NO_LINES, NOTHING)
    width, height = size_of(svg)
    assert width == WIDTH
    assert HEIGHTS[0] <= height <= HEIGHTS[1]
    at = circles(svg)
    assert len(at) == len(places) - 2
    for x, y in at:
        assert RADIUS < x < width - RADIUS
        assert RADIUS < y < height - RADIUS
    for (x0, y0), (x1, y1) in itertools.combinations(at, 2):
        assert max(abs(x0 - x1), abs(y0 - y1)) >= 2 * RADIUS


def test_a_moved_number_is_tied_to_its_place():
    svg = sheet_map(stops_at([(0, 0), (900, 400), (900, 400), (0, 0)]), NO_LINES, NO_LINES, NOTHING)
    assert svg.count('class="leader"') == 1
    assert svg.count('class="spot"') == 1


@pytest.mark.parametrize(("unit", "length"), [(0.05, 10), (1.0, 200), (10.0, 2000), (30.0, 10_000)])
def test_the_bar_is_round_and_fits(unit, length):
    assert bar_metres(unit) == length


def test_the_bar_is_as_long_as_it_says():
    stops = stops_at([(0, 0), (3000, -1000), (0, 0)])
    svg = sheet_map(stops, leg_of(stops), NO_LINES, NOTHING)
    parts = [float(w) for w in re.findall(r'class="(?:full|empty)"[^>]*?width="([\d.]+)"', svg)]
    (number, unit) = re.search(r'class="bar"[^>]*>([\d.]+) (公里|米)', svg).groups()
    metres = float(number) * (1000 if unit == "公里" else 1)
    (house,) = re.findall(r'class="depot" d="M(\d+) (\d+)', svg)
    (stop,) = circles(svg)
    on_paper = np.hypot(stop[0] - (int(house[0]) + 24), stop[1] - (int(house[1]) - 22))
    assert metres / sum(parts) == pytest.approx(np.hypot(3000, -1000) / on_paper, rel=0.01)


def test_nothing_farther_than_a_kilometre_is_drawn():
    stops = stops_at([(0, 0), (8000, 0), (0, 0)])
    x, y = HOME
    near = shapely.LineString([(x, y + 500), (x + 8000, y + 500)])
    far = shapely.LineString([(x, y + 1150), (x + 8000, y + 1150)])
    names = frame(
        [{"name": "", "name_zh": "近村"}, {"name": "", "name_zh": "远村"}],
        shapely.points([(x + 4000, y + 600), (x + 4000, y + 1200)]),
    )

    def svg(shape):
        ground = Ground(lines=frame([{}], [shape]), roads=frame([], []), water=frame([], []), places=names)
        return sheet_map(stops, leg_of(stops), NO_LINES, ground)

    assert 'class="other"' in svg(near)
    assert 'class="other"' not in svg(far)
    assert "近村" in svg(near)
    assert "远村" not in svg(near)


def test_the_map_has_ways_lines_scale_and_north(plan, known):
    own = drawn_of(plan, known).of(0)
    svg = sheet_map(own.stops, own.legs, own.lines, known.ground)
    for part in ("patrol", "drive", "arrow", "depot", "road major", "water", "scale", "north"):
        assert f'class="{part}"' in svg, part
    assert re.findall(r'class="number"[^>]*>(\d+)<', svg) == ["1", "2", "3"]
    assert "近村" in svg
    assert "远村" not in svg


def test_every_key_of_the_legend_has_words():
    assert all(f"papers.{word}" in keys(lang) for _, word in legend() for lang in LANGUAGES)


def test_names_of_places_are_text():
    stops = stops_at([(0, 0), (24_000, 0), (0, 0)])
    for start in range(0, len(HOSTILE), 3):
        names = HOSTILE[start : start + 3]
        spots = shapely.points([(HOME[0] + 3000 + 7500 * k, HOME[1] + 800) for k in range(len(names))])
        places = frame([{"name": raw, "name_zh": raw} for raw in names], spots)
        svg = sheet_map(stops, leg_of(stops), NO_LINES, replace(NOTHING, places=places))
        shown = re.findall(r'class="place"[^>]*>([^<]*)</text>', svg)
        assert shown == [name for name in (text.html(text.clean(raw, limit=16)) for raw in names) if name]
        assert set(re.findall(r"</?([a-zA-Z]+)", svg)) <= {"svg", "rect", "path", "circle", "text", "g"}
