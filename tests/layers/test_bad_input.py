"""Malformed inputs and what each gets: ``error`` stops the run, ``rejected`` sets the row aside and loads the rest.

Every case names file, row or field where there is one, and how to mend it.
"""

import json
import random
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon

from patrol.errors import ConfigError, LayerError
from patrol.layers.check import check_project, open_project
from patrol.layers.files import load_layers
from patrol.layers.pandapower import import_pandapower
from patrol.project import read_project

CASES = []
DOCUMENT = Path(__file__).parents[2] / "docs" / "bad_input.md"


def case(code, level, *, row=None, field="", says="", kind=None):
    """Register a way to break the good folder, and what must be found."""

    def keep(breaks):
        CASES.append(
            pytest.param(breaks, code, level, (row, field), says, kind or code.split(".")[0], id=breaks.__name__)
        )
        return breaks

    return keep


def moved(frame, crs):
    return frame.to_crs(crs)


def relabelled(frame, crs):
    """Coordinates as they are, another CRS claimed."""
    return frame.set_crs(crs, allow_override=True)


def turned(frame):
    """Every y before its x."""
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    return frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))


# --- coordinate reference systems


@case("lines.no_crs", "error", says="EPSG:4490")
def a_geopackage_without_crs(folder, good):
    lines = good["lines"]()
    with pytest.warns(UserWarning, match="crs"):
        folder.put("lines", gpd.GeoDataFrame(lines.drop(columns="geometry"), geometry=lines.geometry.to_numpy()))


@case("lines.no_crs", "error", says="project.toml")
def a_shapefile_without_prj(folder, good):
    path = folder.put("lines", good["lines"](), "lines.shp")
    path.with_suffix(".prj").unlink()


@case("poles.no_crs", "error", says="crs =")
def a_table_of_points_without_crs(folder, good):
    folder.put("poles", good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3]))


@case("poles.crs", "error", field="crs", says="names no")
def a_declared_crs_that_does_not_exist(folder, good):
    folder.put("poles", good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3]), crs="EPSG:999999")


@case("lines.crs", "error", says="towgs84")
def a_datum_whose_parameters_are_secret(folder, good):
    folder.put("lines", relabelled(good["lines"](), 4610))


@case("poles.crs", "error", field="crs", says="not in degrees")
def a_geographic_crs_in_grads(folder, good):
    folder.put("poles", good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3]), crs="EPSG:4807")


@case("crews.crs", "error", field="crs", says="degrees")
def crews_in_metres(folder, good):
    folder.put("crews", good["crews"](), crs="EPSG:4545")


@case("project.crs_degrees", "error", field="crs", kind="project", says="EPSG:4545")
def a_project_in_degrees(folder, good):
    folder.top["crs"] = "EPSG:4490"


@case("project.crs_unit", "error", field="crs", kind="project", says="foot")
def a_project_in_feet(folder, good):
    folder.top["crs"] = "EPSG:2263"


@case("project.crs_scale", "error", field="crs", kind="project", says="wrong where the lines lie")
def a_project_in_web_mercator(folder, good):
    folder.top["crs"] = "EPSG:3857"


@case("project.crs", "error", field="crs", kind="project")
def a_project_crs_that_does_not_exist(folder, good):
    folder.top["crs"] = "Pingluo 1958"


@case("lines.axes", "error", says="exchange")
def latitude_before_longitude(folder, good):
    folder.put("lines", turned(good["lines"]()))


@case("lines.axes", "error", says="EPSG:4524")
def north_before_east_as_surveyors_write(folder, good):
    folder.put("lines", turned(moved(good["lines"](), 4524)))


@case("lines.degrees", "error", says="EPSG:4490")
def degrees_declared_as_metres(folder, good):
    folder.put("lines", relabelled(good["lines"](), 4545))


@case("lines.metres", "error", says="EPSG:4524")
def metres_declared_as_degrees(folder, good):
    folder.put("lines", relabelled(moved(good["lines"](), 4524), 4490))


@case("lines.zone", "error", says="EPSG:4524")
def eastings_of_zone_36_declared_as_zone_35(folder, good):
    folder.put("lines", relabelled(moved(good["lines"](), 4524), 4523))


@case("poles.zone", "error", says="EPSG:4523")
def zone_numbers_in_front_though_the_crs_has_none(folder, good):
    points = good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3])
    there = gpd.points_from_xy(points["lon"], points["lat"], crs=4490).to_crs(4523)
    folder.put("poles", points.assign(lon=there.x, lat=there.y), crs="EPSG:4544")


@case("lines.zone", "error", says="EPSG:4545")
def zone_numbers_missing_though_the_crs_has_them(folder, good):
    folder.put("lines", relabelled(moved(good["lines"](), 4545), 4524))


# --- files


@case("lines.unreadable", "error", says="export it again")
def a_geopackage_that_is_none(folder, good):
    folder.put("lines", b"this is not a database" * 50, "lines.gpkg")


@case("lines.unreadable", "error")
def a_shapefile_without_its_index(folder, good):
    path = folder.put("lines", good["lines"](), "lines.shp")
    path.with_suffix(".shx").unlink()


@case("lines.empty", "error")
def a_file_of_no_bytes(folder, good):
    folder.put("lines", b"", "lines.geojson")


@case("lines.empty", "error")
def a_layer_of_no_rows(folder, good):
    folder.put("lines", good["lines"]().iloc[:0])


@case("lines.layer", "error", says="a, b")
def a_file_of_several_layers(folder, good):
    folder.put("lines", None, "many.gpkg")
    for layer in "ab":
        good["lines"]().to_file(folder.root / "many.gpkg", layer=layer)


@case("lines.layer", "error", says="did you mean '线路'")
def a_layer_that_is_not_there(folder, good):
    folder.put("lines", good["lines"](), "线路.gpkg", layer="线路图")


@case("lines.format", "error", says="export the layer itself")
def a_file_that_points_elsewhere(folder, good):
    folder.put(
        "lines",
        "<OGRVRTDataSource><OGRVRTLayer><SrcDataSource>x</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        "lines.vrt",
    )


@case("lines.encoding", "error", says="neither UTF-8 nor GB18030")
def shapefile_text_in_no_encoding(folder, good):
    path = folder.put("lines", good["lines"]().assign(name="??"), "lines.shp")
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"??", b"\xff\xff"))
    path.with_suffix(".cpg").unlink()


@case("lines.encoding", "error", says="ascii")
def shapefile_text_that_is_not_as_declared(folder, good):
    folder.put("lines", good["lines"](), "lines.shp", encoding="ascii")


@case("crews.encoding", "error")
def a_table_in_no_encoding(folder, good):
    folder.put("crews", b"crew_id,party\nA,\xff\xff\n")


@case("crews.encoding", "error", says="utf-8")
def a_table_that_is_not_as_declared(folder, good):
    folder.put("crews", good["crews"]().assign(name="红崖子").to_csv(index=False).encode("gb18030"), encoding="utf-8")


@case("crews.encoding", "error", says="gb18030")
def an_encoding_that_does_not_exist(folder, good):
    folder.put("crews", good["crews"](), encoding="utf-9")


@case("crews.unreadable", "error", says="line 2")
def a_quote_that_does_not_close(folder, good):
    folder.put("crews", 'crew_id,party,mode\nA,"enterprise,vehicle\n')


@case("crews.unreadable", "error", says="zero bytes")
def a_program_called_csv(folder, good):
    folder.put("crews", b"MZ\0\0\0\0")


@case("crews.empty", "error")
def a_table_of_blank_lines(folder, good):
    folder.put("crews", "\n\n ,  \n")


@case("crews.empty", "error")
def a_table_of_a_heading_alone(folder, good):
    folder.put("crews", good["crews"]().iloc[:0])


@case("crews.unreadable", "error", says="save it as .xlsx")
def a_workbook_that_is_none(folder, good):
    folder.put("crews", b"PK but no zip", "crews.xlsx")


@case("crews.layer", "error", says="Sheet1")
def a_sheet_that_is_not_there(folder, good):
    folder.put("crews", good["crews"](), "crews.xlsx", layer="七月")


@case("crews.format", "error", says=".xlsx")
def a_workbook_of_the_last_century(folder, good):
    folder.put("crews", b"\xd0\xcf\x11\xe0", "crews.xls")


@case("lines.geometry_type", "error", says="points")
def points_for_lines(folder, good):
    lines = good["lines"]()
    folder.put("lines", lines.set_geometry(gpd.points_from_xy([106.5] * 6, [38.9] * 6, crs=lines.crs)))


@case("poles.outside", "error", says="all 3 rows")
def a_whole_file_of_another_county(folder, good):
    points = good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3])
    folder.put("poles", points.assign(lat=points["lat"] - 9), crs="EPSG:4490")


# --- columns


@case("crews.missing_column", "error", field="shift_end", says="下班")
def a_required_column_is_missing(folder, good):
    folder.put("crews", good["crews"]().drop(columns="shift_end"))


@case("poles.missing_column", "error", field="lon", says="east first")
def a_table_of_points_without_positions(folder, good):
    folder.put("poles", "feeder_id,pole_no,X,Y\nF2,1,4307000,36370000\n", crs="EPSG:4524")


@case("lines.missing_column", "error", field="wkt", says="GeoPackage")
def a_table_for_lines(folder, good):
    folder.put("lines", "line_id,feeder_id\nL1,F2\n", "lines.csv", crs="EPSG:4490")


@case("crews.columns", "error", field="inputs.crews.columns.shft_end", says="did you mean 'shift_end'")
def a_mapping_of_no_column(folder, good):
    folder.put("crews", good["crews"](), columns={"shft_end": "shift_end"})


@case("crews.columns", "error", field="inputs.crews.columns.name", says="crew_id")
def a_mapping_to_a_heading_that_is_not_there(folder, good):
    folder.put("crews", good["crews"](), columns={"name": "班组名"})


# --- rows


def with_row(frame, row, **values):
    """Return the frame with cells of one row (1 = first) replaced."""
    frame = frame.copy().astype(dict.fromkeys(values, object))
    for name, value in values.items():
        frame.loc[row - 1, name] = value
    return frame


def with_shape(frame, row, shape):
    shapes = frame.geometry.to_numpy().copy()
    shapes[row - 1] = shape
    return frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))


@case("lines.geometry_empty", "rejected", row=2, field="geometry")
def a_line_that_was_never_drawn(folder, good):
    folder.put("lines", with_shape(good["lines"](), 2, None))


@case("lines.geometry_infinite", "rejected", row=3, field="geometry")
def a_coordinate_that_is_no_number(folder, good):
    with np.errstate(invalid="ignore"):
        folder.put("lines", with_shape(good["lines"](), 3, LineString([(106.5, 38.9), (106.6, np.nan)])))


@case("lines.geometry_zero_length", "rejected", row=1, field="geometry")
def a_line_from_a_point_to_itself(folder, good):
    folder.put("lines", with_shape(good["lines"](), 1, LineString([(106.5, 38.9)] * 2)))


@case("lines.geometry_type", "rejected", row=4, field="geometry", says="polygons")
def one_polygon_among_the_lines(folder, good):
    folder.put(
        "lines", with_shape(good["lines"](), 4, Point(106.5, 38.9).buffer(0.01)), "lines.geojson", crs="EPSG:4490"
    )


@case("lines.outside", "rejected", row=6, field="geometry", says="empty cell")
def a_line_off_the_coast_of_africa(folder, good):
    folder.put("lines", with_shape(good["lines"](), 6, LineString([(0, 0), (0, 0.01)])))


@case("lines.outside", "rejected", row=6, field="geometry", says="km from the other lines")
def a_line_in_tibet(folder, good):
    folder.put("lines", with_shape(good["lines"](), 6, LineString([(91, 29.6), (91, 29.7)])))


@case("lines.outside", "rejected", row=2, field="geometry", says="in another part of the world")
def a_line_beyond_the_map(folder, good):
    folder.put("lines", with_shape(moved(good["lines"](), 4545), 2, LineString([(5e9, 4e6), (5e9, 4.1e6)])))


@case("lines.geometry_range", "rejected", row=5, field="geometry")
def a_latitude_of_106(folder, good):
    folder.put("lines", with_shape(good["lines"](), 5, LineString([(38.9, 106.5), (38.9, 106.6)])))


@case("lines.duplicate", "rejected", row=5, field="line_id", says="row 2")
def an_id_given_twice(folder, good):
    folder.put("lines", with_row(good["lines"](), 5, line_id="线1"))


@case("lines.value", "rejected", row=2, field="voltage_kv", says="十千伏")
def a_voltage_in_words(folder, good):
    lines = with_row(good["lines"](), 2, voltage_kv="十千伏")
    folder.put("lines", lines.assign(voltage_kv=lines["voltage_kv"].astype(str)))


@case("lines.value_range", "rejected", row=2, field="voltage_kv", says="1200")
def a_voltage_in_volts(folder, good):
    folder.put("lines", good["lines"]().assign(voltage_kv=[10.0, 10_000.0, 10.0, 10.0, 10.0, 10.0]))


@case("lines.value_unknown", "rejected", row=1, field="placement", says="overhead")
def a_placement_that_is_none(folder, good):
    folder.put("lines", good["lines"]().assign(placement=["flying", *["overhead"] * 5]))


@case("lines.geometry_empty", "rejected", row=3, field="wkt")
def a_line_written_wrongly(folder, good):
    words = good["lines"]().geometry.to_wkt().to_list()
    words[1] = "LINESTRING (106.5 38.9"
    folder.put("lines", pd.DataFrame({"feeder_id": "F2", "wkt": words}), "lines.csv", crs="EPSG:4490")


@case("crews.value_empty", "rejected", row=3, field="party")
def a_crew_of_no_party(folder, good):
    folder.put("crews", with_row(good["crews"](), 2, party=None))


@case("crews.value_unknown", "rejected", row=3, field="mode", says="foot")
def a_crew_that_flies(folder, good):
    folder.put("crews", with_row(good["crews"](), 2, mode="broom"))


@case("crews.value", "rejected", row=2, field="shift_start", says="08:30")
def a_time_that_is_none(folder, good):
    folder.put("crews", with_row(good["crews"](), 1, shift_start="25:99"))


@case("crews.shift", "rejected", row=2, field="shift_end")
def a_shift_that_ends_before_it_starts(folder, good):
    folder.put("crews", with_row(good["crews"](), 1, shift_end="06:00"))


@case("crews.value_range", "rejected", row=3, field="start_lat")
def a_crew_with_longitude_for_latitude(folder, good):
    folder.put("crews", with_row(good["crews"](), 2, start_lon=38.9, start_lat=106.5))


@case("crews.outside", "rejected", row=3, field="start_lon")
def a_crew_that_starts_in_the_ocean(folder, good):
    folder.put("crews", with_row(good["crews"](), 2, start_lon=0, start_lat=0))


@case("crews.value_empty", "rejected", row=2, field="end_lon, end_lat")
def a_crew_with_half_an_end(folder, good):
    folder.put("crews", good["crews"]().assign(end_lon=[106.5, 106.5], end_lat=[None, 38.9]))


@case("crews.weekdays", "rejected", row=2, field="weekdays", says="12345")
def weekdays_in_words(folder, good):
    folder.put("crews", good["crews"]().assign(weekdays=["Mon-Fri", "67"]))


@case("crews.duplicate", "rejected", row=3, field="crew_id")
def two_crews_of_one_name(folder, good):
    folder.put("crews", good["crews"]().assign(crew_id="A"))


@case("crews.no_rows", "error", says="mend the rows")
def every_crew_is_wrong(folder, good):
    folder.put("crews", good["crews"]().assign(mode="broom"))


@case("crews.cells", "rejected", row=3, says="quotes")
def a_row_with_too_many_cells(folder, good):
    text = good["crews"]().to_csv(index=False).replace("11:00", "11:00,and,more")
    folder.put("crews", text)


@case("poles.geometry_empty", "rejected", row=3, field="lon")
def a_pole_without_position(folder, good):
    points = good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3])
    folder.put("poles", with_row(points, 2, lat=None), crs="EPSG:4490")


@case("poles.geometry_range", "rejected", row=4, field="geometry")
def a_pole_with_latitude_for_longitude(folder, good):
    points = good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3])
    folder.put("poles", with_row(points, 3, lon=38.9, lat=106.5), crs="EPSG:4490")


@case("equipment.outside", "rejected", row=2, field="geometry", says="empty cell")
def a_switch_at_zero_zero(folder, good):
    points = good["points"](kind=["switch"] * 3)
    folder.put("equipment", with_row(points, 1, lon=0, lat=0), crs="EPSG:4490")


@case("poles.outside", "rejected", row=3, field="geometry", says="EPSG:4523")
def one_pole_in_the_next_zone(folder, good):
    points = good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3])
    there = gpd.points_from_xy(points["lon"], points["lat"], crs=4490).to_crs(4524)
    table = points.assign(lon=there.x, lat=there.y)
    table.loc[1, "lon"] = 35_630_000.0
    folder.put("poles", table, crs="EPSG:4524")


@case("zones.geometry_invalid", "rejected", row=1, field="geometry", says="Self-intersection")
def a_zone_like_a_bow_tie(folder, good):
    tie = Polygon([(106.5, 38.8), (106.6, 39.0), (106.6, 38.8), (106.5, 39.0)])
    folder.put("zones", with_shape(good["zones"](), 1, tie))


@case("zones.value_empty", "rejected", row=2, field="zone_id")
def a_zone_without_name(folder, good):
    folder.put("zones", good["zones"]().assign(zone_id=["Z1", ""]))


@case("roster.crew_unknown", "rejected", row=2, field="crew_id", says="did you mean 'A'")
def a_roster_of_strangers(folder, good):
    folder.put("roster", "date,crew_id\n2024-08-16,AA\n2024-08-16,B\n")


@case("roster.value", "rejected", row=2, field="date", says="2024-08-16")
def a_day_that_could_be_two(folder, good):
    folder.put("roster", "date,crew_id\n03/04/2024,A\n2024-08-16,B\n")


@case("roster.shift", "rejected", row=3, field="shift_end")
def a_roster_day_that_ends_before_the_crew_starts(folder, good):
    folder.put("roster", "date,crew_id,shift_end\n2024-08-16,A,12:00\n2024-08-16,B,08:00\n")


@case("roster.duplicate", "rejected", row=3, field="crew_id")
def a_crew_twice_on_one_day(folder, good):
    folder.put("roster", "date,crew_id\n2024-08-16,A\n2024/8/16,A\n")


@case("hazards.geometry_empty", "rejected", row=3, field="pole_no")
def a_hazard_on_a_pole_nobody_knows(folder, good):
    folder.put("poles", good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3]), crs="EPSG:4490")
    folder.put("hazards", "hazard_id,reported,feeder_id,pole_no\nH1,2024-08-01,F2,2\nH2,2024-08-01,F2,99\n")


@case("weather.value_range", "rejected", row=3, field="rh_pct", says="0 .. 100")
def air_wetter_than_water(folder, good):
    folder.put("weather", "date,temp_c,rh_pct,wind_kmh,rain_mm\n2024-08-15,25,40,10,0\n2024-08-16,25,140,10,0\n")


@case("weather.duplicate", "rejected", row=4, field="date", says="2024-08-15 is in row 2")
def a_day_of_weather_twice(folder, good):
    rows = "2024-08-15,25,40,10,0\n2024-08-16,25,40,10,0\n20240815,25,40,10,0\n"
    folder.put("weather", "date,temp_c,rh_pct,wind_kmh,rain_mm\n" + rows)


@case("requests.value", "rejected", row=2, field="minutes", says="whole number")
def half_a_minute(folder, good):
    points = good["points"](request_id=["R1", "R2"], kind="visit", due="2024-08-20", minutes=["12.5", "30"])
    folder.put("requests", points, crs="GCJ-02")


GUARANTEE = '[[supply_guarantees]]\nname = "Exam"\nstart = {}\nend = {}\nfeeders = ["{}"]\n'


@case("calendar.order", "error", field="supply_guarantees[1].end", says="before it starts")
def an_event_that_ends_before_it_starts(folder, good):
    folder.put("calendar", GUARANTEE.format("2024-06-09", "2024-06-07", "F2"), "calendar.toml")


@case("calendar.feeder_unknown", "error", field="supply_guarantees[1]", says="did you mean 'F2'?")
def guaranteed_supply_of_a_feeder_nobody_knows(folder, good):
    folder.put("calendar", GUARANTEE.format("2024-06-07", "2024-06-09", "F22"), "calendar.toml")


@case("calendar.date", "error", field="seasons[1].start", says="03-15")
def a_season_on_a_day_that_does_not_exist(folder, good):
    folder.put("calendar", '[[seasons]]\nseason = "frost"\nstart = "11-31"\nend = "03-15"\n', "calendar.toml")


@case("lines.elsewhere", "error", says='crs = "EPSG:4545"')
def lines_in_the_next_zone_but_nothing_else(folder, good):
    folder.put("lines", relabelled(moved(good["lines"](), 4545), 4544))
    folder.put("zones", good["zones"]())


@case("crews.unreadable", "error", says="name the file in it")
def a_folder_where_a_table_should_be(folder, good):
    folder.put("crews", None, "crews.csv")
    (folder.root / "crews.csv").mkdir()


def test_there_are_enough_cases():
    assert len(CASES) >= 30
    assert {param.values[2] for param in CASES} == {"error", "rejected"}


@pytest.mark.parametrize(("breaks", "code", "level", "place", "says", "kind"), CASES)
def test_bad_input_is_named(folder, good, breaks, code, level, place, says, kind, record_property):
    """Every case; ``scripts/tabulate_bad_input.py`` makes docs/bad_input.md from what is recorded here."""
    breaks(folder, good)
    project = folder.open()
    found = [one for one in check_project(project) if one.code == code]
    assert found, [str(one) for one in check_project(project)]
    assert {one.level for one in found} == {level}
    one = found[0]
    assert (one.row, one.field) == place, one
    assert one.what
    assert one.mend
    source = "project.toml" if kind == "project" else folder.inputs[kind]["path"]
    assert one.source.startswith(source)
    assert says in f"{one.what} -> {one.mend}"
    row = [breaks.__name__.replace("_", " "), level, one.code, str(one)]
    record_property("row", row)
    kept = DOCUMENT.read_text("utf-8").replace("\\|", "|")
    assert f"| {' | '.join(row[:3])} | " in kept, "run scripts/tabulate_bad_input.py"
    assert one.mend.replace("\n", " ") in kept, "run scripts/tabulate_bad_input.py"
    if level == "error":
        with pytest.raises(LayerError) as raised:
            load_layers(project)
        assert one in raised.value.findings
        assert all(other.level in {"error", "rejected"} for other in raised.value.findings)
        return
    layers, row = load_layers(project), place[0]
    frame = getattr(layers, kind)
    assert row not in set(frame["source_row"]), "the row is still there"
    assert len(frame), "the other rows are gone too"
    aside = layers.rejected[layers.rejected["code"] == code]
    assert aside["row"].tolist() == [row]
    assert json.loads(aside["content"].iloc[0])


SETTINGS = [
    ("a price that is no number", "planning", "hour_ecm = nan", "type", "hour_ecm"),
    ("an endless price", "planning", "visit_ecm = inf", "type", "visit_ecm"),
    ("a price beyond all sums", "planning", "visit_ecm = 1e300", "range", "visit_ecm"),
    ("a cycle before it began", "cycles", "days = { rural = -5 }", "range", "days.rural"),
    ("a cycle of no day", "cycles", "days = { rural = 0 }", "range", "days.rural"),
    ("a speed backwards", "travel", "road_kmh = { track = -3 }", "range", "road_kmh.track"),
    ("a weight that is no number", "consequence", "important_weight = { care = nan }", "type", "important_weight.care"),
    ("a deadline before the report", "hazards", "deadline_hours = { general = -1 }", "range", "deadline_hours.general"),
    ("no number to call", "planning", "emergency_numbers = {}", "empty", "emergency_numbers"),
    ("an empty number to call", "planning", 'emergency_numbers = { fire = "" }', "empty", "emergency_numbers.fire"),
    ("a key nobody knows", "planning", "hour_emc = 60", "unknown_key", "hour_emc"),
]


@pytest.mark.parametrize(("name", "section", "text", "code", "field"), SETTINGS, ids=[one[0] for one in SETTINGS])
def test_a_setting_without_sense_is_named(folder, name, section, text, code, field, record_property):
    """All of them stop the run while the project file is read, before any layer is."""
    folder.open()
    with (folder.root / "project.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[settings.{section}]\n{text}\n")
    with pytest.raises(ConfigError) as raised:
        read_project(folder.root)
    (one,) = raised.value.findings
    assert (one.level, one.code, one.field) == ("error", f"config.{code}", f"settings.{section}.{field}")
    assert one.mend
    record_property("row", [name, one.level, one.code, str(one)])


def power_model(path, places, length_km=0.87):
    """Write a power-flow model of three buses in a row as a GeoPackage of pandapower's tables."""
    bus = gpd.GeoDataFrame({"idx": [0, 1, 2], "vn_kv": [10.0] * 3}, geometry=[Point(*place) for place in places])
    courses = [LineString([places[k], places[k + 1]]) for k in (0, 1)]
    ends = {"idx": [0, 1], "from_bus": [0, 1], "to_bus": [1, 2], "length_km": [length_km] * 2, "type": ["ol"] * 2}
    bus.set_crs(4326).to_file(path, layer="bus")
    gpd.GeoDataFrame(ends, geometry=courses, crs=4326).to_file(path, layer="line")


IN_DEGREES = [(106.50 + 0.01 * k, 38.9) for k in range(3)]
IN_METRES = [(456_700 + 870 * k, 4_305_600) for k in range(3)]
MODELS = [
    ("a power-flow model in degrees declared as metres", IN_DEGREES, "EPSG:32648", "degrees", 'crs = "EPSG:4490"'),
    ("a power-flow model in metres declared as degrees", IN_METRES, "EPSG:4326", "metres", "Gauss-Krueger"),
    ("a power-flow model with latitude first", [(y, x) for x, y in IN_DEGREES], "EPSG:4326", "axes", "exchanged"),
    ("a power-flow model drawn as a diagram", [(0, 0), (0, -2), (1, -2)], "EPSG:4326", "diagram", "real coordinates"),
    ("a power-flow model with every bus at one place", IN_DEGREES[:1] * 3, "EPSG:4326", "diagram", "0 km long"),
]


@pytest.mark.parametrize(("name", "places", "crs", "code", "says"), MODELS, ids=[one[0] for one in MODELS])
def test_a_power_flow_model_off_the_map_is_named(tmp_path, name, places, crs, code, says, record_property):
    power_model(tmp_path / "model.gpkg", places)
    with pytest.raises(LayerError) as raised:
        import_pandapower(tmp_path / "model.gpkg", tmp_path / "out", crs=crs)
    (one,) = raised.value.findings
    assert (one.level, one.code) == ("error", f"pandapower.{code}")
    assert one.mend
    assert says in str(one)
    assert not (tmp_path / "out").exists()
    record_property("row", [name, one.level, one.code, str(one)])


def test_all_faults_of_all_inputs_come_at_once(folder, good):
    a_required_column_is_missing(folder, good)
    degrees_declared_as_metres(folder, good)
    a_table_of_points_without_crs(folder, good)
    folder.put("zones", b"nothing", "zones.gpkg")
    folder.top["crs"] = "EPSG:4490"
    with pytest.raises(LayerError) as raised:
        load_layers(folder.open())
    codes = {one.code for one in raised.value.findings}
    assert codes >= {"crews.missing_column", "lines.degrees", "poles.no_crs", "zones.unreadable"}


def test_a_folder_where_a_file_should_be_hides_no_other_fault(folder, good):
    a_folder_where_a_table_should_be(folder, good)
    folder.put("calendar", None, "calendar")
    (folder.root / "calendar").mkdir()
    folder.put("equipment", None, "gone.csv")
    folder.put("roads", b"nothing", "roads.gpkg")
    with pytest.raises(ConfigError):
        folder.open()
    with pytest.raises(ConfigError) as raised:
        open_project(folder.root)
    codes = [one.code for one in raised.value.findings]
    assert sorted(codes) == ["crews.unreadable", "input.folder", "input.missing", "roads.unreadable"]


@pytest.mark.parametrize("day", ["1024-01-01", "2300-01-01", "9999-12-31"])
def test_a_cold_start_of_no_year_that_is_worked_with_is_refused(folder, day):
    folder.open()
    with (folder.root / "project.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[settings.cycles]\ncold_start = "{day}"\n')
    with pytest.raises(ConfigError, match="1900 to 2200"):
        read_project(folder.root)


def test_a_vector_layer_with_days_of_other_ages_sets_those_rows_aside(folder, good):
    points = good["points"](hazard_id=["H1", "H2"])
    days = pd.Series(np.array(["2024-08-01", "1024-08-01"], dtype="datetime64[s]"))
    shapes = gpd.points_from_xy(points["lon"], points["lat"])
    hazards = gpd.GeoDataFrame(points[["hazard_id"]].assign(reported=days), geometry=shapes, crs=4326)
    folder.put("hazards", hazards)
    layers = load_layers(folder.open())
    assert layers.hazards["hazard_id"].tolist() == ["H1"]
    assert layers.rejected["code"].tolist() == ["hazards.value"]


REGIONS = [("山区", "mountain"), ("Mountain", "mountain"), ("城郊", "suburban"), ("", "rural")]


@pytest.mark.parametrize(("word", "meaning"), REGIONS)
def test_words_for_regions_are_understood(folder, good, word, meaning):
    folder.put("lines", good["lines"]().assign(region_class=word))
    assert set(load_layers(folder.open()).lines["region_class"]) == {meaning}


def test_a_region_that_nobody_knows_is_told(folder, good):
    folder.put("lines", good["lines"]().assign(region_class=["moon", "moon", "desert", "rural", "rural", "rural"]))
    project = folder.open()
    (one,) = [one for one in load_layers(project).findings if one.code == "lines.region_unknown" and "moon" in one.what]
    assert (one.level, one.row, one.field) == ("suspicion", 1, "region_class")
    with (folder.root / "project.toml").open("a", encoding="utf-8") as file:
        file.write("\n[settings.cycles.days]\nmoon = 30\n")
    told = [one.what for one in load_layers(read_project(folder.root)).findings if one.code == "lines.region_unknown"]
    assert len(told) == 1
    assert "desert" in told[0]


def test_a_required_layer_without_a_row_left_says_why(folder, good):
    every_crew_is_wrong(folder, good)
    with pytest.raises(LayerError, match="broom"):
        load_layers(folder.open())


def test_lines_without_any_row_left_are_one_fault_with_its_reasons(folder, good):
    lines = good["lines"]()
    folder.put("lines", lines.set_geometry(gpd.GeoSeries([None] * 6, crs=lines.crs)), "l.geojson", crs="EPSG:4490")
    with pytest.raises(LayerError) as raised:
        load_layers(folder.open())
    assert [one.code for one in raised.value.findings] == ["lines.no_rows"] + ["lines.geometry_empty"] * 6


def test_rejected_rows_do_not_stop_each_other(folder, good):
    lines = with_shape(good["lines"](), 2, None)
    lines = with_row(lines, 4, line_id="线0")
    folder.put("lines", lines.assign(placement=["overhead"] * 5 + ["flying"]))
    layers = load_layers(folder.open())
    assert layers.lines["source_row"].tolist() == [1, 3, 5]
    assert sorted(layers.rejected["row"]) == [2, 4, 6]


def test_one_row_with_two_faults_is_told_twice_and_lost_once(folder, good):
    folder.put("crews", with_row(good["crews"](), 2, mode="broom", party="nobody"))
    layers = load_layers(folder.open())
    assert layers.rejected["field"].tolist() == ["party", "mode"]
    assert layers.crews["crew_id"].tolist() == ["A"]


def damaged(folder, good, seed):
    """Overwrite or cut off one file of one input at random."""
    chance = random.Random(seed)
    kind, name, suffixes = chance.choice(
        [
            ("crews", "c.csv", [".csv"]),
            ("crews", "c.xlsx", [".xlsx"]),
            ("lines", "l.gpkg", [".gpkg"]),
            ("lines", "l.shp", [".shp", ".shx", ".dbf", ".prj", ".cpg"]),
            ("lines", "l.geojson", [".geojson"]),
        ]
    )
    path = folder.put(kind, good[kind](), name).with_suffix(chance.choice(suffixes))
    content = bytearray(path.read_bytes())
    at = int(chance.random() * len(content))
    if chance.random() < 0.3:
        del content[at:]
    for _ in range(chance.randrange(6)):
        spot = int(chance.random() ** 2 * len(content))  # heads matter more than bodies
        content[spot : spot + 1] = chance.randbytes(chance.randrange(3))
    path.write_bytes(bytes(content))


# pyogrio's own error handler stumbles over messages of GDAL that hold bytes of the damaged file
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", range(40))
def test_damaged_files_never_make_the_check_itself_fail(folder, good, seed):
    damaged(folder, good, seed)
    assert check_project(folder.open())


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", range(1000, 2000))
def test_damaged_files_never_make_the_check_itself_fail_long(folder, good, seed):
    damaged(folder, good, seed)
    assert check_project(folder.open())
