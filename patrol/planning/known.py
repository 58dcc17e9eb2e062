"""The layers of a project with what its register knows: open hazards, and requests to be visited."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol.errors import Finding
from patrol.hazards.office import open_project_register
from patrol.layers.files import Layers, load_layers
from patrol.layers.schema import PARTIES, SCHEMAS
from patrol.project import Project

DEFAULT_MINUTES = 30.0  # a request's visit where nobody said how long


def load_known(project: Project) -> Layers:
    """Load the layers; where the project has a register, hazards and further requests come from it.

    The register is the truth about hazards, so a file of hazards is not planned from beside it: it has
    been imported, or is to be. Hazards and requests without a place cannot be visited and are told.

    Raises
    ------
    PatrolError
        Every fault of the layers; or the register cannot be opened.
    """
    layers = load_layers(project)
    path = project.file("register")
    if path is None or not path.exists():
        return layers
    with open_project_register(project) as register:
        hazards, requests, (_, head) = register.hazards(), register.requests(), register.head()
    label = project.files["register"].label
    found = [*layers.findings]
    known, told = _hazards(hazards, layers, label)
    asked, more = _requests(requests, layers, label)
    found += [*told, *more]
    if len(layers.hazards):
        what = "hazards come from the register; the file of hazards is not planned from"
        mend = "patrol hazards import takes it in; then drop it from project.toml"
        found.append(Finding("note", "register.counts", project.inputs["hazards"].label, what, mend))
    return dataclasses.replace(
        layers, hazards=known, requests=asked, findings=tuple(found),
        hashes=MappingProxyType({**layers.hashes, "register": head}),
    )  # fmt: skip


def _local(times: pd.Series[Any], timezone: str) -> pd.Series[Any]:
    """Return UTC times as the clock shows them in the project's time zone, without zone."""
    local: pd.Series[Any] = times.dt.tz_convert(timezone).dt.tz_localize(None)
    return local


def _hazards(hazards: gpd.GeoDataFrame, layers: Layers, label: str) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    zone = layers.project.timezone
    lost = hazards["open"].to_numpy(bool) & ~_placed(hazards)
    rows = hazards[_placed(hazards)].reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "hazard_id": rows["hazard_id"],
            "type": rows["type"],
            "reported": _local(rows["reported"], zone).dt.normalize(),
            "party": rows["party"],
            "state": rows["state"],
            "feeder_id": rows["feeder_id"],
            "pole_no": rows["pole_no"],
            "description": rows["description"],
            "closed": _local(rows["closed"], zone),
            "source_row": np.arange(1, len(rows) + 1),
            "deadline": _local(rows["deadline"], zone),
            "hazard_class": rows["hazard_class"],
        }
    )
    return _metric(frame, rows, layers), _told(int(lost.sum()), "hazards", label)


def _requests(requests: gpd.GeoDataFrame, layers: Layers, label: str) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    wanted = (requests["state"] == "open").to_numpy()
    good = wanted & _placed(requests) & (requests["due"] != "").to_numpy()
    rows = requests[good].reset_index(drop=True)
    minutes = rows["minutes"].fillna(DEFAULT_MINUTES).clip(1, 480).round().astype("int64")
    blank = {name: column.default or "" for name, column in SCHEMAS["requests"].columns.items()}
    frame = pd.DataFrame(blank, index=rows.index).assign(
        request_id=rows["request_id"],
        kind=rows["request_kind"],
        due=pd.to_datetime(rows["due"]),
        minutes=minutes,
        parties=rows["liaison"].where(rows["liaison"].isin(PARTIES), ""),
        state="open",
        source_row=np.arange(1, len(rows) + 1),
    )
    own = _metric(frame, rows, layers)[list(layers.requests.columns)]
    both = pd.concat([layers.requests, own], ignore_index=True) if len(layers.requests) and len(own) else None
    frame_ = both if both is not None else (own if len(own) else layers.requests)
    return gpd.GeoDataFrame(frame_, geometry="geometry", crs=layers.crs), _told(
        int((wanted & ~good).sum()), "requests", label
    )


def _placed(rows: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    placed: npt.NDArray[np.bool_] = np.isfinite(rows[["lon", "lat"]].to_numpy(float)).all(axis=1)
    return placed


def _metric(frame: pd.DataFrame, rows: gpd.GeoDataFrame, layers: Layers) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(rows["lon"], rows["lat"], crs="EPSG:4326").to_crs(layers.crs)
    return gpd.GeoDataFrame(frame, geometry=points, crs=layers.crs)


def _told(count: int, what: str, label: str) -> list[Finding]:
    if not count:
        return []
    mend = "give line and pole (patrol hazards set), or look at them in patrol hazards list"
    text = f"{count} open {what} have no place or no due day and cannot be planned"
    return [Finding("suspicion", "register.no_place", label, text, mend, count=count)]
