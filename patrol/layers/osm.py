"""Import an OpenStreetMap extract as a project folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol.config import NetworkSettings
from patrol.errors import Finding, LayerError
from patrol.layers import osm_places, osm_power, osm_tags
from patrol.layers.folder import refuse_overwrite
from patrol.layers.imported import write_import
from patrol.layers.osm_power import rows_where
from patrol.layers.osm_read import Extract, read_osm
from patrol.layers.schema import EQUIPMENT, LINES, PLACES, POLES, ROADS
from patrol.layers.starter import starter_crews, starter_note
from patrol.words import counted

CREDIT = "© OpenStreetMap contributors, ODbL 1.0"
ATTRIBUTION = """\
Lines, poles, equipment, roads and places in this folder: (c) OpenStreetMap contributors.
They are available under the Open Database License (ODbL) 1.0: https://opendatacommons.org/licenses/odbl/
Maps made from them must show this attribution; a database derived from them, this folder among them,
must be offered under the same licence if it is published.

本文件夹中的线路、杆塔、设备、道路与地名：© OpenStreetMap 贡献者，按开放数据库许可证（ODbL 1.0）提供。
用它们绘制的地图须保留本署名；公开发布由其衍生的数据库（包括本文件夹）时须采用同一许可证。
"""


def import_osm(
    source: Path | str,
    out: Path | str,
    *,
    minor_kv: float = 10.0,
    transmission_kv: float = 110.0,
    distribution_max_kv: float | None = None,
    on: date | None = None,
    overwrite: bool = False,
) -> tuple[Finding, ...]:
    """Write a project folder from an OpenStreetMap extract.

    Parameters
    ----------
    source : Path
        ``.osm``, ``.osm.gz`` or ``.osm.pbf``.
    out : Path
        The folder to write: GeoPackages in EPSG:4326, ``crews.csv`` with placeholders,
        ``project.toml`` and ``ATTRIBUTION.txt``.
    minor_kv, transmission_kv : float
        Voltage assumed where the tag is missing: of ``minor_line`` and ``cable``, and of ``line``.
    distribution_max_kv : float, optional
        Lines above are kept apart and not patrolled; by default the setting's own default. A value of
        your own is written to ``project.toml``.
    on, overwrite
        See :func:`patrol.layers.imported.write_import`.

    Returns
    -------
    tuple of Finding
        What was taken, assumed and left out.

    Raises
    ------
    LayerError
        If the file cannot be read, holds no power line to patrol, or ``out`` is in use.
    """
    source, out = Path(source), Path(out)
    refuse_overwrite(out, overwrite=overwrite)
    limit = NetworkSettings().distribution_max_kv if distribution_max_kv is None else distribution_max_kv
    extract = read_osm(source)
    places = osm_places.places(extract.points, extract.areas)
    lines = _lines(extract, places, source.name, minor_kv=minor_kv, transmission_kv=transmission_kv, limit=limit)
    own = lines[lines["voltage_kv"] <= limit]
    equipment = osm_places.equipment(extract.points, extract.lines, extract.areas, distribution_max_kv=limit)
    substations = equipment[equipment["kind"] == "substation"]
    roots = np.column_stack([substations.geometry.x, substations.geometry.y])
    poles = osm_power.poles(extract.points, lines, roots)
    crews = starter_crews(own, places, substations)
    frames: dict[str, pd.DataFrame] = {
        "lines": _schema_columns(lines, LINES.columns),
        "poles": _schema_columns(poles, POLES.columns),
        "equipment": _schema_columns(equipment, EQUIPMENT.columns),
        "roads": _schema_columns(osm_places.roads(extract.lines), ROADS.columns),
        "places": _schema_columns(places, PLACES.columns),
        "crews": crews,
    }
    timezone = write_import(
        out, frames, _stem(source), on=on, overwrite=overwrite, attribution=CREDIT,
        settings={"network": {"distribution_max_kv": limit}} if distribution_max_kv is not None else None,
        texts={"ATTRIBUTION.txt": ATTRIBUTION},
    )  # fmt: skip
    return (
        *_line_notes(extract, lines, source.name, limit),
        *_pole_notes(extract, poles, source.name),
        timezone,
        *_other_notes(frames, source.name),
        starter_note(crews),
    )


def _lines(
    extract: Extract, places: gpd.GeoDataFrame, label: str, *, minor_kv: float, transmission_kv: float, limit: float
) -> gpd.GeoDataFrame:
    every = osm_power.power_lines(extract.lines, minor_kv=minor_kv, transmission_kv=transmission_kv)
    lines = every[~every["traction"].astype(bool)].reset_index(drop=True)
    if not (lines["voltage_kv"] <= limit).any():
        what = (
            f"holds no power line of {limit:g} kV or less ({len(lines)} above, {len(every) - len(lines)} of railways)"
        )
        mend = "give an extract with mapped lines, or state the voltage of untagged ones: --minor-kv, --transmission-kv"
        raise LayerError(Finding("error", "osm.no_lines", label, what, mend))
    return osm_power.name_feeders(lines, places, distribution_max_kv=limit)


def _schema_columns(frame: gpd.GeoDataFrame, columns: object) -> gpd.GeoDataFrame:
    """Keep the columns a schema knows: the others served the import only."""
    assert isinstance(columns, dict)
    return frame[[name for name in columns if name in frame] + ["geometry"]]


def _stem(source: Path) -> str:
    name = source.name
    for ending in (".gz", ".pbf", ".osm"):
        name = name.removesuffix(ending)
    return name or "osm"


def _line_notes(extract: Extract, lines: gpd.GeoDataFrame, label: str, limit: float) -> list[Finding]:
    def note(code: str, what: str, mend: str = "") -> Finding:
        return Finding("note", f"osm.{code}", label, what, mend)

    high = lines["voltage_kv"] > limit
    km = lines["length_m"].groupby(high).sum() / 1000
    found = [
        note(
            "lines",
            f"{counted(int((~high).sum()), 'line')} of {limit:g} kV or less ({km.get(False, 0):.1f} km) in "
            f"{counted(lines.loc[~high, 'feeder_id'].nunique(), 'separate network')}, each taken for a feeder",
            "join or rename feeders in lines.gpkg where your network says otherwise",
        )
    ]
    if high.any():
        what = f"{counted(int(high.sum()), 'line')} above {limit:g} kV ({km[True]:.1f} km) kept apart and not patrolled"
        found.append(note("transmission", what))
    if (assumed := lines["assumed_kv"]).any():
        volts = ", ".join(
            f"{v:g} kV: {n}" for v, n in lines.loc[assumed, "voltage_kv"].value_counts().sort_index().items()
        )
        what = f"{counted(int(assumed.sum()), 'line')} without a voltage tag; assumed by class ({volts})"
        found.append(note("voltage_assumed", what, "mend voltage_kv in lines.gpkg"))
    if (several := lines["several_kv"]).any():
        found.append(
            note("several_voltages", f"{counted(int(several.sum()), 'line')} with several voltages; the highest counts")
        )
    power = extract.lines["tags"].map(lambda tags: tags.get("power", ""))
    drawn = rows_where(extract.lines, osm_power.is_line)
    if n := int((~drawn["tags"].map(osm_tags.in_use)).sum()):
        found.append(note("out_of_use", f"{counted(n, 'line')} marked as disused, removed or only planned left out"))
    if n := int((shapely.length(drawn.geometry.to_numpy()) == 0).sum()):
        found.append(note("no_length", f"{counted(n, 'line')} without length left out"))
    if n := int((power == "generator").sum()):
        found.append(note("generators", f"{counted(n, 'outline')} of generators (solar panels) left out: no lines"))
    return found


def _pole_notes(extract: Extract, poles: gpd.GeoDataFrame, label: str) -> list[Finding]:
    kinds = extract.points["tags"].map(lambda tags: tags.get("power", ""))
    off = int(kinds.isin(["pole", "tower"]).sum()) - len(poles)
    found = []
    if ours := int(poles["numbered"].sum()):
        what = f"poles without a number: {ours} of {len(poles)}; numbered along the line, which no pole plate shows"
        found.append(
            Finding("note", "osm.poles_numbered", label, what, "replace pole_no in poles.gpkg by the real ones")
        )
    if off:
        found.append(Finding("note", "osm.poles_off", label, f"{counted(off, 'pole')} on no line left out"))
    return found


def _other_notes(frames: dict[str, pd.DataFrame], label: str) -> list[Finding]:
    found = [
        Finding("note", "osm.licence", label, CREDIT, "keep ATTRIBUTION.txt, and the attribution in project.toml"),
    ]
    kinds = frames["equipment"]["kind"].value_counts() if len(frames["equipment"]) else pd.Series(dtype=int)
    what = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())) or "none"
    found.append(Finding("note", "osm.equipment", label, f"equipment: {what}; OpenStreetMap knows no customers"))
    if len(frames["roads"]):
        what = f"{len(frames['roads'])} roads and paths; access restrictions (access=*) are not applied"
        found.append(Finding("note", "osm.roads", label, what))
    else:
        found.append(Finding("note", "osm.no_roads", label, "no roads: travel is estimated along straight lines"))
    return found
