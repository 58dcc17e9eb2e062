"""Which zone answers for what: the longest part of a section, the first id where two are as long."""

import geopandas as gpd
import pytest
import shapely

from patrol.planning.zones import zone_of_points, zone_of_sections

CRS = "EPSG:4544"
ZONES = gpd.GeoDataFrame(
    {"zone_id": ["Z3", "Z1", "Z2"]},
    geometry=[shapely.box(200, 0, 300, 100), shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)],
    crs=CRS,
)


@pytest.mark.parametrize(("first", "last", "zone"), [
    (10, 90, "Z1"), (60, 190, "Z2"), (10, 290, "Z2"), (50, 150, "Z1"), (120, 300, "Z3"), (280, 900, "Z3"),
    (100, 150, "Z2"), (300, 400, "Z3"), (400, 500, "Z3"), (-200, -50, "Z1"),
])  # fmt: skip
def test_a_section_belongs_where_its_longest_part_lies(first, last, zone):
    lines = [shapely.LineString([(first, 50), (last, 50)]), shapely.LineString([(20, 20), (30, 20)])]
    sections = gpd.GeoDataFrame(geometry=lines, crs=CRS, index=[7, 3])
    assert zone_of_sections(sections, ZONES).to_dict() == {7: zone, 3: "Z1"}


def test_a_place_on_a_border_belongs_to_the_first():
    assert zone_of_points(shapely.points([(100, 50), (250, 5), (999, 5)]), ZONES).tolist() == ["Z1", "Z3", "Z3"]
