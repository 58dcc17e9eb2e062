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
from patrol.layers.scenario import overlaid
from patrol.layers.schema import PARTIES, SCHEMAS
from patrol.planning.testimony import NO_TESTIMONY, Testimony, read_testimony
from patrol.project import Project

DEFAULT_MINUTES = 30.0  # a request's visit where nobody said how long


def load_known(project: Project) -> Layers:
    """Load the layers with what the register knows, see :func:`load_all`."""
    return load_all(project)[0]


def load_all(project: Project) -> tuple[Layers, Testimony]:
    """Load the layers, with the hazards and requests of the project's register where it has one.

    Rows of the files of hazards and requests that the register has taken in (by their ids) count once, as
    the register has them; rows that it has not are planned as before, so that a register just begun hides
    nothing. Hazards and requests without a place cannot be visited and are told.

    Raises
    ------
    PatrolError
        Every fault of the layers; or the register cannot be opened.
    """
    layers = overlaid(load_layers(project))
    path = project.file("register")
    if path is None or not path.exists():
        return layers, NO_TESTIMONY
    with open_project_register(project) as register:
        hazards, requests, (_, head) = register.hazards(), register.requests(), register.head()
        testimony = read_testimony(register)
    taken = set(testimony.reports["external_id"]) if len(layers.hazards) else set()
    label = project.files["register"].label
    known, told = _hazards(hazards, layers, label)
    asked, more = _requests(requests, layers, label)
    rest = layers.hazards[~layers.hazards["hazard_id"].isin(taken)]
    if len(rest):
        what = f"{len(rest)} hazards of this file are not in the register and are planned from here"
        mend = "take them in: patrol hazards import"
        name = project.inputs["hazards"].label
        told.append(Finding("note", "register.not_taken_in", name, what, mend, count=len(rest)))
    whole = dataclasses.replace(
        layers,
        hazards=_together(rest, known, layers),
        requests=_together(
            layers.requests[~layers.requests["request_id"].isin(requests["external_id"])], asked, layers
        ),
        findings=(*layers.findings, *told, *more),
        # a register without an event has no hash yet, and says nothing that a plan could be made from
        hashes=MappingProxyType({**layers.hashes, **({"register": head} if head else {})}),
    )
    return whole, testimony


def _together(file: gpd.GeoDataFrame, own: gpd.GeoDataFrame, layers: Layers) -> gpd.GeoDataFrame:
    """Return the rows of a file and those of the register as one frame."""
    parts = [frame for frame in (file, own) if len(frame)]
    both = pd.concat(parts, ignore_index=True) if parts else own
    return gpd.GeoDataFrame(both, geometry="geometry", crs=layers.crs)


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
            "may_be": rows["may_be"],
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
    return _metric(frame, rows, layers), _told(int((wanted & ~good).sum()), "requests", label)


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
