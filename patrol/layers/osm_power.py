"""Power lines, their feeders and their poles, from tagged ways and nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol.layers import osm_tags
from patrol.layers.osm_feeders import WGS84, by_length, networks, vertices_of, walk_order

WGS84_CODE = "EPSG:4326"


def frame_of(rows: list[dict[str, Any]], columns: tuple[str, ...], geometry: Any) -> gpd.GeoDataFrame:
    """Return rows as a frame in EPSG:4326 that has the columns even without rows."""
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=list(columns)), geometry=list(geometry), crs=WGS84_CODE)


def rows_where(frame: gpd.GeoDataFrame, test: Callable[[osm_tags.Tags], bool]) -> gpd.GeoDataFrame:
    """Return the rows whose tags pass a test."""
    return frame[np.fromiter((test(tags) for tags in frame["tags"]), bool, len(frame))]


def power_lines(lines: gpd.GeoDataFrame, *, minor_kv: float, transmission_kv: float) -> gpd.GeoDataFrame:
    """Return the power lines among the lines of an extract, one row a way.

    Returns
    -------
    GeoDataFrame
        EPSG:4326; ``line_id, voltage_kv, assumed_kv`` (the tag is missing), ``several_kv``, ``traction``,
        ``placement, owner, tag_name, tag_name_zh, length_m`` (on the ellipsoid). Rings of generators
        and other areas are not among them, nor are ways without length or out of use.
    """
    own = rows_where(lines, lambda tags: is_line(tags) and osm_tags.in_use(tags))
    own = own[shapely.length(own.geometry.to_numpy()) > 0]
    rows = []
    for way, tags, shape in zip(own["osm_id"], own["tags"], own.geometry, strict=True):
        volts = osm_tags.voltages_kv(tags)
        unsaid = transmission_kv if tags["power"] == "line" else minor_kv
        name, name_zh = osm_tags.names(tags)
        rows.append(
            {
                "line_id": way,
                "voltage_kv": volts[0] if volts else unsaid,
                "assumed_kv": not volts,
                "several_kv": len(volts) > 1,
                "traction": osm_tags.is_traction(tags),
                "placement": osm_tags.placement(tags),
                "owner": tags.get("operator", ""),
                "tag_name": name,
                "tag_name_zh": name_zh,
                "length_m": float(WGS84.geometry_length(shape)),
            }
        )
    columns = (
        "line_id", "voltage_kv", "assumed_kv", "several_kv", "traction", "placement", "owner", "tag_name",
        "tag_name_zh", "length_m",
    )  # fmt: skip
    return frame_of(rows, columns, own.geometry)


def is_line(tags: osm_tags.Tags) -> bool:
    """Return whether tags are those of a power line, in use or not."""
    return tags.get("power") in osm_tags.POWER_LINES and tags.get("area") != "yes"


def name_feeders(lines: gpd.GeoDataFrame, places: gpd.GeoDataFrame, *, distribution_max_kv: float) -> gpd.GeoDataFrame:
    """Return the lines with ``feeder_id, name, name_zh`` of the separate network each belongs to.

    Networks are told apart by voltage and by shared nodes, and numbered by length within
    distribution (``F1``, ``F2``, ...) and above it (``HV1``, ...). A network has the name most of its
    length is tagged with, else the name of the nearest settlement.
    """
    vertices = vertices_of(lines.geometry.to_numpy())
    label = networks(vertices, lines["voltage_kv"].to_numpy())
    length, ids = lines["length_m"].to_numpy(), lines["line_id"].tolist()
    above = lines["voltage_kv"].to_numpy() > distribution_max_kv
    out = lines.assign(feeder_id="", name="", name_zh="")
    for high in (False, True):
        rows_of = [rows for rows in by_length(label, length, ids) if above[rows[0]] == high]
        for number, rows in enumerate(rows_of, 1):
            tagged = _tagged_name(lines.iloc[rows])
            near, near_zh = ("", "") if tagged else _nearest_name(lines.geometry.iloc[rows], places)
            name, name_zh = tagged or _feeder_name(number, near, near_zh, high=high)
            out.loc[out.index[rows], ["feeder_id", "name", "name_zh"]] = [
                f"{'HV' if high else 'F'}{number}",
                name,
                name_zh,
            ]
    return out


def _tagged_name(lines: gpd.GeoDataFrame) -> tuple[str, str] | None:
    named = lines[lines["tag_name"] != ""]
    if named.empty:
        return None
    length = named.groupby("tag_name")["length_m"].sum()
    best = min(length.index, key=lambda name: (-round(float(length[name]), 1), name))
    return str(best), str(named.loc[named["tag_name"] == best, "tag_name_zh"].iloc[0])


def _feeder_name(number: int, near: str, near_zh: str, *, high: bool) -> tuple[str, str]:
    english, chinese = ("Transmission line", "输电线路") if high else ("Feeder", "馈线")
    place, place_zh = near or near_zh, near_zh or near
    return (
        f"{english} {number} ({place})" if place else f"{english} {number}",
        f"{chinese}{number}（{place_zh}）" if place_zh else f"{chinese}{number}",
    )


def _nearest_name(lines: gpd.GeoSeries, places: gpd.GeoDataFrame) -> tuple[str, str]:
    named = places[(places["name"] != "") | (places["name_zh"] != "")]
    if named.empty:
        return "", ""
    metres = named.estimate_utm_crs()
    target = shapely.union_all(lines.to_crs(metres).to_numpy())
    away = named.to_crs(metres).distance(target).round(1)
    best = min(named.index, key=lambda row: (away[row], named.at[row, "name"]))
    return str(named.at[best, "name"]), str(named.at[best, "name_zh"])


def poles(points: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, roots: np.ndarray) -> gpd.GeoDataFrame:
    """Return the poles and towers that stand on the lines, numbered along them where they carry no ``ref``.

    Parameters
    ----------
    points : GeoDataFrame
        Tagged nodes.
    lines : GeoDataFrame
        Lines with ``feeder_id``.
    roots : ndarray, shape (r, 2)
        Longitude and latitude of substations, where numbering starts.

    Returns
    -------
    GeoDataFrame
        ``feeder_id, pole_no, branch, parent_pole, type, numbered`` (True where the number is ours), by
        feeder and along the line. Poles on no line are left out.
    """
    own = rows_where(points, lambda tags: tags.get("power") in {"pole", "tower"})
    vertices = vertices_of(lines.geometry.to_numpy())
    at = vertices.find(shapely.get_coordinates(own.geometry.to_numpy()))
    pole_at = {int(vertex): row for row, vertex in reversed(list(enumerate(at))) if vertex >= 0}
    parts = []
    for feeder in sorted(lines["feeder_id"].unique(), key=lambda name: (name.rstrip("0123456789"), len(name), name)):
        rows = np.flatnonzero((lines["feeder_id"] == feeder).to_numpy())
        order = [pole_at[v] for v in walk_order(vertices, rows, roots) if v in pole_at]
        parts.append(_numbered(own.iloc[order], feeder))
    columns = ("feeder_id", "pole_no", "branch", "parent_pole", "type", "numbered")
    return pd.concat(parts, ignore_index=True) if parts else frame_of([], columns, [])


def _numbered(own: gpd.GeoDataFrame, feeder: str) -> gpd.GeoDataFrame:
    """Give numbers to one feeder's poles in walking order; a ``ref`` is kept unless another pole has it already."""
    refs = pd.Series([tags.get("ref", "") for tags in own["tags"]], dtype=object)
    kept = refs.mask(refs.duplicated(), "").tolist()
    taken, rows = set(kept), []
    for i, (ref, tags) in enumerate(zip(kept, own["tags"], strict=True), 1):
        number = ref or next(n for n in (str(i), *(f"{i}{c}" for c in "abcdefgh")) if n not in taken)
        taken.add(number)
        rows.append(
            {
                "feeder_id": feeder,
                "pole_no": number,
                "branch": "",
                "parent_pole": "",
                "type": tags["power"],
                "numbered": not ref,
            }
        )
    return frame_of(rows, ("feeder_id", "pole_no", "branch", "parent_pole", "type", "numbered"), own.geometry)
