"""The input door on good and middling input: formats, encodings, headings, geometry, shifts, hashes."""

import csv
import json
import tempfile
import zipfile
from datetime import datetime, time
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon

from patrol.errors import LayerError
from patrol.layers.files import load_layers, write_rejected
from patrol.layers.gcj import Wgs84, bd_from_gcj, gcj_from_wgs
from patrol.layers.schema import SCHEMAS
from patrol.project import INPUTS, read_project

LON, LAT = 106.5, 38.9


def codes(layers, level=None):
    return {one.code for one in layers.findings if level in {None, one.level}}


def finding(layers, code):
    (one,) = [one for one in layers.findings if one.code == code]
    return one


# --- what the frames promise


def in_parquet(folder, kind, frame):
    frame.to_parquet(folder.root / f"{kind}.parquet")
    folder.inputs[kind] = {"path": f"{kind}.parquet"}


def test_geoparquet_is_read_like_any_layer(folder, good):
    lines = good["lines"]()
    wanted = load_layers(folder.open())
    in_parquet(folder, "lines", lines.set_index(pd.Index(range(90, 90 + len(lines)))))
    got = load_layers(folder.open())
    pd.testing.assert_frame_equal(pd.DataFrame(got.lines), pd.DataFrame(wanted.lines))
    assert not got.findings


def test_parquet_without_crs_is_refused_and_without_geometry_is_a_table(folder, good):
    in_parquet(folder, "lines", good["lines"]().set_crs(None, allow_override=True))
    with pytest.raises(LayerError, match="EPSG:4490") as raised:
        load_layers(folder.open())
    assert [one.code for one in raised.value.findings] == ["lines.no_crs"]
    in_parquet(folder, "lines", pd.DataFrame(good["lines"]().drop(columns="geometry")))
    with pytest.raises(LayerError) as raised:
        load_layers(folder.open())
    assert "lines.missing_column" in {one.code for one in raised.value.findings}


def test_a_parquet_that_is_none_says_so_without_our_path(folder):
    (folder.root / "lines.parquet").write_bytes(b"PAR1 and nothing more")
    folder.inputs["lines"] = {"path": "lines.parquet"}
    with pytest.raises(LayerError, match=r"cannot be read as \(Geo\)Parquet") as raised:
        load_layers(folder.open())
    (one,) = raised.value.findings
    assert one.code == "lines.unreadable"
    assert "libduckdb" not in str(one)
    assert str(folder.root) not in str(one)


def test_frames_are_as_promised(folder):
    layers = load_layers(folder.open())
    assert layers.crs.to_epsg() == 32648
    for kind in INPUTS:
        frame, schema = getattr(layers, kind), SCHEMAS[kind]
        extra = ["start_x", "start_y", "end_x", "end_y"] if kind == "crews" else []
        shape = ["geometry"] if schema.geometry else []
        assert list(frame.columns) == [*schema.columns, "source_row", *extra, *shape]
        assert isinstance(frame.index, pd.RangeIndex)
        assert isinstance(frame, gpd.GeoDataFrame) == bool(schema.geometry)
        if schema.geometry:
            assert frame.crs == layers.crs
        for name, column in schema.columns.items():
            wanted = {"text": "O", "bool": "b", "date": "M", "time": "f", "float": "f"}.get(column.kind)
            wanted = wanted or ("f" if column.default is None else "i")
            assert frame[name].dtype.kind == wanted, (kind, name, frame[name].dtype)
    assert layers.lines["source_row"].tolist() == [1, 2, 3, 4, 5, 6]
    assert layers.lines["placement"].tolist() == ["overhead"] * 6
    assert layers.rejected.empty
    assert not layers.findings
    assert set(layers.hashes) == {"lines", "crews"}


def test_crews_stand_in_metres_too(folder, good):
    folder.put("crews", good["crews"]().assign(end_lon=[None, LON], end_lat=[None, LAT]))
    crews = load_layers(folder.open()).crews
    assert crews["shift_start"].tolist() == [8 * 3600.0, 9 * 3600.0]
    assert crews["end_lon"].tolist() == [LON, LON]
    assert np.allclose(crews["start_x"].iloc[0], crews["end_x"])
    assert abs(crews["start_x"].iloc[1] - crews["start_x"].iloc[0] - 1735) < 5  # 0.02 degrees at 38.9N
    assert crews["break_minutes"].tolist() == [0, 0]


def test_a_stated_metric_crs_is_the_frames(folder):
    folder.top["crs"] = "EPSG:4545"
    layers = load_layers(folder.open())
    assert layers.lines.crs.to_epsg() == 4545
    assert 369_000 < layers.lines.geometry.iloc[0].coords[0][0] < 371_000


def test_progress_is_told(folder):
    told = []
    load_layers(folder.open(), progress=lambda *step: told.append(step))
    assert told == [("lines", 0, 2), ("crews", 1, 2), ("area", 2, 2)]


def test_inputs_nobody_asked_for_are_not_read(folder, good):
    folder.put("poles", good["points"](feeder_id=["F2"] * 3, pole_no=["1", None, "3"]), crs="EPSG:4490")
    whole = load_layers(folder.open())
    folder.open().inputs["crews"].path.write_bytes(b"\x00\x01")
    told = []
    some = load_layers(folder.open(), kinds=("lines", "poles"), progress=lambda *step: told.append(step[0]))
    assert told == ["lines", "poles", "area"]
    assert set(some.hashes) == {"lines", "poles"}
    pd.testing.assert_frame_equal(some.poles, whole.poles)
    assert len(whole.crews)
    assert some.crews.empty
    assert list(some.crews.columns) == list(whole.crews.columns)


def test_the_same_files_give_the_same_frames(folder, good):
    folder.put("poles", good["points"](feeder_id=["F2"] * 3, pole_no=["1", None, "3"]), crs="EPSG:4490")
    one, two = (load_layers(folder.open()) for _ in range(2))
    assert one.findings == two.findings
    for kind in INPUTS:
        pd.testing.assert_frame_equal(getattr(one, kind), getattr(two, kind))


# --- formats


@pytest.mark.parametrize("name", ["l.gpkg", "l.shp", "l.geojson", "l.fgb", "l.tab", "l.kml", "l.gml", "线.shp.zip"])
def test_any_vector_format_gives_the_same_lines(folder, good, name):
    lines = good["lines"]().to_crs(4326)
    expected = load_layers(folder.open()).lines
    if name.endswith(".zip"):
        path = folder.put("lines", lines, "线.shp")
        with zipfile.ZipFile(folder.root / name, "w") as box:
            for part in path.parent.glob("线.[sdpc]*"):
                box.write(part, part.name)
        folder.inputs["lines"]["path"] = name
    else:
        folder.put("lines", lines, name)
    got = load_layers(folder.open()).lines
    got = got.sort_values("line_id")  # FlatGeobuf keeps rows in an order of its own
    assert got["line_id"].tolist() == expected["line_id"].tolist()
    assert got["feeder_id"].tolist() == expected["feeder_id"].tolist()
    there = shapely.get_coordinates(got.geometry.to_numpy())
    assert np.abs(there - shapely.get_coordinates(expected.geometry.to_numpy())).max() < 0.01


def test_a_folder_of_an_esri_geodatabase_is_one_input(folder, good):
    folder.put("lines", None, "all.gdb")
    good["lines"]().to_file(folder.root / "all.gdb", driver="OpenFileGDB", layer="lines")
    layers = load_layers(folder.open())
    assert len(layers.lines) == 6
    assert len(layers.hashes["lines"]) == 64


def test_of_several_layers_the_one_called_like_the_input_is_read(folder, good):
    good["zones"]().to_file(folder.root / "线路.gpkg", layer="zones")
    good["lines"]().to_file(folder.root / "线路.gpkg", layer="Lines")
    layers = load_layers(folder.open())
    assert len(layers.lines) == 6
    assert "not: 线路, zones" in finding(layers, "lines.layer").what


def test_arcs_are_read_as_lines(folder):
    """Arrow and shapely know no arcs; GDAL draws them as many short lines."""
    arc = "<gml:segments><gml:ArcString><gml:posList>38.9 106.5 38.905 106.51 38.9 106.52</gml:posList>"
    gml = (
        '<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml/3.2">'
        '<ogr:featureMember><ogr:lines gml:id="a"><ogr:geometryProperty>'
        f'<gml:Curve gml:id="g" srsName="urn:ogc:def:crs:EPSG::4490">{arc}</gml:ArcString></gml:segments></gml:Curve>'
        "</ogr:geometryProperty><ogr:feeder_id>F2</ogr:feeder_id></ogr:lines></ogr:featureMember>"
        "</ogr:FeatureCollection>"
    )
    folder.put("lines", gml, "arc.gml")
    layers = load_layers(folder.open())
    assert len(layers.lines.geometry.iloc[0].coords) > 10
    assert layers.lines["feeder_id"].tolist() == ["F2"]


def test_lines_may_be_texts_in_a_table(folder, good):
    lines = good["lines"]()
    expected = load_layers(folder.open()).lines
    table = pd.DataFrame({"线路": lines["feeder_id"], "几何": lines.geometry.to_wkt()})
    folder.put("lines", table, "线路.csv", crs="EPSG:4490")
    got = load_layers(folder.open()).lines
    assert got.geometry.geom_equals_exact(expected.geometry, 0.001).all()
    assert got["line_id"].tolist() == ["L2", "L3", "L4", "L5", "L6", "L7"], "by the rows of the sheet"


# --- text


def test_shapefile_text_without_cpg_is_read_as_gb18030_and_told(folder, good):
    folder.put("lines", None, "线.shp")
    path = folder.root / "线.shp"
    good["lines"]().to_file(path, encoding="gb18030")
    path.with_suffix(".cpg").unlink()
    layers = load_layers(folder.open())
    assert layers.lines["feeder_id"].iloc[0] == "红崖子521"
    assert "has no .cpg; its text is read as gb18030" in finding(layers, "lines.encoding").what


def test_a_cpg_that_lies_is_told(folder, good):
    folder.put("lines", None, "线.shp")
    good["lines"]().to_file(folder.root / "线.shp", encoding="gb18030")
    path = folder.root / "线.shp"
    path.with_suffix(".cpg").write_text("UTF-8")
    layers = load_layers(folder.open())
    assert layers.lines["line_id"].iloc[0] == "线0"
    assert "says UTF-8, which does not fit" in finding(layers, "lines.encoding").what


@pytest.mark.parametrize(
    ("cpg", "encoding"),
    [
        ("ISO-8859-1", "utf-8"),
        ("ISO-8859-1", "gb18030"),
        ("1252", "gb18030"),
        ("88591", "gb18030"),
        ("CP1251", "utf-8"),
    ],
)
def test_a_cpg_that_any_bytes_fit_is_not_believed_of_chinese(folder, good, cpg, encoding):
    folder.put("lines", None, "线.shp")
    good["lines"]().to_file(folder.root / "线.shp", encoding=encoding)
    (folder.root / "线.cpg").write_text(cpg)
    layers = load_layers(folder.open())
    assert layers.lines["line_id"].iloc[0] == "线0"
    assert f"says {cpg}, which does not fit; its text is read as {encoding}" in finding(layers, "lines.encoding").what


@pytest.mark.parametrize(("cpg", "names"), [
    ("ISO-8859-1", ["Straße für Größe", "Hôtel-Dieu à côté", "Åge Ærø", "Málaga"]),
    ("1251", ["Линия Ёлка", "Подстанция №5"]),
    ("1250", ["Łódź", "Příbram"]),
])  # fmt: skip
def test_a_cpg_of_western_text_is_believed(folder, good, cpg, names):
    folder.put("lines", None, "线.shp")
    lines = good["lines"]()
    lines = lines[["geometry"]].assign(feeder_id=[names[k % len(names)] for k in range(len(lines))])
    path = folder.root / "线.shp"
    lines.to_file(path, encoding=f"CP{cpg}" if cpg.isdigit() else cpg)
    path.with_suffix(".cpg").write_text(cpg)
    layers = load_layers(folder.open())
    assert set(layers.lines["feeder_id"]) == set(names)
    assert not [one for one in layers.findings if one.code == "lines.encoding"]


@pytest.mark.parametrize("cpg", ["936", "GBK", "ANSI 936", "GB2312"])
def test_a_cpg_is_believed_however_it_is_written(folder, good, cpg):
    folder.put("lines", None, "线.shp")
    good["lines"]().to_file(folder.root / "线.shp", encoding="gb18030")
    (folder.root / "线.cpg").write_text(cpg)
    layers = load_layers(folder.open())
    assert layers.lines["line_id"].iloc[0] == "线0"
    assert not layers.findings


def test_utf8_cut_within_a_character_is_still_utf8(folder, good):
    """A field holds 254 bytes, which is not a whole number of Chinese characters."""
    folder.put("lines", None, "线.shp")
    with pytest.warns(RuntimeWarning, match="truncated"):
        good["lines"]().assign(name="红" * 100).to_file(folder.root / "线.shp", encoding="utf-8")
    dbf = folder.root / "线.dbf"
    data = bytearray(dbf.read_bytes())
    at = data.index("红红红".encode())
    data[at : at + 254] = ("a" + "红" * 84).encode() + "红".encode()[:1]
    dbf.write_bytes(bytes(data))
    (folder.root / "线.cpg").unlink()
    layers = load_layers(folder.open())
    assert layers.lines["feeder_id"].iloc[0] == "红崖子521"
    assert layers.lines["name"].iloc[0].startswith("a红红")
    assert layers.lines["name"].iloc[1].startswith("红红")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_tables_are_read_in_any_usual_shape(folder, good, encoding, mark):
    table = good["crews"]().assign(name="红崖子巡线班")
    folder.put("crews", table.to_csv(index=False, sep=mark).encode(encoding))
    layers = load_layers(folder.open())
    assert layers.crews["name"].tolist() == ["红崖子巡线班"] * 2
    assert ("crews.encoding" in codes(layers)) == (encoding not in {"utf-8", "utf-8-sig"})


def test_json_in_gb18030_is_read_and_told(folder, good):
    folder.put("lines", good["lines"]().to_crs(4326).to_json(ensure_ascii=False).encode("gb18030"), "l.geojson")
    layers = load_layers(folder.open())
    assert layers.lines["feeder_id"].iloc[0] == "红崖子521"
    assert "gb18030" in finding(layers, "lines.encoding").what


def test_a_workbook_as_offices_keep_it(folder):
    """A title above the heading, dates and times as such, numbers for names, blank lines, a second sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "说明"
    sheet.append(["请先阅读"])
    sheet = book.create_sheet("七月")
    sheet.append(["平罗县巡线班组台账"])
    sheet.append([])
    sheet.append(["班组编号", "主体", "交通方式", "出发经度", "出发纬度", "上班", "下班", "人数", "工作日"])
    sheet.append([101, "供电企业", "无人机", LON, LAT, time(8, 30), "17：00", "3人", 12345])
    sheet.append([None] * 9)
    sheet.append([102.0, "村民", "步行", LON, f"{LAT}°", datetime(1899, 12, 30, 9), 0.5, None, "67"])
    folder.put("crews", None, "班组.xlsx")
    book.save(folder.root / "班组.xlsx")
    layers = load_layers(folder.open())
    assert layers.rejected.empty, layers.rejected["reason"].tolist()
    crews = layers.crews
    assert crews["crew_id"].tolist() == ["101", "102"]
    assert crews["party"].tolist() == ["enterprise", "villager"]
    assert crews["mode"].tolist() == ["drone", "foot"]
    assert crews["shift_start"].tolist() == [30_600.0, 32_400.0]
    assert crews["shift_end"].tolist() == [61_200.0, 43_200.0]
    assert crews["people"].tolist() == [3, 2]
    assert crews["weekdays"].tolist() == ["12345", "67"]
    assert crews["source_row"].tolist() == [4, 6]
    assert "row 3" in finding(layers, "crews.heading").what
    assert "'七月' is read, not: 说明" in finding(layers, "crews.layer").what


@pytest.mark.parametrize(
    "day", ["2024-08-16", "2024/8/16", "2024.08.16", "20240816", "2024年8月16日", "2024-08-16T09:00+08:00"]
)
def test_days_are_read_year_first(folder, day):
    folder.put("roster", f"日期,班组编号\n{day},A\n")
    assert load_layers(folder.open()).roster["date"].tolist() == [pd.Timestamp("2024-08-16")]


def test_headings_match_without_regard_to_case_spaces_units(folder, good):
    points = good["points"](kind=["transformer"] * 3).rename(
        columns={"lon": "Longitude", "lat": " LAT ", "kind": "KIND*"}
    )
    points["容量（kVA）"] = [100, "200kVA", None]
    points["Normally Open"] = ["是", "no", ""]
    folder.put("equipment", points, crs="EPSG:4490")
    layers = load_layers(folder.open())
    assert layers.equipment["capacity_kva"].tolist()[:2] == [100.0, 200.0]
    assert layers.equipment["normally_open"].tolist() == [True, False, False]
    assert layers.equipment["equipment_id"].tolist() == ["E2", "E3", "E4"]


def test_a_mapping_goes_before_names(folder, good):
    table = good["crews"]().rename(columns={"crew_id": "谁"}).assign(crew_id="not this")
    folder.put("crews", table, columns={"crew_id": "谁"})
    assert load_layers(folder.open()).crews["crew_id"].tolist() == ["A", "B"]


def test_headings_that_a_shapefile_cut_are_known(folder, good):
    folder.put("equipment", None, "设备.shp")
    table = {"kind": ["tie"] * 2, "normally_open": [True, False], "capacity_kva": [50.0, 60.0]}
    points = gpd.GeoDataFrame(table, geometry=[Point(LON, LAT), Point(LON + 0.01, LAT)], crs=4490)
    with pytest.warns(UserWarning, match="10 characters"), pytest.warns(RuntimeWarning, match="laundered"):
        points.to_file(folder.root / "设备.shp")
    got = load_layers(folder.open()).equipment
    assert got["normally_open"].tolist() == [True, False]
    assert got["capacity_kva"].tolist() == [50.0, 60.0]


def test_columns_that_are_not_read_are_told(folder, good):
    folder.put("crews", good["crews"]().assign(skils="rope", phone="1380000"))
    layers = load_layers(folder.open())
    assert "is it 'skills'" in finding(layers, "crews.column_name").what
    assert "skils, phone" in finding(layers, "crews.columns_unread").what


# --- geometry


def test_parts_become_rows_and_heights_go(folder, good):
    lines = good["lines"]()
    shapes = lines.geometry.to_numpy().copy()
    shapes[1] = MultiLineString([[(LON, LAT, 5), (LON + 0.01, LAT, 6)], [(LON, LAT + 0.1), (LON + 0.01, LAT + 0.1)]])
    folder.put("lines", lines.set_geometry(gpd.GeoSeries(shapes, crs=4490)))
    layers = load_layers(folder.open())
    assert layers.lines["line_id"].tolist() == ["线0", "线1", "线1.2", "线2", "线3", "线4", "线5"]
    assert layers.lines["source_row"].tolist() == [1, 2, 2, 3, 4, 5, 6]
    assert not layers.lines.geometry.has_z.any()
    assert set(layers.lines.geom_type) == {"LineString"}
    assert "row 2" in finding(layers, "lines.geometry_parts").what
    assert "lines.geometry_z" in codes(layers, "note")


def test_parts_of_length_zero_go_and_the_line_stays(folder, good):
    lines = good["lines"]()
    shapes = lines.geometry.to_numpy().copy()
    shapes[0] = MultiLineString([[(LON, LAT), (LON + 0.01, LAT)], [(LON, LAT), (LON, LAT)]])
    folder.put("lines", lines.set_geometry(gpd.GeoSeries(shapes, crs=4490)))
    layers = load_layers(folder.open())
    assert len(layers.lines) == 6
    assert "row 1" in finding(layers, "lines.geometry_zero_part").what


def test_a_line_across_itself_is_told_and_kept(folder, good):
    lines = good["lines"]()
    shapes = lines.geometry.to_numpy().copy()
    shapes[2] = LineString([(LON, LAT), (LON + 0.01, LAT + 0.01), (LON + 0.01, LAT), (LON, LAT + 0.01)])
    folder.put("lines", lines.set_geometry(gpd.GeoSeries(shapes, crs=4490)))
    layers = load_layers(folder.open())
    assert len(layers.lines) == 6
    assert finding(layers, "lines.geometry_crosses").row == 3


def test_a_zone_of_several_parts_stays_one_zone(folder, good):
    zones = good["zones"]()
    shapes = zones.geometry.to_numpy().copy()
    shapes[0] = MultiPolygon([shapes[0], shapely.affinity.translate(shapes[0], yoff=0.2)])
    folder.put("zones", zones.set_geometry(gpd.GeoSeries(shapes, crs=4490)))
    layers = load_layers(folder.open())
    assert layers.zones["zone_id"].tolist() == ["Z1", "Z2"]
    assert layers.zones.geom_type.tolist() == ["MultiPolygon", "Polygon"]


def test_a_zone_is_repaired_where_that_changes_nothing(folder, good):
    zones = good["zones"]()
    shapes = zones.geometry.to_numpy().copy()
    ring = list(shapes[0].exterior.coords)
    shapes[0] = Polygon([*ring[:2], (ring[1][0] + 0.001, ring[1][1]), ring[1], *ring[2:]])  # a spike out and back
    folder.put("zones", zones.set_geometry(gpd.GeoSeries(shapes, crs=4490)))
    layers = load_layers(folder.open())
    assert layers.zones["zone_id"].tolist() == ["Z1", "Z2"]
    assert layers.zones.geometry.is_valid.all()
    assert finding(layers, "zones.geometry_invalid").level == "suspicion"


def test_a_repair_may_split_a_zone_in_two_and_it_stays_one_zone(folder, good):
    """Two squares joined by a neck without width: the same area, but two parts."""
    west, east = ((LON, LAT), (LON + 0.01, LAT)), ((LON + 0.02, LAT), (LON + 0.03, LAT))
    ring = [west[0], west[1], east[0], east[1], (east[1][0], LAT + 0.01), (east[0][0], LAT + 0.01), east[0], west[1]]
    shape = Polygon([*ring, (west[1][0], LAT + 0.01), (west[0][0], LAT + 0.01)])
    zones = good["zones"]()
    folder.put("zones", zones.set_geometry(gpd.GeoSeries([shape, zones.geometry[1]], crs=4490)))
    layers = load_layers(folder.open())
    assert layers.zones["zone_id"].tolist() == ["Z1", "Z2"]
    assert layers.zones.geom_type.tolist() == ["MultiPolygon", "Polygon"]
    assert layers.zones.geometry.is_valid.all()
    assert finding(layers, "zones.geometry_invalid").row == 1


def test_several_points_in_one_row_become_rows(folder):
    points = gpd.GeoDataFrame({"kind": ["switch"]}, geometry=[MultiPoint([(LON, LAT), (LON + 0.01, LAT)])], crs=4490)
    folder.put("equipment", points)
    assert load_layers(folder.open()).equipment["equipment_id"].tolist() == ["E1", "E1.2"]


def test_water_areas_are_drawn_by_their_outline(folder, good):
    folder.put("water", good["zones"]().rename(columns={"zone_id": "name"}))
    layers = load_layers(folder.open())
    assert set(layers.water.geom_type) == {"LineString"}
    assert layers.water["name"].tolist() == ["Z1", "Z2"]


def test_surroundings_far_away_are_left_out_with_one_note(folder, good):
    roads = good["lines"]()[["geometry"]]
    far = roads.set_geometry(roads.translate(xoff=3))
    folder.put("roads", pd.concat([roads, far], ignore_index=True))
    layers = load_layers(folder.open())
    assert len(layers.roads) == 6
    assert "6 rows far from every line" in finding(layers, "roads.outside").what
    assert layers.rejected.empty


def test_the_area_is_an_argument(folder, good):
    points = good["points"](feeder_id=["F2"] * 3, pole_no=[1, 2, 3])
    points.loc[0, "lat"] -= 0.1  # 11 km
    folder.put("poles", points, crs="EPSG:4490")
    project = folder.open()
    assert len(load_layers(project).poles) == 3
    layers = load_layers(project, area_m=5_000)
    assert layers.poles["source_row"].tolist() == [3, 4]
    assert layers.rejected["code"].tolist() == ["poles.outside"]


# --- coordinates


def spread(size=60):
    """Points on the lines of the folder, as WGS84."""
    share = np.linspace(0, 1, size // 6)
    lon = np.concatenate([LON + 0.01 * i + 0.009 * share for i in range(6)])
    return Wgs84(lon, np.tile(LAT + 0.002 * share, 6))


def poles_at(points):
    size = len(points.lon)
    table = {"feeder_id": "F2", "pole_no": np.arange(size), "lon": points.lon, "lat": points.lat}
    return pd.DataFrame(table)


def zigzag():
    """Lines in both directions, so that a shift shows whichever way it goes."""
    wave = [LineString([(LON + 0.01 * i, LAT), (LON + 0.01 * i, LAT + 0.05)]) for i in range(6)]
    rungs = [LineString([(LON, LAT + 0.01 * i), (LON + 0.05, LAT + 0.01 * i)]) for i in range(6)]
    return gpd.GeoDataFrame(geometry=[*wave, *rungs], crs=4326)


def on(lines, size=8):
    share = np.linspace(0.05, 0.95, size)
    points = shapely.line_interpolate_point(lines.geometry.to_numpy()[:, None], share[None, :], normalized=True)
    xy = shapely.get_coordinates(points.ravel())
    return Wgs84(xy[:, 0], xy[:, 1])


@pytest.mark.parametrize(("crs", "shift"), [("GCJ-02", lambda p: p), ("BD-09", bd_from_gcj)])
def test_shifted_points_are_told_and_a_declaration_mends_it(folder, crs, shift):
    lines = zigzag()
    folder.put("lines", lines)
    points = shift(gcj_from_wgs(on(lines)))
    folder.put("poles", poles_at(points), crs="EPSG:4326")
    one = finding(load_layers(folder.open()), "poles.gcj02")
    assert one.level == "suspicion"
    assert f'crs = "{crs}" under [inputs.poles]' in one.mend
    folder.put("poles", poles_at(points), crs=crs)
    layers = load_layers(folder.open())
    assert "poles.gcj02" not in codes(layers)
    assert layers.poles.distance(layers.lines.union_all()).max() < 0.5


def test_shifted_lines_are_told(folder):
    lines = zigzag()
    true = on(lines)
    folder.put("poles", poles_at(true), crs="EPSG:4326")

    def shift(xy):
        moved = gcj_from_wgs(Wgs84(xy[:, 0], xy[:, 1]))
        return np.column_stack([moved.lon, moved.lat])

    folder.put(
        "lines", lines.set_geometry(gpd.GeoSeries(shapely.transform(lines.geometry.to_numpy(), shift), crs=4326))
    )
    one = finding(load_layers(folder.open()), "poles.gcj02")
    assert 'crs = "GCJ-02" under [inputs.lines]' in one.mend


def roads_beside(seed, shift=lambda points: points):
    """Roads of which two in five have a line beside them, and lines elsewhere as well; both with bends."""
    rng = np.random.default_rng(seed)
    starts = np.column_stack([LON + rng.uniform(0, 0.2, 40), LAT + rng.uniform(0, 0.2, 40)])
    steps = rng.normal(0, 0.002, (40, 12, 2)) + rng.normal(0, 0.002, (40, 1, 2))
    ways = starts[:, None, :] + np.cumsum(steps, axis=1)
    lines = [LineString(way + 1e-4) for way in ways[:16]]  # some 14 m beside the road
    lines += [LineString(way + rng.uniform(-0.05, 0.05, 2)) for way in ways[:16]]
    moved = shift(Wgs84(ways[..., 0].ravel(), ways[..., 1].ravel()))
    ways = np.column_stack([moved.lon, moved.lat]).reshape(40, 12, 2)
    roads = gpd.GeoDataFrame({"class": "residential"}, index=range(40), geometry=list(map(LineString, ways)), crs=4326)
    return gpd.GeoDataFrame(geometry=lines, crs=4326), roads


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("crs", "shift"), [("GCJ-02", lambda p: p), ("BD-09", bd_from_gcj)])
def test_roads_that_are_shifted_are_told_and_a_declaration_mends_it(folder, crs, shift, seed):
    lines, roads = roads_beside(seed, lambda points: shift(gcj_from_wgs(points)))
    folder.put("lines", lines)
    folder.put("roads", roads)
    one = finding(load_layers(folder.open()), "roads.gcj02")
    assert one.level == "suspicion"
    assert f'crs = "{crs}" under [inputs.roads]' in one.mend
    folder.put("roads", roads, crs=crs)
    assert "roads.gcj02" not in codes(load_layers(folder.open()))


@pytest.mark.parametrize("seed", range(5))
def test_roads_where_they_are_and_lines_that_follow_none_raise_no_suspicion(folder, seed):
    lines, roads = roads_beside(seed)
    for some in (lines, lines[16:]):
        folder.put("lines", some)
        folder.put("roads", roads)
        assert "roads.gcj02" not in codes(load_layers(folder.open()))


def test_lines_beside_their_roads_are_told(folder):
    _, roads = roads_beside(1)
    lines, _ = roads_beside(1)
    moved = gcj_from_wgs(Wgs84(*shapely.get_coordinates(lines.geometry.to_numpy()).T))
    shapes = shapely.set_coordinates(lines.geometry.to_numpy().copy(), np.column_stack([moved.lon, moved.lat]))
    folder.put("lines", lines.set_geometry(gpd.GeoSeries(shapes, crs=4326)))
    folder.put("roads", roads)
    one = finding(load_layers(folder.open()), "roads.gcj02")
    assert 'crs = "GCJ-02" under [inputs.lines]' in one.mend


def test_points_half_a_kilometre_beside_a_line_raise_the_suspicion(folder):
    """One straight line: nothing tells how far along it the points belong, but they are where GCJ-02 would put them."""
    lines = gpd.GeoDataFrame(geometry=[LineString([(LON, LAT), (LON + 0.1, LAT)])], crs=4326)
    folder.put("lines", lines)
    folder.put("poles", poles_at(Wgs84(LON + np.linspace(0, 0.1, 20), np.full(20, LAT + 0.004))), crs="EPSG:4326")
    assert finding(load_layers(folder.open()), "poles.gcj02").level == "suspicion"


def test_another_datum_is_told_as_a_common_shift(folder):
    lines = zigzag()
    folder.put("lines", lines)
    true = on(lines)
    moved = Wgs84(true.lon + 0.0012, true.lat + 0.0009)
    folder.put("poles", poles_at(moved), crs="EPSG:4326")
    one = finding(load_layers(folder.open()), "poles.shifted")
    assert "all are shifted alike, by -10" in one.what


@pytest.mark.parametrize("seed", range(5))
def test_poles_on_their_lines_raise_no_suspicion(folder, seed):
    lines = zigzag()
    folder.put("lines", lines)
    true, noise = on(lines), np.random.default_rng(seed).normal(0, 1e-4, (2, 96))
    folder.put("poles", poles_at(Wgs84(true.lon + noise[0], true.lat + noise[1])), crs="EPSG:4326")
    assert not codes(load_layers(folder.open()))


def test_a_file_that_says_otherwise_than_the_project_is_told(folder, good):
    folder.put("lines", good["lines"]().to_crs(4544), crs="EPSG:32648")
    layers = load_layers(folder.open())
    assert "project.toml says EPSG:32648" in finding(layers, "lines.crs_differs").what


# --- between inputs


def test_names_that_no_line_has_are_told(folder, good):
    points = good["points"](feeder_id=["F2", "F3", "F3"], pole_no=[1, 2, 3])
    folder.put("poles", points, crs="EPSG:4490")
    folder.put("patrols", "date,feeder_id\n2024-08-01,红崖子52l\n")
    layers = load_layers(folder.open())
    pole = finding(layers, "poles.feeder_unknown")
    assert (pole.level, pole.row, pole.field) == ("suspicion", 3, "feeder_id")
    assert "rows 3, 4" in pole.what
    assert "红崖子521" in finding(layers, "patrols.feeder_unknown").mend
    assert len(layers.poles) == 3


def test_lines_without_feeders_ask_nothing_of_others(folder, good):
    folder.put("lines", good["lines"]().drop(columns="feeder_id"))
    folder.put("poles", good["points"](feeder_id=["F3"] * 3, pole_no=[1, 2, 3]), crs="EPSG:4490")
    assert not load_layers(folder.open()).findings


def test_an_optional_input_without_a_row_left_is_told(folder):
    folder.put("patrols", "date,feeder_id\nyesterday,F2\n")
    layers = load_layers(folder.open())
    assert finding(layers, "patrols.no_rows").level == "suspicion"
    assert layers.patrols.empty


def test_hazards_may_stand_on_a_pole(folder, good):
    folder.put("poles", good["points"](feeder_id=["F2"] * 3, pole_no=["1", "2", "3"]), crs="EPSG:4490")
    folder.put("hazards", "hazard_id,reported,feeder_id,pole_no\nH1,2024-08-01,F2,2\nH2,2024-08-01,F2,3\n")
    layers = load_layers(folder.open())
    assert layers.hazards.geometry.tolist() == layers.poles.geometry.tolist()[1:]
    assert layers.hazards.crs == layers.crs


# --- hashes and rejected.csv


def test_hashes_cover_every_file_of_an_input(folder, good):
    folder.put("lines", good["lines"](), "l.shp")
    first = load_layers(folder.open()).hashes
    assert first == load_layers(folder.open()).hashes
    (folder.root / "l.cpg").write_text("UTF8")
    second = load_layers(folder.open()).hashes
    assert second["lines"] != first["lines"]
    assert second["crews"] == first["crews"]


def test_rejected_rows_are_written_safely(folder, good):
    crews = good["crews"]()
    crews.loc[1, "mode"] = "=HYPERLINK('x')"
    folder.put("crews", crews.assign(name='=1+1"红'), "=班组.csv")
    path = folder.root / "out" / "rejected.csv"
    write_rejected(load_layers(folder.open()).rejected, path)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(data.decode("utf-8-sig").splitlines())
    assert (row["source"], row["row"], row["field"]) == ("'=班组.csv", "3", "mode")
    assert row["mend"]
    assert json.loads(row["content"])["name"] == '=1+1"红'
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    assert [one.name for one in path.parent.iterdir()] == ["rejected.csv"]


FAULTS = ("good", "none", "zero", "twice", "word", "far", "parts")


@given(st.lists(st.sampled_from(FAULTS), min_size=3, max_size=12))
@settings(max_examples=25, deadline=None)
def test_rejecting_rows_never_loses_or_doubles_good_ones(kinds):
    kinds = ["good"] * 13 + kinds
    features = []
    for i, kind in enumerate(kinds):
        line = [[LON + 0.001 * i, LAT], [LON + 0.001 * i, LAT + 0.01]]
        shape = {"type": "LineString", "coordinates": line}
        if kind == "none":
            shape = None
        elif kind == "zero":
            shape["coordinates"] = [line[0], line[0]]
        elif kind == "far":
            shape["coordinates"] = [[20, 20], [20, 21]]
        elif kind == "parts":
            shape = {"type": "MultiLineString", "coordinates": [line, [[x + 0.5, y] for x, y in line]]}
        cells = {"line_id": "x0" if kind == "twice" else f"x{i}", "voltage_kv": "ten" if kind == "word" else "10"}
        features.append({"type": "Feature", "properties": cells, "geometry": shape})
    with tempfile.TemporaryDirectory() as root:
        project = _tiny_project(Path(root), {"type": "FeatureCollection", "features": features})
        layers = load_layers(project)
    wanted = [i + 1 for i, kind in enumerate(kinds) for _ in range({"good": 1, "parts": 2}.get(kind, 0))]
    assert layers.lines["source_row"].tolist() == wanted
    assert layers.lines["line_id"].is_unique
    assert set(layers.rejected["row"]) == {i + 1 for i, kind in enumerate(kinds) if kind not in {"good", "parts"}}
    middles = [round((g.bounds[0] - layers.lines.geometry.iloc[0].bounds[0]) / 86.7) for g in layers.lines.geometry]
    expected = [i + 500 * part for i, kind in enumerate(kinds) for part in range({"good": 1, "parts": 2}.get(kind, 0))]
    assert np.abs(np.array(middles) - expected).max() <= 1, "a row got another row's geometry"


def _tiny_project(root, lines):
    (root / "lines.geojson").write_text(json.dumps(lines))
    (root / "crews.csv").write_text(
        f"crew_id,party,mode,start_lon,start_lat,shift_start,shift_end\nA,enterprise,vehicle,{LON},{LAT},08:00,17:00\n"
    )
    (root / "project.toml").write_text('config_version = 1\n[inputs]\nlines = "lines.geojson"\ncrews = "crews.csv"\n')
    return read_project(root)


def test_equipment_away_from_the_lines_is_no_shift_outside_china(folder):
    """North of Bayreuth many transformers stand half a kilometre from the lines that are mapped."""
    lines = zigzag()
    far = lines.set_geometry(lines.translate(xoff=-95, yoff=11))
    folder.put("lines", far)
    crews = "crew_id,party,mode,start_lon,start_lat,shift_start,shift_end\nA,enterprise,vehicle,11.5,49.9,08:00,17:00\n"
    folder.put("crews", crews)
    spots = np.random.default_rng(3).uniform((11.45, 49.88), (11.6, 50.0), (40, 2))
    table = pd.DataFrame({"kind": "transformer", "lon": spots[:, 0], "lat": spots[:, 1]})
    folder.put("equipment", table, crs="EPSG:4326")
    assert {one.code for one in load_layers(folder.open()).findings} == {"project.emergency_numbers"}
