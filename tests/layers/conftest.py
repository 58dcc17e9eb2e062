"""A small good project folder with a Chinese name, whose inputs a test can replace one by one."""

import json

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, Polygon

from patrol.project import read_project

LON, LAT = 106.5, 38.9  # Pingluo


def good_lines():
    spans = [LineString([(LON + 0.01 * i, LAT), (LON + 0.01 * i + 0.009, LAT + 0.002)]) for i in range(6)]
    table = {"line_id": [f"线{i}" for i in range(6)], "feeder_id": ["红崖子521"] * 3 + ["F2"] * 3, "voltage_kv": 10.0}
    return gpd.GeoDataFrame(table, geometry=spans, crs="EPSG:4490")


def good_crews():
    head = {"crew_id": ["A", "B"], "party": ["enterprise", "villager"], "mode": ["vehicle", "foot"]}
    place = {"start_lon": [LON, LON + 0.02], "start_lat": [LAT, LAT]}
    return pd.DataFrame({**head, **place, "shift_start": ["08:00", "09:00"], "shift_end": ["17:00", "11:00"]})


def good_points(**columns):
    """Three points on the lines as a table."""
    size = len(next(iter(columns.values()))) if columns else 3
    table = {"lon": [LON + 0.01 * i for i in range(size)], "lat": [LAT] * size}
    return pd.DataFrame({**columns, **table})


def good_zones():
    def box(west):
        return Polygon([(west, LAT - 0.05), (west + 0.05, LAT - 0.05), (west + 0.05, LAT + 0.05), (west, LAT + 0.05)])

    return gpd.GeoDataFrame({"zone_id": ["Z1", "Z2"]}, geometry=[box(LON - 0.01), box(LON + 0.04)], crs="EPSG:4490")


class Folder:
    """Writes inputs and ``project.toml``, and opens the project."""

    def __init__(self, root):
        self.root = root
        self.inputs = {}
        self.top = {}
        self.put("lines", good_lines(), "线路.gpkg")
        self.put("crews", good_crews(), "班组.csv")

    def put(self, kind, content, name="", **declared):
        """Write an input: a frame by the suffix of its name, bytes or text as they are."""
        name = name or f"{kind}.{'gpkg' if isinstance(content, gpd.GeoDataFrame) else 'csv'}"
        path = self.root / name
        path.unlink(missing_ok=True)
        if isinstance(content, gpd.GeoDataFrame):
            content.to_file(path)
        elif isinstance(content, pd.DataFrame) and path.suffix == ".xlsx":
            content.to_excel(path, index=False)
        elif isinstance(content, pd.DataFrame):
            content.to_csv(path, index=False, encoding="utf-8-sig")
        elif content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.inputs[kind] = {"path": name, **declared}
        return path

    def open(self):
        lines = ["config_version = 1", *(f"{key} = {json.dumps(value)}" for key, value in self.top.items())]
        for kind, entry in self.inputs.items():
            lines.append(f"[inputs.{kind}]")
            for key, value in entry.items():
                pairs = ", ".join(f"{k} = {json.dumps(v)}" for k, v in value.items()) if isinstance(value, dict) else ""
                lines.append(f"{key} = {{ {pairs} }}" if pairs else f"{key} = {json.dumps(value, ensure_ascii=False)}")
        (self.root / "project.toml").write_text("\n".join(lines), encoding="utf-8")
        return read_project(self.root)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "平罗县 巡线"
    root.mkdir()
    return Folder(root)


@pytest.fixture
def good():
    """Frames of good inputs, to break."""
    return {"lines": good_lines, "crews": good_crews, "points": good_points, "zones": good_zones, "point": Point}
