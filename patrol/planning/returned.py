"""Visits that came back from the field, as the planning of a day knows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import geopandas as gpd
import pandas as pd

from patrol.layers.files import Layers


def with_visits(layers: Layers, *, on: date) -> Layers:
    """Return the layers as the visits before a day have left them: last visits moved on, requests dealt with.

    What comes back on the day itself is part of that day's plan, and nothing that it is made from.
    """
    seen = layers.outcomes
    seen = seen[(seen["outcome"] == "done") & (seen["date"] < pd.Timestamp(on))]
    if seen.empty:
        return layers
    last = seen[seen["kind"] == "service"].groupby("ref")["date"].max()
    points = layers.service_points
    newest = pd.concat([points["last_visit"], points["point_id"].map(last).astype("datetime64[ns]")], axis=1).max(
        axis=1
    )
    over = layers.requests["request_id"].isin(seen.loc[seen["kind"] == "request", "ref"])
    requests = layers.requests.assign(state=layers.requests["state"].mask(over, "done"))
    return replace(
        layers,
        service_points=gpd.GeoDataFrame(points.assign(last_visit=newest), geometry="geometry", crs=layers.crs),
        requests=gpd.GeoDataFrame(requests, geometry="geometry", crs=layers.crs),
    )
