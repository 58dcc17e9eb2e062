"""Exports of hazards: every form reads back, and hostile text comes out as harmless text."""

import csv
import io
import json
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from shapely import Point

from patrol.errors import PatrolError
from patrol.reports.hazard_files import write_hazards

HOSTILE = [
    "{{7*7}}{% raw %}",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "a\x00b\x0bc",
    "\u202eevil\u202c",
    "x" * 1_000_000,
    "鸟窝 🐦",
    "]]><Placemark>",
    "＝1+1",
    "line one\nline two",
]


@pytest.fixture
def hazards():
    n = len(HOSTILE)
    return gpd.GeoDataFrame(
        {
            "hazard_id": [f"H-{k}" for k in range(n)],
            "description": HOSTILE,
            "reports": np.arange(n),
            "open": [True] * n,
            "snap_m": [np.nan, *np.linspace(0, 5, n - 1)],
            "reported": pd.to_datetime(["2024-08-16T01:02:03Z"] * (n - 1) + [None]),
        },
        geometry=[None, *[Point(106.5, 38.9)] * (n - 1)],
        crs="EPSG:4326",
    )


def test_geojson_reads_back(hazards, tmp_path):
    write_hazards(hazards, tmp_path / "h.geojson")
    features = json.loads((tmp_path / "h.geojson").read_text("utf-8"))["features"]
    assert [f["properties"]["hazard_id"] for f in features] == hazards["hazard_id"].tolist()
    assert features[0]["geometry"] is None
    assert features[0]["properties"]["snap_m"] is None
    assert features[1]["geometry"]["coordinates"] == [106.5, 38.9]
    assert features[1]["properties"]["reported"] == "2024-08-16T01:02:03Z"
    assert "\x00" not in features[3]["properties"]["description"]
    assert "\u202e" not in features[4]["properties"]["description"]
    assert len(features[5]["properties"]["description"]) <= 4000
    assert features[6]["properties"]["description"] == "鸟窝 🐦"
    assert len(pyogrio.read_dataframe(tmp_path / "h.geojson")) == len(hazards)


def test_no_cell_starts_a_formula(hazards, tmp_path):
    write_hazards(hazards, tmp_path / "h.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "h.csv").read_text("utf-8-sig"))))
    assert len(rows) == len(hazards) + 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "＝"))]
    write_hazards(hazards, tmp_path / "h.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "h.xlsx")["hazards"]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert not [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(("=", "＝"))]
    assert sheet.max_row == len(hazards) + 1
    assert sheet["C3"].value == 1


def test_kml_is_well_formed_and_text_stays_text(hazards, tmp_path):
    write_hazards(hazards, tmp_path / "h.kml")
    tree = ElementTree.parse(tmp_path / "h.kml")
    space = "{http://www.opengis.net/kml/2.2}"
    marks = tree.findall(f".//{space}Placemark")
    assert len(marks) == len(hazards)
    assert len(tree.findall(f".//{space}Point")) == len(hazards) - 1
    assert any("<script>" in (value.text or "") for value in tree.iter(f"{space}value"))
    assert b"<script>" not in (tmp_path / "h.kml").read_bytes()


def test_geopackage_keeps_types(hazards, tmp_path):
    write_hazards(hazards, tmp_path / "h.gpkg")
    back = pyogrio.read_dataframe(tmp_path / "h.gpkg")
    assert back["hazard_id"].tolist() == hazards["hazard_id"].tolist()
    assert back["reports"].dtype.kind == "i"
    assert back["snap_m"].dtype.kind == "f"
    assert back.crs.to_epsg() == 4326


def test_an_empty_frame_writes_every_form(hazards, tmp_path):
    for ending in ("geojson", "csv", "xlsx", "gpkg", "kml"):
        write_hazards(hazards.iloc[:0], tmp_path / f"e.{ending}")
        assert (tmp_path / f"e.{ending}").stat().st_size > 0


def test_an_unknown_ending_is_refused(hazards, tmp_path):
    with pytest.raises(PatrolError, match="geojson"):
        write_hazards(hazards, tmp_path / "h.doc")
    assert not list(tmp_path.iterdir())
