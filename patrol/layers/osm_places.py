"""Equipment, roads and settlements, from tagged nodes, ways and areas."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from patrol.layers import osm_tags
from patrol.layers.osm_power import frame_of, rows_where


def equipment(
    points: gpd.GeoDataFrame, rings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, distribution_max_kv: float
) -> gpd.GeoDataFrame:
    """Return substations, transformers, switches and breakers; of areas, a point inside."""
    rows, shapes = [], []
    for frame in (points, rings, areas):
        for osm_id, tags, shape in zip(frame["osm_id"], frame["tags"], frame.geometry, strict=True):
            kind = osm_tags.equipment_kind(tags, distribution_max_kv=distribution_max_kv)
            where = _inside(shape)
            if not kind or where is None:
                continue
            name, name_zh = osm_tags.names(tags)
            rows.append(
                {
                    "equipment_id": osm_id,
                    "kind": kind,
                    "capacity_kva": osm_tags.capacity_kva(tags),
                    "owner": tags.get("operator", ""),
                    "name": name or (tags.get("ref", "") if kind != "substation" else ""),
                    "name_zh": name_zh,
                }
            )
            shapes.append(where)
    frame = frame_of(rows, ("equipment_id", "kind", "capacity_kva", "owner", "name", "name_zh"), shapes)
    return frame.assign(capacity_kva=frame["capacity_kva"].astype(float))


def _inside(shape: Any) -> Any:
    """Return a point inside a shape; a closed ring counts as the area it encloses, an open line as nothing."""
    if shape.geom_type == "LineString":
        return shapely.Polygon(shape).representative_point() if shape.is_closed and len(shape.coords) > 3 else None
    return shape.representative_point()


def roads(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the roads and paths one can travel: ``road_class, speed_kmh, oneway, surface, name, name_zh``."""
    own = rows_where(lines, _is_road)
    rows = []
    for tags in own["tags"]:
        name, name_zh = osm_tags.names(tags)
        rows.append(
            {
                "road_class": osm_tags.road_class(tags),
                "speed_kmh": osm_tags.speed_kmh(tags),
                "oneway": osm_tags.oneway(tags),
                "surface": tags.get("surface", ""),
                "name": name or tags.get("ref", ""),
                "name_zh": name_zh,
            }
        )
    columns = ("road_class", "speed_kmh", "oneway", "surface", "name", "name_zh")
    frame = frame_of(rows, columns, own.geometry)
    return frame.assign(speed_kmh=frame["speed_kmh"].astype(float))


def _is_road(tags: osm_tags.Tags) -> bool:
    return bool(tags.get("highway")) and tags["highway"] not in osm_tags.NO_ROADS and tags.get("area") != "yes"


def places(points: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return settlements as points: ``kind, name, name_zh, population`` (NaN if unsaid).

    A settlement drawn as an area counts only where no point has its name already.
    """
    rows, shapes = [], []
    known: set[tuple[str, str]] = set()
    for frame in (points, areas):
        for tags, shape in zip(frame["tags"], frame.geometry, strict=True):
            kind = tags.get("place", "")
            name, name_zh = osm_tags.names(tags)
            if kind not in osm_tags.SETTLEMENTS or (frame is areas and (kind, name) in known):
                continue
            known.add((kind, name))
            people = tags.get("population", "").replace(",", "")
            rows.append(
                {
                    "kind": kind,
                    "name": name,
                    "name_zh": name_zh,
                    "population": float(people) if people.isdigit() else np.nan,
                }
            )
            shapes.append(shape.representative_point())
    return frame_of(rows, ("kind", "name", "name_zh", "population"), shapes)
