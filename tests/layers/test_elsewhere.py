"""One wrong CRS is one error: what follows from it is not told as the fault of others."""

import geopandas as gpd
import pytest
from shapely.geometry import LineString

from patrol.errors import LayerError
from patrol.layers.files import gather, load_layers

LON, LAT = 106.5, 38.9


def relabelled(frame, crs):
    return frame.set_crs(crs, allow_override=True)


@pytest.fixture
def others(folder, good):
    """Poles, zones and crews where they belong."""
    folder.put("poles", good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3]), crs="EPSG:4490")
    folder.put("zones", good["zones"]())
    return folder


def errors(folder):
    return [one for one in gather(folder.open()).findings if one.level in {"error", "rejected"}]


@pytest.mark.parametrize(
    ("really", "claimed", "declared", "code"),
    [
        (4523, 4545, "", "lines.zone"),  # zone number in front, claimed to have none
        (4545, 4524, "", "lines.zone"),
        (4545, 4490, "", "lines.metres"),
        (4490, 4545, "", "lines.degrees"),
        (4545, 4545, "EPSG:4326", "lines.metres"),  # what the template declares, left in place
    ],
)
def test_a_crs_error_of_the_lines_has_no_followers(others, good, really, claimed, declared, code):
    frame = relabelled(good["lines"]().to_crs(really), claimed)
    others.put("lines", frame, **({"crs": declared} if declared else {}))
    assert {one.code for one in errors(others)} - {"lines.crs_differs"} == {code}


def test_a_crs_left_from_the_template_is_told_with_the_error(others, good):
    others.put("lines", good["lines"]().to_crs(4545), crs="EPSG:4326")
    with pytest.raises(LayerError, match=r"take the crs out of project\.toml"):
        load_layers(others.open())


@pytest.mark.parametrize(("claimed", "zone"), [(4544, "EPSG:4545"), (4538, "EPSG:4545"), (4507, "EPSG:4545")])
def test_lines_in_the_wrong_zone_are_at_fault_not_everything_else(others, good, claimed, zone):
    others.put("lines", relabelled(good["lines"]().to_crs(4545), claimed))
    (fault,) = errors(others)
    assert fault.code == "lines.elsewhere"
    assert "poles, zones, crews" in fault.what
    assert zone in fault.mend


def test_lines_without_a_zone_that_fits_are_told_plainly(others):
    table = {"line_id": ["a"], "feeder_id": ["F2"]}
    others.put("lines", gpd.GeoDataFrame(table, geometry=[LineString([(10, 50), (10.01, 50)])], crs="EPSG:4326"))
    (fault,) = errors(others)
    assert fault.code == "lines.elsewhere"
    assert "check the crs" in fault.mend


def test_one_layer_elsewhere_is_at_fault_itself(others, good):
    strange = good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3])
    strange["lon"] += 3.0
    others.put("poles", strange, crs="EPSG:4490")
    assert [one.code for one in errors(others)] == ["poles.outside"]


def test_a_file_of_no_format_is_told_without_paths_or_hints_for_programmers(others):
    others.put("roads", b"not a thing", "roads.geojson")
    others.put("water", b"garbage", "water.gpkg")
    found = errors(others)
    assert [one.code for one in found] == ["roads.unreadable", "water.unreadable"]
    for one in found:
        assert "DRIVER" not in str(one)
        assert str(others.root) not in str(one)
