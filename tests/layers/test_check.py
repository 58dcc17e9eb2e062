"""``patrol check``: counts, and what values contradict."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Polygon

from patrol.errors import ConfigError
from patrol.layers.check import check_project, open_project
from patrol.project import examine_project

LON, LAT = 106.5, 38.9
TYPES = frozenset({"V01", "E01"})


def found(folder, code, **options):
    return [one for one in check_project(folder.open(), **options) if one.code == code]


def test_a_good_project_gets_counts_and_nothing_else(folder, good):
    folder.put("zones", good["zones"]())
    told = check_project(folder.open(), hazard_types=TYPES)
    assert {one.level for one in told} == {"note"}
    words = {one.code: one.what for one in told}
    assert words["lines.count"] == "6 rows read, 4.9 km"
    assert words["crews.count"] == "2 rows read"


def test_findings_come_by_level_and_input(folder, good):
    folder.put("crews", good["crews"]().assign(mode=["broom", "foot"], skils="x"))
    folder.put("zones", b"no file", "zones.gpkg")
    levels = [one.level for one in check_project(folder.open())]
    assert levels == sorted(levels, key=["error", "rejected", "suspicion", "note"].index)
    (count,) = found(folder, "crews.count")
    assert count.what == "1 row read, 1 set aside"
    assert not found(folder, "zones.count")


def test_errors_are_returned_not_raised(folder):
    folder.put("lines", b"no file", "lines.gpkg")
    folder.put("crews", "crew_id\nA\n")
    told = check_project(folder.open())
    assert {one.code for one in told if one.level == "error"} == {"lines.unreadable", "crews.missing_column"}
    assert len([one for one in told if one.code == "crews.missing_column"]) == 6


def test_other_inputs_are_checked_though_the_lines_are_lost(folder, good):
    folder.put("lines", b"no file", "lines.gpkg")
    folder.put("zones", good["zones"]().assign(zone_id="Z1"))
    assert found(folder, "zones.duplicate")


def test_high_voltage_is_told(folder, good):
    folder.put("lines", good["lines"]().assign(voltage_kv=[10, 10, 110, 10, 110, None]))
    (one,) = found(folder, "lines.voltage")
    assert (one.level, one.row) == ("suspicion", 3)
    assert "2 of 6 lines are above 35 kV and not patrolled (rows 3, 5)" in one.what


def test_zones_that_overlap_are_told(folder, good):
    zones = good["zones"]()
    zones = zones.set_geometry(gpd.GeoSeries([zones.geometry[0], zones.geometry[1].buffer(0.02)], crs=4490))
    folder.put("zones", zones)
    (one,) = found(folder, "zones.overlap")
    assert "'Z1' and 'Z2' share" in one.what


def test_lines_outside_every_zone_are_told(folder):
    west = Polygon(
        [(LON - 0.01, LAT - 0.01), (LON + 0.025, LAT - 0.01), (LON + 0.025, LAT + 0.01), (LON - 0.01, LAT + 0.01)]
    )
    folder.put("zones", gpd.GeoDataFrame({"zone_id": ["Z1"]}, geometry=[west], crs=4490))
    (one,) = found(folder, "zones.uncovered")
    assert "50% of the line length" in one.what


def test_crews_of_unknown_zones_are_told(folder, good):
    folder.put("zones", good["zones"]())
    folder.put("crews", good["crews"]().assign(zones=["Z1;Z2", "Z1、Z11"]))
    (one,) = found(folder, "crews.zone_unknown")
    assert (one.row, one.field) == (3, "zones")
    assert "did you mean 'Z1'" in one.mend


@pytest.mark.parametrize(
    ("earliest", "latest", "minutes", "told"),
    [
        ("11:30", "13:00", 60, 0),
        (None, None, 60, 0),
        ("11:30", None, 0, 0),
        ("18:00", "19:00", 60, 1),
        ("13:00", "11:00", 30, 1),
        ("16:30", "17:00", 60, 1),
        ("05:00", "06:00", 30, 1),
    ],
)
def test_breaks_outside_the_shift_are_told(folder, good, earliest, latest, minutes, told):
    crews = good["crews"]().iloc[:1].assign(break_earliest=earliest, break_latest=latest, break_minutes=minutes)
    folder.put("crews", crews)
    assert len(found(folder, "crews.break")) == told


def test_unknown_hazard_types_are_told_if_the_types_are_known(folder, good):
    points = good["points"](hazard_id=["H1", "H2", "H3"], type=["V01", "V1", ""], reported="2024-08-01")
    folder.put("hazards", points, crs="EPSG:4490")
    assert not found(folder, "hazards.type_unknown")
    (one,) = found(folder, "hazards.type_unknown", hazard_types=TYPES)
    assert (one.row, one.level) == (3, "suspicion")
    assert "did you mean 'V01'" in one.mend


def test_days_and_hours_that_contradict_each_other_are_told(folder, good):
    points = good["points"](
        hazard_id=["H1", "H2", "H3"], reported="2024-08-10", closed=["2024-08-01", None, "2024-08-11"]
    )
    folder.put("hazards", points, crs="EPSG:4490")
    assert [one.row for one in found(folder, "hazards.closed")] == [2]
    points = good["points"](point_id=["P1", "P2", "P3"], kind="care", opens="09:00", closes=["08:00", "10:00", None])
    folder.put("service_points", points.assign(parties=["villager+enterprise", "villagers", ""]), crs="EPSG:4490")
    assert [one.row for one in found(folder, "service_points.hours")] == [2]
    (one,) = found(folder, "service_points.party_unknown")
    assert (one.row, one.mend) == (3, "did you mean 'villager'?")


def test_poles_of_one_number_are_told(folder, good):
    points = good["points"](feeder_id=["F2"] * 3, pole_no=[1, 1, 1], branch=["", "", "支1"])
    folder.put("poles", points, crs="EPSG:4490")
    assert [one.row for one in found(folder, "poles.pole_repeats")] == [3]


def test_missing_days_of_weather_are_told(folder):
    days = ["2024-08-01", "2024-08-02", "2024-08-05"]
    folder.put("weather", pd.DataFrame({"date": days, "temp_c": 20, "rh_pct": 40, "wind_kmh": 5, "rain_mm": 0}))
    (one,) = found(folder, "weather.gaps")
    assert "1 gap between days, the first before 2024-08-05" in one.what


@pytest.mark.parametrize("lost", ["lines", "crews"])
def test_without_a_required_file_the_faults_of_the_others_are_still_named(folder, good, lost):
    folder.put("poles", good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3]))  # states no CRS
    folder.open()
    (folder.root / folder.inputs[lost]["path"]).unlink()
    with pytest.raises(ConfigError) as caught:
        open_project(folder.root)
    assert {one.code for one in caught.value.findings} >= {"input.missing", "poles.no_crs"}
    project, faults = examine_project(folder.root)
    assert [one.code for one in faults] == ["input.missing"]
    assert "poles.no_crs" in {one.code for one in check_project(project)}


def test_customers_own_lines_are_said(folder, good):
    folder.put("lines", good["lines"]().assign(owner=["用户", "供电公司", "Customer ", "", "state grid", None]))
    (told,) = found(folder, "lines.customers_own")
    assert told.level == "note"
    assert "2 of 6 lines are customers' own" in told.what
    assert "rows 1, 3" in told.what
