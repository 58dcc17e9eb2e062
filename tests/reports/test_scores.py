"""Scores in QGIS: layers in WGS84, a table of factors, and no words of reports."""

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from patrol.errors import PatrolError
from patrol.reports.scores import HAZARD_COLUMNS, SECTION_COLUMNS, write_scores_gpkg


def frames():
    blank = {name: [""] * 2 for name in SECTION_COLUMNS}
    lines = [shapely.linestrings([[500000 + 100 * k, 4300000], [500000 + 100 * k, 4300450]]) for k in range(2)]
    sections = gpd.GeoDataFrame(
        {**blank, "section_id": ["S1", "S2"], "label": ["=1+1", "a\u202eb"], "value_foot": [2.0, 1.0]},
        geometry=lines, crs="EPSG:4544",
    )  # fmt: skip
    blank = {name: [""] for name in HAZARD_COLUMNS}
    hazards = gpd.GeoDataFrame(
        {**blank, "hazard_id": ["H1"], "description": ["Zhang San said"], "p": [0.5]},
        geometry=[shapely.Point(500000, 4300000)], crs="EPSG:4544",
    )  # fmt: skip
    factors = pd.DataFrame({"row": [0, 1], "section_id": ["S1", "S2"], "code": ["V01", "S01"], "value_ecm": [2.0, 1.0]})
    return sections, hazards, factors


def test_layers_and_the_table(tmp_path):
    path = tmp_path / "评分" / "scores.gpkg"
    sections, hazards, factors = frames()
    write_scores_gpkg(sections, hazards, factors, path, day="2024-08-16", title="SYNTHETIC scores")
    assert [(name, kind) for name, kind in pyogrio.list_layers(path)] == [
        ("sections", "LineString"), ("hazards", "Point"), ("factors", None)
    ]  # fmt: skip
    got = gpd.read_file(path, layer="sections")
    assert got.crs == "EPSG:4326"
    assert got["label"].tolist() == ["=1+1", "ab"], "a direction override is gone"
    seen = gpd.read_file(path, layer="hazards")
    assert "description" not in seen.columns
    table = pyogrio.read_dataframe(path, layer="factors")
    assert table["value_ecm"].tolist() == [2.0, 1.0]
    assert "row" not in table.columns
    for name in ("sections", "hazards", "factors"):
        assert pyogrio.read_info(path, layer=name)["layer_metadata"]["DESCRIPTION"] == "SYNTHETIC scores"
    assert list(path.parent.iterdir()) == [path]


def test_the_same_scores_give_the_same_bytes_and_an_old_file_is_replaced(tmp_path):
    path = tmp_path / "scores.gpkg"
    for _ in range(2):
        write_scores_gpkg(*frames(), path, day="2024-08-16", title="t")
        first = path.read_bytes()
    write_scores_gpkg(*frames(), tmp_path / "again.gpkg", day="2024-08-16", title="t")
    assert (tmp_path / "again.gpkg").read_bytes() == first


def test_without_hazards_the_layer_is_empty(tmp_path):
    sections, hazards, factors = frames()
    write_scores_gpkg(sections, hazards.iloc[:0], factors.iloc[:0], tmp_path / "s.gpkg", day="2024-08-16", title="t")
    assert len(gpd.read_file(tmp_path / "s.gpkg", layer="hazards")) == 0


def test_a_refused_write_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PatrolError, match="close it in Excel, WPS or QGIS"):
        write_scores_gpkg(*frames(), tmp_path / "file" / "s.gpkg", day="2024-08-16", title="t")
