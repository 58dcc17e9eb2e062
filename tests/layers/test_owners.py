"""What lies in no zone belongs to the nearest."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from patrol.layers.owners import nearest_zone

PLACES = st.tuples(st.integers(-50, 50), st.integers(-50, 50))


def zones_of(corners):
    boxes = [shapely.box(x, y, x + 4, y + 4) for x, y in corners]
    return gpd.GeoDataFrame({"zone_id": [f"Z{k}" for k in range(len(boxes))]}, geometry=boxes, crs="EPSG:4545")


@given(st.lists(PLACES, min_size=1, max_size=6), st.lists(PLACES, max_size=12), st.randoms())
def test_the_nearest_and_of_several_the_first_by_name(corners, places, random):
    zones = zones_of(corners)
    shuffled = zones.iloc[random.sample(range(len(zones)), len(zones))]
    shapes = [shapely.Point(place).buffer(1) for place in places]
    want = [zones["zone_id"][int(np.argmin(zones.distance(shape)))] for shape in shapes]
    assert nearest_zone(np.array(shapes, dtype=object), shuffled).tolist() == want


@pytest.mark.parametrize("missing", [None, shapely.Polygon()])
def test_what_is_not_drawn_owns_nothing_and_what_is_nowhere_is_nobody_s(missing):
    zones = gpd.GeoDataFrame({"zone_id": ["A", "B"]}, geometry=[missing, shapely.box(0, 0, 1, 1)], crs="EPSG:4545")
    shapes = np.array([shapely.Point(9, 9), None, shapely.Point()], dtype=object)
    assert nearest_zone(shapes, zones).tolist() == ["B", "", ""]
    assert nearest_zone(shapes, zones[:1]).tolist() == ["", "", ""]
