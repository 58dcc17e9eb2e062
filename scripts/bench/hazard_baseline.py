"""The same as a competent analyst writes it in an afternoon: pandas, ``sjoin_nearest``, DBSCAN, a GeoPackage.

Run as ``python hazard_baseline.py FOLDER SIZE OUT``; prints one JSON object. What both ways define is done by both:
reading the file, nearest line, pole and zone of each report, reports of one thing joined, and a GeoPackage with a
row a report and a row a hazard. It does less than the project does: no checks of the file, no second candidates, no
network distance, no windows of time, no ids that stay the same, no taking in twice without harm, no chain of events.
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
        names = ("lines", "poles", "zones")
        lines, poles, zones = (gpd.read_file(folder / f"{name}.gpkg").to_crs(CRS) for name in names)
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
    with steps.time("poles"):
        near = gpd.sjoin_nearest(near, poles[["pole_no", "geometry"]], how="left", distance_col="pole_m")
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
        near.to_file(Path(made) / "hazards.gpkg", layer="reports", driver="GPKG")
        rows = near.sort_values("captured_at").groupby("hazard")
        whole = rows[["type", "party", "feeder_id", "pole_no", "snap_m", "zone_id", "description", "geometry"]].first()
        whole["reported"], whole["last_report"] = rows["captured_at"].min(), rows["captured_at"].max()
        whole["reports"] = rows.size()
        hazards = gpd.GeoDataFrame(whole.reset_index(), geometry=whole["geometry"].to_numpy(), crs=near.crs)
        hazards.to_file(Path(made) / "hazards.gpkg", layer="hazards", driver="GPKG")
    peaks["write"] = peak_rss_mb()
    same = dbscan(np.column_stack([near.geometry.x, near.geometry.y]), settings.duplicate_m)
    np.savez(out, row=np.arange(1, len(near) + 1), snap_m=near["snap_m"].to_numpy(), label=same)
    facts = {"reports": len(near), "hazards": int(base), "in_zones": int(near["zone_id"].notna().sum())}
    facts["dbscan"] = "scikit-learn" if DBSCAN is not None else "cKDTree.query_ball_point and a loop (no scikit-learn)"
    print(json.dumps(steps.report() | {"facts": facts, "peak_rss_mb_after": peaks}))


if __name__ == "__main__":
    main()
