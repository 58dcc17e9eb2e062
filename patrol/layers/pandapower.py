"""Import a pandapower network as a project folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol import text
from patrol.config import NetworkSettings
from patrol.errors import Finding, LayerError
from patrol.layers import power_frames
from patrol.layers.crs import declared, to_wgs84
from patrol.layers.folder import refuse_overwrite
from patrol.layers.imported import no_places, write_import
from patrol.layers.power_net import PowerNet, read_power_net
from patrol.layers.power_places import check_lengths, draw_branches, place_buses, spread_buses
from patrol.layers.starter import starter_crews, starter_note
from patrol.words import counted


def import_pandapower(
    source: str | Path,
    out: Path | str,
    *,
    crs: str = "EPSG:4326",
    on: date | None = None,
    overwrite: bool = False,
) -> tuple[Finding, ...]:
    """Write a project folder from a power-flow model.

    Parameters
    ----------
    source : str
        Name of a function in ``pandapower.networks`` (``mv_oberrhein``), a ``.json`` saved by
        pandapower, or a ``.gpkg`` with pandapower's tables as layers (which needs no pandapower).
    out : Path
        The folder to write: GeoPackages in EPSG:4326, ``crews.csv`` with placeholders, ``project.toml``.
    crs : str
        What the model's coordinates are. The default is what pandapower's GeoJSON columns should hold;
        coordinates that cannot be that are refused.
    on, overwrite
        See :func:`patrol.layers.imported.write_import`.

    Returns
    -------
    tuple of Finding
        What was taken, assumed and left out.

    Raises
    ------
    LayerError
        If pandapower is needed and absent, the model cannot be read, has no real coordinates or no line
        to patrol, or the folder cannot be written.
    """
    source, out = str(source), Path(out)
    refuse_overwrite(out, overwrite=overwrite)
    limit = NetworkSettings().distribution_max_kv
    net = read_power_net(source)
    label = Path(source).name
    bus, found = place_buses(net, crs, label)
    net = _in_wgs84(net, crs)
    check_lengths(net, bus, label)
    bus, notes = spread_buses(net, bus, limit, label)
    found += notes
    branches, notes = draw_branches(net, bus, limit, label)
    found += notes
    own = [branch for branch in branches if branch.voltage_kv <= limit]
    if not own:
        what = f"holds no line of {limit:g} kV or less with a place on the map"
        raise LayerError(Finding("error", "pandapower.no_lines", label, what, "give a distribution network"))
    supply = power_frames.sources(net, bus, limit)
    feeder = power_frames.feeder_of_buses(net, own, supply, limit)
    names = power_frames.feeder_names(feeder, supply)
    lines = power_frames.line_frame(own, feeder, names)
    equipment = power_frames.equipment_frame(net, bus, own, feeder, supply, limit)
    frames: dict[str, pd.DataFrame] = {
        "lines": lines,
        "poles": power_frames.station_frame(bus, feeder),
        "equipment": equipment,
    }
    crews = starter_crews(lines, no_places(), equipment[equipment["kind"] == "substation"].assign(name_zh=""))
    frames = {kind: _cleaned(frame) for kind, frame in frames.items() if len(frame)} | {"crews": crews}
    timezone = write_import(out, frames, net.name, on=on, overwrite=overwrite)
    if len(own) < len(branches):
        what = f"{len(branches) - len(own)} lines above {limit:g} kV were left out"
        found.append(Finding("note", "pandapower.transmission", label, what))
    return (*found, *_notes(_tree_sizes(feeder, supply), equipment, label), timezone, starter_note(crews))


def _tree_sizes(feeder: dict[int, str], supply: pd.DataFrame) -> pd.Series:
    """Return the buses of each feeder, the high side of the transformers that supply it counted in."""
    size = pd.Series(feeder).value_counts().sort_index()
    behind = supply[supply["hv_bus"] != supply["bus"]]
    return size.add(behind["bus"].map(feeder).value_counts(), fill_value=0).astype(int)


def _in_wgs84(net: PowerNet, crs: str) -> PowerNet:
    """Return the model with the courses of its lines in WGS84."""
    system = declared(crs)
    courses = []
    for coords in net.line["coords"]:
        points = None if coords is None else to_wgs84(np.asarray(coords, float)[:, :2], system)
        courses.append(None if points is None else np.column_stack([points.lon, points.lat]))
    return replace(net, line=net.line.assign(coords=pd.Series(courses, index=net.line.index, dtype=object)))


def _cleaned(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    words = [name for name in frame.columns if name.endswith(("name", "_id", "_no"))]
    return frame.assign(**{name: frame[name].map(text.clean) for name in words})


def _notes(size: pd.Series, equipment: gpd.GeoDataFrame, label: str) -> list[Finding]:
    def note(code: str, what: str, mend: str = "") -> Finding:
        return Finding("note", f"pandapower.{code}", label, what, mend)

    parts = ", ".join(f"{one}: {counted(count, 'bus', 'buses')}" for one, count in size.items())
    opened = int(equipment["normally_open"].sum())
    switches = int(equipment["kind"].isin(["switch", "breaker", "tie"]).sum())
    stations = int((equipment["kind"] == "transformer").sum())
    found = [
        note(
            "feeders", f"{counted(len(size), 'tree')} once open switches count ({parts}); each is taken for one feeder"
        ),
        note("switches", f"open switches: {opened} of {switches}"),
        note(
            "loads",
            counted(
                stations, "station with loads stands for a transformer", "stations with loads stand for transformers"
            ),
        ),
        note(
            "roads", "a power-flow model knows no roads: travel is estimated along straight lines", "add a roads layer"
        ),
    ]
    if dark := sum(str(one).startswith("U") for one in size.index):
        what = f"{counted(dark, 'part is', 'parts are')} not supplied by any transformer or external grid"
        found.append(Finding("suspicion", "pandapower.unsupplied", label, what, "check the state of their switches"))
    return found
