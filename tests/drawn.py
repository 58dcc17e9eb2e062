"""Small networks drawn in metres: frames as the loader would give them, and a random tree of feeders."""

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import strategies as st

from patrol.config import NetworkSettings
from patrol.network.topology import build_network

CRS = 32648
NEAR = (500_000.0, 4_300_000.0)  # where metres are counted from: on a central meridian, in Ningxia


def _frame(columns, geometry):
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)
    return frame.assign(source_row=range(1, len(frame) + 1))


def moved(points):
    return np.asarray(points, dtype=float).reshape(-1, 2) + NEAR


def lines(*rows):
    """Frame of lines; a row is points, or (points, {column: value})."""
    rows = [row if isinstance(row, tuple) and isinstance(row[-1], dict) else (row, {}) for row in rows]
    base = {
        "feeder_id": "F1", "name": "", "name_zh": "", "voltage_kv": 10.0, "placement": "overhead",
        "condition": np.nan, "install_year": np.nan, "region_class": "rural", "owner": "",
    }  # fmt: skip
    columns = {key: [more.get(key, value) for _, more in rows] for key, value in base.items()}
    columns["line_id"] = [more.get("line_id", f"L{i + 1}") for i, (_, more) in enumerate(rows)]
    return _frame(columns, [shapely.LineString(moved(points)) for points, _ in rows])


def poles(*rows):
    """Frame of poles; a row is (x, y, pole_no[, feeder_id[, branch]])."""
    rows = [(*row, *("", "F1", "")[len(row) - 2 :]) for row in rows]
    columns = {
        "feeder_id": [row[3] for row in rows], "pole_no": [row[2] for row in rows], "branch": [row[4] for row in rows],
        "parent_pole": "", "type": "",
    }  # fmt: skip
    return _frame(columns, shapely.points(moved([row[:2] for row in rows])))


def row_of_poles(points, *, feeder="F1", branch="", first=1):
    return [(x, y, f"{first + i:03d}", feeder, branch) for i, (x, y) in enumerate(points)]


def equipment(*rows):
    """Frame of equipment; a row is (x, y, kind, {column: value})."""
    base = {
        "feeder_id": "F1", "normally_open": False, "automated": False, "customers": np.nan, "capacity_kva": np.nan,
        "important": "", "owner": "", "name": "", "name_zh": "", "line_id": "",
    }  # fmt: skip
    rows = [(*row, {})[:4] for row in rows]
    columns = {key: [row[3].get(key, value) for row in rows] for key, value in base.items()}
    columns["kind"] = [row[2] for row in rows]
    columns["equipment_id"] = [row[3].get("equipment_id", f"{row[2]}{i + 1}") for i, row in enumerate(rows)]
    return _frame(columns, shapely.points(moved([row[:2] for row in rows])))


def network(lines_, poles_=None, equipment_=None, **settings):
    return build_network(
        lines_,
        poles() if poles_ is None else poles_,
        equipment() if equipment_ is None else equipment_,
        settings=NetworkSettings(**settings),
    )


def every(start, stop, step=50.0):
    """Points from start to stop (both included), a step apart."""
    start, stop = np.asarray(start, dtype=float), np.asarray(stop, dtype=float)
    count = round(np.hypot(*(stop - start)) / step)
    return [tuple(start + (stop - start) * i / count) for i in range(count + 1)]


@st.composite
def random_trees(draw):
    """A feeder as a random tree of straight runs that never come near each other but at their joints.

    Branch k lies in its own band of y and leaves its parent run at a pole; runs have 3 to 12 poles with
    uneven spans. Returns (runs, transformers, switches): lists of point lists, (run, pole, customers),
    (run, pole).
    """
    runs = [[(0.0, 0.0)]]
    for step in draw(st.lists(st.integers(20, 120), min_size=3, max_size=30)):
        runs[0].append((runs[0][-1][0] + step, 0.0))
    free = [(0, i) for i in range(1, len(runs[0]))]
    for k in range(draw(st.integers(0, 5))):
        parent, pole = free.pop(draw(st.integers(0, len(free) - 1)))
        x, y = runs[parent][pole]
        # each depth turns by 90 degrees; lengths shrink so that bands of siblings stay apart
        up = (k % 2) * 2 - 1
        depth = 1 if runs[parent][0][1] == runs[parent][-1][1] else 0
        steps = draw(st.lists(st.integers(20, 90), min_size=2, max_size=8))
        run = [(x, y)]
        for step in steps:
            run.append((run[-1][0] + (0 if depth else step / 40), run[-1][1] + (up * step if depth else step / 50)))
        if depth:
            runs.append(run)
            if not free:
                break
        else:
            free.append((parent, pole))
    places = [(r, p) for r, run in enumerate(runs) for p in range(1, len(run))]
    pick = st.lists(st.sampled_from(places), max_size=6, unique=True)
    transformers = [(r, p, draw(st.integers(0, 90))) for r, p in draw(pick)]
    switches = draw(pick)
    return runs, transformers, switches
