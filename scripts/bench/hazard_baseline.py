"""The same as a competent analyst writes it in an afternoon: pandas, ``sjoin_nearest``, DBSCAN, a GeoPackage.

Run as ``python hazard_baseline.py FOLDER SIZE OUT``; prints one JSON object. It does less than the project does:
no checks of the file, no poles, no second candidates, no network distance, no times, no history.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from generator import CRS
from measure import Steps, peak_rss_mb
from patrol.config import HazardSettings

try:
    from sklearn.cluster import DBSCAN
except ImportError:
    DBSCAN = None

settings = HazardSettings()
REACH_M = settings.reach_m + settings.uncertainty_m["lonlat"]
# where both ways must agree, uncertainties are zero; for its own answer the plain way adds those of two GPS places
EPS_M = settings.duplicate_m + 2 * settings.uncertainty_m["lonlat"]


def dbscan(xy: np.ndarray, eps: float) -> np.ndarray:
    """Return clusters of DBSCAN with ``min_samples=1``: of scikit-learn where it is installed, else written out."""
    if DBSCAN is not None:
        return DBSCAN(eps=eps, min_samples=1).fit_predict(xy)
    near = cKDTree(xy).query_ball_point(xy, eps)
    label, count = np.full(len(xy), -1), 0
    for seed in range(len(xy)):
        if label[seed] >= 0:
            continue
        label[seed], stack = count, [seed]
        while stack:
            for other in near[stack.pop()]:
                if label[other] < 0:
                    label[other] = count
                    stack.append(other)
        count += 1
    return label


def main() -> None:
    """Run the chain and print its figures."""
    folder, out = Path(sys.argv[1]), Path(sys.argv[3])
    steps, peaks = Steps(), {}
    with steps.time("network"):
        lines, zones = (gpd.read_file(folder / f"{name}.gpkg").to_crs(CRS) for name in ("lines", "zones"))
    peaks["network"] = peak_rss_mb()
    with steps.time("intake"):
        table = pd.read_csv(folder / "reports.csv", parse_dates=["captured_at"])
        reports = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=4326)
        reports = reports.to_crs(CRS)
    peaks["intake"] = peak_rss_mb()
    with steps.time("snap"):
        near = gpd.sjoin_nearest(
            reports,
            lines[["line_id", "feeder_id", "geometry"]],
            how="left",
            max_distance=REACH_M,
            distance_col="snap_m",
        )
        near = near[~near.index.duplicated()].drop(columns="index_right")
        near = gpd.sjoin(near, zones[["zone_id", "geometry"]], how="left", predicate="within")
        near = near[~near.index.duplicated()].drop(columns="index_right")
    peaks["snap"] = peak_rss_mb()
    with steps.time("merge"):
        near["hazard"], base = -1, 0
        for _, rows in near.groupby("type"):
            label = dbscan(np.column_stack([rows.geometry.x, rows.geometry.y]), EPS_M)
            near.loc[rows.index, "hazard"] = base + label
            base += label.max() + 1
    peaks["merge"] = peak_rss_mb()
    with tempfile.TemporaryDirectory() as made, steps.time("write"):
        near.to_file(Path(made) / "hazards.gpkg", driver="GPKG")
    peaks["write"] = peak_rss_mb()
    same = dbscan(np.column_stack([near.geometry.x, near.geometry.y]), settings.duplicate_m)
    np.savez(out, row=np.arange(1, len(near) + 1), snap_m=near["snap_m"].to_numpy(), label=same)
    facts = {"reports": len(near), "hazards": int(base), "in_zones": int(near["zone_id"].notna().sum())}
    facts["dbscan"] = "scikit-learn" if DBSCAN is not None else "cKDTree.query_ball_point and a loop (no scikit-learn)"
    print(json.dumps(steps.report() | {"facts": facts, "peak_rss_mb_after": peaks}))


if __name__ == "__main__":
    main()
