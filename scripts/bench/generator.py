"""An invented district of any size, for measuring: roads, feeders, hazards, zones and crews, seeded.

Sizes follow the project's scale table. Feeders are trees of 250 spans of 60 m round substations; roads are
a jittered grid with gaps, so that a way round is needed; nothing here resembles a real place.
Run as ``python generator.py FOLDER SIZE``.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from patrol.hazards.taxonomy import load_types

CRS = "EPSG:4544"
CENTRE = (500_000.0, 4_300_000.0)
ON = date(2024, 8, 16)
ROAD_SPACING_M = 300.0
TRUNK, BRANCHES, BRANCH = 90, 16, 10
SPAN_M = 60.0
NODES = 1 + TRUNK + BRANCHES * BRANCH  # of a feeder


@dataclass(frozen=True, slots=True)
class Size:
    """How big a district is; ``side`` road joints each way, ``areas`` working areas (counties) each way."""

    side: int
    substations: int
    feeders_each: int
    hazards: int
    zones: tuple[int, int]
    areas: int
    tasks: int
    crews: int


SIZES = {
    "XS": Size(20, 1, 1, 100, (2, 2), 1, 30, 2),
    "S": Size(100, 2, 2, 2_000, (5, 4), 1, 200, 7),
    "M": Size(322, 40, 2, 50_000, (20, 10), 2, 300, 12),
    "L": Size(720, 300, 4, 500_000, (50, 40), 5, 300, 12),
}


def make(size: str, folder: Path, seed: int = 1) -> dict[str, int]:
    """Write a project of a size into a folder; return what there is to count, and the truth to compare with."""
    spec = SIZES[size]
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    width = spec.side * ROAD_SPACING_M
    low = np.array(CENTRE) - width / 2
    roads, road_nodes = _roads(spec, low, rng)
    nodes, spans, stations = _feeders(spec, low, width, rng)
    equipment = _equipment(nodes, rng)
    frames = {
        "roads": roads,
        "lines": _lines(nodes, spans),
        "poles": _poles(nodes),
        "equipment": equipment,
        "hazards": _hazards(spec, nodes, spans, rng),
        "zones": _zones(spec, low, width),
    }
    for name, frame in frames.items():
        frame.to_file(folder / f"{name}.gpkg", driver="GPKG", layer=name, engine="pyogrio", use_arrow=True)
    _crews(spec, stations, low, width).to_csv(folder / "crews.csv", index=False)
    _patrols(len(nodes), rng).to_csv(folder / "patrols.csv", index=False)
    _project(folder, size)
    counts = {name: len(frame) for name, frame in frames.items()}
    counts |= {"road_nodes": road_nodes, "tasks": spec.tasks * spec.areas**2}
    counts["customers"] = int(equipment["customers"].fillna(0).sum())
    (folder / "counts.json").write_text(json.dumps(counts))
    return counts


def area_of(x: np.ndarray, y: np.ndarray, size: str) -> np.ndarray:
    """Return the working area of each place, numbered row by row."""
    spec = SIZES[size]
    width = spec.side * ROAD_SPACING_M
    column, row = (
        np.clip(((value - centre) / width + 0.5) * spec.areas, 0, spec.areas - 1).astype(int)
        for value, centre in zip((x, y), CENTRE, strict=True)
    )
    return row * spec.areas + column


def _roads(spec: Size, low: np.ndarray, rng: np.random.Generator) -> tuple[gpd.GeoDataFrame, int]:
    n = spec.side
    grid = np.stack(np.meshgrid(np.arange(n), np.arange(n)), axis=-1).reshape(-1, 2)
    xy = low + grid * ROAD_SPACING_M + rng.uniform(-60, 60, (n * n, 2))
    ids = np.arange(n * n).reshape(n, n)
    pairs = np.vstack([np.column_stack([ids[:, :-1].ravel(), ids[:, 1:].ravel()]),
                       np.column_stack([ids[:-1].ravel(), ids[1:].ravel()])])  # fmt: skip
    along = np.r_[np.repeat(np.arange(n), n - 1), np.tile(np.arange(n), n - 1)]  # the row or column it runs in
    keep = (rng.random(len(pairs)) > 0.15) | (along % 10 == 0)
    pairs, along = pairs[keep], along[keep]
    bend = xy[pairs].mean(axis=1) + rng.normal(0, 15, (len(pairs), 2))
    lines = shapely.linestrings(np.stack([xy[pairs[:, 0]], bend, xy[pairs[:, 1]]], axis=1))
    minor = np.array(["unclassified", "residential", "track"])[rng.integers(0, 3, len(pairs))]
    kind = np.where(along % 20 == 0, "secondary", np.where(along % 5 == 0, "tertiary", minor))
    oneway = np.where((rng.random(len(pairs)) < 0.02) & (along % 5 != 0), "yes", "")
    return gpd.GeoDataFrame({"highway": kind, "oneway": oneway}, geometry=lines, crs=CRS), len(np.unique(pairs))


def _template() -> tuple[np.ndarray, np.ndarray]:
    """Return nodes (x along the trunk) and spans (upstream node, downstream node) of one feeder."""
    steps = np.arange(TRUNK + 1)
    xy = [np.column_stack([40 + steps * SPAN_M, 15 * np.sin(steps / 7)])]
    spans = [np.column_stack([steps[:-1], steps[1:]])]
    for number in range(BRANCHES):
        root = 15 + 5 * number
        side = 1 if number % 2 else -1
        reach = np.arange(1, BRANCH + 1)
        xy.append(xy[0][root] + np.column_stack([4.0 * reach, side * reach * SPAN_M]))
        own = TRUNK + number * BRANCH + reach
        spans.append(np.column_stack([np.r_[root, own[:-1]], own]))
    return np.vstack(xy), np.vstack(spans)


def _feeders(
    spec: Size, low: np.ndarray, width: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return nodes (feeders, NODES, 2), the spans of each, and substations (n, 2)."""
    each = int(np.ceil(np.sqrt(spec.substations)))
    cells = rng.permutation(each * each)[: spec.substations]
    stations = low + (np.column_stack(np.divmod(cells, each)) + 0.5) * width / each
    flat, spans = _template()
    turn = np.tile(np.arange(spec.feeders_each) * np.pi / 2, spec.substations)
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    turned = np.stack([flat[:, 0] * cos - flat[:, 1] * sin, flat[:, 0] * sin + flat[:, 1] * cos], axis=-1)
    nodes = turned + np.repeat(stations, spec.feeders_each, axis=0)[:, None, :]
    return np.round(nodes + rng.uniform(-5, 5, nodes.shape), 3), spans, stations


def _feeder_ids(count: int, each: int) -> np.ndarray:
    return np.repeat(np.array([f"F{k:04d}" for k in range(count)], dtype=object), each)


def _lines(nodes: np.ndarray, spans: np.ndarray) -> gpd.GeoDataFrame:
    shapes = shapely.linestrings(nodes[:, spans].reshape(-1, 2, 2))
    count = len(shapes)
    return gpd.GeoDataFrame(
        {
            "line_id": [f"L{k:06d}" for k in range(count)],
            "feeder_id": _feeder_ids(len(nodes), len(spans)),
            "voltage_kv": 10.0,
            "region_class": "rural",
            "condition": 4.0 + (np.arange(count) % 7) / 2,
        },
        geometry=shapes,
        crs=CRS,
    )


def _poles(nodes: np.ndarray) -> gpd.GeoDataFrame:
    numbers = np.tile(np.array([str(k + 1) for k in range(NODES)], dtype=object), len(nodes))
    points = shapely.points(nodes.reshape(-1, 2))
    return gpd.GeoDataFrame({"feeder_id": _feeder_ids(len(nodes), NODES), "pole_no": numbers}, geometry=points, crs=CRS)


def _equipment(nodes: np.ndarray, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return a breaker at each head, two switches on each trunk, and a transformer at every fifth pole."""
    at = {"breaker": [0], "switch": [30, 60], "transformer": [k for k in range(1, NODES) if k % 5 == 4]}
    parts = []
    for kind, places in at.items():
        count = len(nodes) * len(places)
        customers = rng.integers(5, 120, count).astype(float) if kind == "transformer" else np.full(count, np.nan)
        parts.append(
            gpd.GeoDataFrame(
                {
                    "equipment_id": [f"{kind[0].upper()}{k:06d}" for k in range(count)],
                    "kind": kind,
                    "feeder_id": _feeder_ids(len(nodes), len(places)),
                    "customers": customers,
                },
                geometry=shapely.points(nodes[:, places].reshape(-1, 2)),
                crs=CRS,
            )
        )
    return pd.concat(parts, ignore_index=True)


def _hazards(spec: Size, nodes: np.ndarray, spans: np.ndarray, rng: np.random.Generator) -> gpd.GeoDataFrame:
    feeder, span = rng.integers(0, len(nodes), spec.hazards), rng.integers(0, len(spans), spec.hazards)
    ends = nodes[feeder[:, None], spans[span]]
    share = rng.random((spec.hazards, 1))
    xy = ends[:, 0] * (1 - share) + ends[:, 1] * share + rng.normal(0, 12, (spec.hazards, 2))
    codes = load_types().index.drop("unclassified").to_numpy()
    days = rng.integers(1, 40, spec.hazards)
    return gpd.GeoDataFrame(
        {
            "hazard_id": [f"H{k:06d}" for k in range(spec.hazards)],
            "type": codes[rng.integers(0, len(codes), spec.hazards)],
            "reported": (np.datetime64(ON) - days).astype(str),
            "state": np.array(["reported", "verified", "closed"])[rng.integers(0, 3, spec.hazards)],
            "description": "field text",
        },
        geometry=shapely.points(np.round(xy, 2)),
        crs=CRS,
    )


def _zones(spec: Size, low: np.ndarray, width: float) -> gpd.GeoDataFrame:
    columns, rows = spec.zones
    step = np.array([width / columns, width / rows])
    boxes = [
        shapely.segmentize(shapely.box(*(low + step * (c, r)), *(low + step * (c + 1, r + 1))), step.max() / 20)
        for r in range(rows)
        for c in range(columns)
    ]
    names = [f"Z{k:04d}" for k in range(len(boxes))]
    return gpd.GeoDataFrame({"zone_id": names, "name": names}, geometry=boxes, crs=CRS)


def _crews(spec: Size, stations: np.ndarray, low: np.ndarray, width: float) -> pd.DataFrame:
    """Return cars with two people, a fixed number in each area, at its substations in turn."""
    rows = []
    to_wgs84 = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    cells = np.clip(((stations - low) / width * spec.areas).astype(int), 0, spec.areas - 1)
    for area in range(spec.areas**2):
        mine = stations[cells[:, 1] * spec.areas + cells[:, 0] == area]
        for k in range(spec.crews if len(mine) else 0):
            lon, lat = to_wgs84.transform(*mine[k % len(mine)])
            rows.append((f"A{area:02d}-C{k:02d}", "enterprise", "vehicle", round(lon, 7), round(lat, 7), 2))
    frame = pd.DataFrame(rows, columns=["crew_id", "party", "mode", "start_lon", "start_lat", "people"])
    return frame.assign(shift_start="08:00", shift_end="16:00")


def _patrols(feeders: int, rng: np.random.Generator) -> pd.DataFrame:
    days = rng.integers(30, 80, feeders)
    return pd.DataFrame(
        {"date": [(ON - timedelta(days=int(d))).isoformat() for d in days], "feeder_id": _feeder_ids(feeders, 1)}
    )


def _project(folder: Path, size: str) -> None:
    lines = [
        "config_version = 1",
        f'name = "Invented district {size}"',
        f'crs = "{CRS}"',
        "synthetic = true",
        "[inputs]",
    ]
    lines += [f'{name} = "{name}.gpkg"' for name in ("lines", "poles", "equipment", "roads", "zones", "hazards")]
    lines += [f'{name} = "{name}.csv"' for name in ("crews", "patrols")]
    (folder / "project.toml").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    print(json.dumps(make(sys.argv[2], Path(sys.argv[1]))))
