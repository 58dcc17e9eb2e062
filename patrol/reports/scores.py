"""Scores as a GeoPackage that opens in QGIS: sections, open hazards, and every factor of every section."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from patrol.reports.geopackage import WGS84, write_layers

EVERY_FACTOR = 5_000  # sections up to which each type that adds something has its row
TOP_FACTORS = 3  # types of each section beyond that
SECTION_COLUMNS = [
    "rank", "section_id", "feeder_id", "label", "label_zh", "zone_id", "length_m", "hours_foot", "value_per_hour",
    "value_foot", "value_vehicle", "value_drone", "risk_ecm_day", "risk_class", "hazards_expected", "hazard_chance",
    "top_type", "tau_days", "assumed", "last_patrol", "due", "cycle_days", "critical", "critical_why", "condition",
    "ecm_per_fault", "customers_interrupted", "source_of_customers", "fire_weather", "fire_ecm",
]  # fmt: skip
HAZARD_COLUMNS = [
    "rank", "hazard_id", "type", "type_name", "type_name_zh", "hazard_class", "state", "p", "basis", "worth_ecm_day",
    "ecm_per_fault", "section_id", "label", "label_zh", "feeder_id", "pole_no", "zone_id", "reported", "deadline",
    "asset_owner",
]  # fmt: skip


def write_scores_gpkg(
    sections: gpd.GeoDataFrame,
    hazards: gpd.GeoDataFrame,
    factors: pd.DataFrame,
    path: Path | str,
    *,
    day: str,
    title: str,
) -> None:
    """Write the layers ``sections`` (lines) and ``hazards`` (points) in WGS84, and the table ``factors``.

    Parameters
    ----------
    sections, hazards : GeoDataFrame
        Ranked, in any CRS; SECTION_COLUMNS and HAZARD_COLUMNS are written, so no description of a report, which may
        name people.
    factors : DataFrame
        Of :func:`patrol.risk.factors.factor_table`.
    path : path
        Written beside its place and moved there.
    day : str
        ISO day of the scores.
    title : str
        Stands in the description of every layer; on invented data it must say so.

    Raises
    ------
    PatrolError
        If the file cannot be written.
    """
    layers: dict[str, tuple[pd.DataFrame, str | None]] = {
        "sections": (_lean(sections, SECTION_COLUMNS), "LineString"),
        "hazards": (_lean(hazards, HAZARD_COLUMNS), "Point"),
        "factors": (factors.drop(columns="row"), None),
    }
    write_layers(layers, path, day=day, description=title)


def _lean(frame: gpd.GeoDataFrame, columns: list[str]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(frame[[*columns, "geometry"]], crs=frame.crs).to_crs(WGS84).reset_index(drop=True)
