"""Reports on the invented district of :mod:`generator`, as a CSV that an office or an app would export.

Run as ``python hazard_reports.py FOLDER SIZE``: makes the district unless it is there, then ``reports.csv``.
Four in ten reports tell of a thing that an earlier one told of, from a few metres away and a few days later.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import shapely

from generator import CRS, ON, SIZES, make
from patrol.hazards.taxonomy import load_types

AGAIN = 0.4  # share of reports that repeat another
APART_M = 8.0  # standard deviation of a place
NOW = f"{ON}T12:00:00.000000Z"


def write_reports(folder: Path, size: str, seed: int = 1) -> dict[str, int]:
    """Write ``reports.csv`` in a district's folder; return what there is to count."""
    if not (folder / "counts.json").exists():
        make(size, folder, seed)
    import geopandas as gpd

    rng = np.random.default_rng(seed)
    count = SIZES[size].hazards
    lines = gpd.read_file(folder / "lines.gpkg", engine="pyogrio", use_arrow=True).geometry.to_numpy()
    first = round(count * (1 - AGAIN))
    of = np.r_[np.arange(first), rng.integers(0, first, count - first)]
    span, share = rng.integers(0, len(lines), first), rng.random(first)
    place = shapely.get_coordinates(shapely.line_interpolate_point(lines[span], share, normalized=True))
    xy = place[of] + rng.normal(0, APART_M, (count, 2))
    lon, lat = pyproj.Transformer.from_crs(CRS, 4326, always_xy=True).transform(xy[:, 0], xy[:, 1])
    types = load_types().index.drop("unclassified").to_numpy()
    kind = types[rng.integers(0, len(types), first)][of]
    minutes = rng.integers(40, 400, first)[of] * 1440 - rng.integers(0, 7200, count)
    at = np.datetime64(ON, "m") - minutes
    parties = np.array(["villager", "government", "enterprise", "fire"])[rng.integers(0, 4, count)]
    frame = pd.DataFrame(
        {
            "external_id": [f"R{k:06d}" for k in range(count)],
            "party": parties,
            "captured_at": np.char.add(np.datetime_as_string(at), ":00+08:00"),
            "lon": lon.round(7),
            "lat": lat.round(7),
            "type": kind,
            "description": "field text",
        }
    )
    frame.take(rng.permutation(count)).to_csv(folder / "reports.csv", index=False)
    return {"reports": count, "spans": len(lines), "things": first}


if __name__ == "__main__":
    print(json.dumps(write_reports(Path(sys.argv[1]), sys.argv[2])))
