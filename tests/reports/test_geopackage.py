import re

import geopandas as gpd
import pyogrio
import pytest
import shapely

from hostile import HOSTILE
from paper_cases import hostile_plan
from patrol import text
from patrol.errors import PatrolError
from patrol.reports.geopackage import write_plan_gpkg


@pytest.fixture
def sections():
    lines = [shapely.linestrings([[500000 + 100 * k, 4300000], [500000 + 100 * k, 4300450]]) for k in range(6)]
    return gpd.GeoDataFrame(
        {
            "section_id": [f"F1-{k}" for k in range(6)],
            "label": ["=1", "a\u202eb", "c", "d", "e", "f"],
            "span_ids": [(k, k + 1) for k in range(6)],
            "length_m": 450.0,
            "critical": [k % 2 == 0 for k in range(6)],
        },
        geometry=lines,
        crs="EPSG:4544",
    )


def layers(path):
    return {name: gpd.read_file(path, layer=name) for name, _ in pyogrio.list_layers(path)}


def test_layers_are_wgs84_with_their_geometry(plan, sections, tmp_path):
    path = tmp_path / "计划" / "plan.gpkg"
    write_plan_gpkg(plan, path, sections)
    got = layers(path)
    assert list(got) == ["stops", "legs", "dropped", "sections"]
    assert all(frame.crs == "EPSG:4326" for frame in got.values())
    assert {name: set(frame.geom_type) for name, frame in got.items()} == {
        "stops": {"Point"}, "legs": {"LineString"}, "dropped": {"Point"}, "sections": {"LineString"}
    }  # fmt: skip
    assert len(got["stops"]) == 9
    assert got["stops"]["task_id"].tolist()[1:3] == ["S:1", "S:2"]
    assert got["dropped"]["reason"].tolist() == ["not_allowed", "outranked", "brand_new_code"]
    assert list(path.parent.iterdir()) == [path]


def test_sections_say_what_became_of_them(plan, sections, tmp_path):
    before = sections.copy()
    write_plan_gpkg(plan, tmp_path / "p.gpkg", sections)
    rows = layers(tmp_path / "p.gpkg")["sections"].set_index("section_id")
    assert sorted(rows.index) == sorted(sections["section_id"]), "all of them, due or not"
    assert rows["in_plan"].sum() == 4
    assert rows["planned"].sum() == 3
    assert not rows.loc[~rows["in_plan"], "crew_id"].any()
    assert rows.loc["F1-1", "crew_id"] == "C1"
    assert rows.loc["F1-3", "date"] == "2024-08-17"
    assert rows.loc["F1-4", "reason"] == "outranked"
    assert rows.loc["F1-1", "label"] == "ab"  # the direction override is gone
    assert rows.loc["F1-1", "span_ids"] == "1;2"
    assert 105 < rows.geometry.iloc[0].centroid.x < 107
    assert sections.equals(before)


def test_hostile_text_is_text(make_plan, sections, tmp_path):
    path = tmp_path / "p.gpkg"
    known = {text.clean(word) for word in HOSTILE}
    seen = set()
    for start in range(0, len(HOSTILE), 20):
        texts = HOSTILE[start:] + HOSTILE[:start]
        names = [texts[k % len(texts)] for k in range(len(sections))]
        write_plan_gpkg(hostile_plan(make_plan, texts), path, sections.assign(label=names, feeder_id=names))
        got = layers(path)
        assert list(got) == ["stops", "legs", "dropped", "sections"], "and no table is gone"
        words = [one for frame in got.values() for name in frame.columns for one in frame[name] if isinstance(one, str)]
        assert not [word for word in words if re.search("[\x00-\x08\u202a-\u202e\u2066-\u2069]", word)]
        assert set(got["sections"]["label"].fillna("")) <= known
        assert set(got["stops"]["label"].fillna("")) <= known
        seen |= {*got["sections"]["label"].fillna(""), *got["stops"]["label"].fillna("")}
    assert len(seen) > 60


def test_an_empty_plan_still_has_its_layers(empty_plan, sections, tmp_path):
    write_plan_gpkg(empty_plan, tmp_path / "p.gpkg", sections)
    assert {name: len(frame) for name, frame in layers(tmp_path / "p.gpkg").items()} == {
        "stops": 0, "legs": 0, "dropped": 0, "sections": len(sections)
    }  # fmt: skip


def test_same_plan_same_bytes_and_replaces_the_old_file(plan, sections, tmp_path):
    (tmp_path / "b.gpkg").write_bytes(b"something old")
    write_plan_gpkg(plan, tmp_path / "a.gpkg", sections)
    write_plan_gpkg(plan, tmp_path / "b.gpkg", sections)
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_a_failed_write_leaves_the_old_file(plan, sections, tmp_path, monkeypatch):
    path = tmp_path / "p.gpkg"
    write_plan_gpkg(plan, path, sections)
    old = path.read_bytes()

    def fail(*args, **kwargs):
        raise PermissionError("open elsewhere")

    monkeypatch.setattr(pyogrio, "write_dataframe", fail)
    with pytest.raises(PatrolError, match="QGIS"):
        write_plan_gpkg(plan, path, sections)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]
