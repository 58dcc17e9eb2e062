"""The plan as a GeoPackage that opens in QGIS: stops, legs, what was left out, and the planned sections.

:func:`write_layers` writes other tables with the same care.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from patrol import text
from patrol.plan import Plan
from patrol.reports.files import named_if_open

WGS84 = "EPSG:4326"
_GEOMETRY = {"stops": "Point", "legs": "LineString", "dropped": "Point", "sections": "LineString"}
_STOP_COLUMNS = [
    "shift_id", "crew_id", "party", "mode", "date", "order", "kind", "task_id", "direction", "option", "arrive",
    "start_service", "leave", "lon", "lat", "travel_s", "distance_m", "label", "zone_id",
]  # fmt: skip
_LEG_COLUMNS = ["shift_id", "crew_id", "party", "mode", "date", "order", "to_order", "kind"]
_DROPPED_COLUMNS = ["task_id", "kind", "label", "label_zh", "zone_id", "due", "overdue_days", "mandatory", "reason"]


def write_plan_gpkg(plan: Plan, path: Path | str, sections: gpd.GeoDataFrame | None = None) -> None:
    """Write the layers ``stops`` (points), ``legs`` (lines), ``dropped`` (points) and, if given, ``sections`` (lines).

    Parameters
    ----------
    plan : Plan
        A plan as it stands in its file.
    path : path
        The file is written beside its place and moved there, so that nobody reads half of it.
    sections : GeoDataFrame, optional
        Frame of sections in any CRS, with ``section_id``; all of them are written, with what became of each:
        see :func:`planned_sections`.

    Raises
    ------
    PatrolError
        If the file cannot be written, mostly because QGIS has the old one open.

    Notes
    -----
    Every layer is WGS84. The same plan gives the same bytes with the same GDAL: the dates that GDAL
    would stamp are the plan's first day.
    """
    layers = {
        "stops": _with_columns(plan.stops(), _STOP_COLUMNS),
        "legs": _with_columns(plan.legs(), _LEG_COLUMNS),
        "dropped": dropped_points(plan),
    }
    if sections is not None:
        layers["sections"] = planned_sections(plan, sections)
    write_layers({name: (frame, _GEOMETRY[name]) for name, frame in layers.items()}, path, day=plan.document["from"])


def write_layers(
    layers: Mapping[str, tuple[pd.DataFrame, str | None]], path: Path | str, *, day: str, description: str = ""
) -> None:
    """Write frames as the layers of one GeoPackage, beside its place first, with their texts cleaned.

    Parameters
    ----------
    layers : mapping of str to (DataFrame, str or None)
        By name: a frame, and the type of its geometry; None for a table without one.
    day : str
        ISO day that GDAL takes for now, so that its files do not hold the clock.
    description : str
        What QGIS shows of every layer.

    Raises
    ------
    PatrolError
        If the file cannot be written, mostly because QGIS has the old one open.
    """
    target = Path(path)
    more = {"description": text.clean(description)} if description else {}
    with named_if_open(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.stem}.") as folder:
            draft = Path(folder) / target.name
            with _dated(day):
                for number, (name, (frame, kind)) in enumerate(layers.items()):
                    pyogrio.write_dataframe(
                        _clean(frame), draft, layer=name, driver="GPKG", geometry_type=kind, append=number > 0, **more
                    )
            draft.replace(target)


def dropped_points(plan: Plan) -> gpd.GeoDataFrame:
    """Return the tasks left out as WGS84 points, in the plan's order, with their reason codes."""
    rows = [{**plan.tasks.get(item["task_id"], {}), **item} for item in plan.dropped]
    frame = pd.DataFrame(rows, columns=[*_DROPPED_COLUMNS, "lon", "lat"])
    points = gpd.points_from_xy(frame.pop("lon").astype(float), frame.pop("lat").astype(float))
    frame[["mandatory", "overdue_days"]] = frame[["mandatory", "overdue_days"]].fillna(0).astype("int64")
    return gpd.GeoDataFrame(frame, geometry=points, crs=WGS84)


def planned_sections(plan: Plan, sections: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return all sections in WGS84, with who patrols them when, or why nobody does.

    Columns added: ``in_plan`` (falls due in the period, so that it is a task), ``planned``, ``task_id, crew_id, date``
    and ``reason`` (why it is left out), empty where they do not apply.
    """
    task_of = {task["section_id"]: key for key, task in plan.tasks.items() if task.get("section_id")}
    served = {stop["task_id"]: shift for shift in plan.shifts for stop in shift["route"] if stop["task_id"]}
    reason = {item["task_id"]: item["reason"] for item in plan.dropped}
    rows = sections.to_crs(WGS84)
    tasks = pd.Series([task_of.get(key, "") for key in rows["section_id"]], index=rows.index, dtype=object)
    rows = rows.assign(
        in_plan=tasks != "",
        planned=tasks.isin(list(served)),
        task_id=tasks,
        crew_id=tasks.map(lambda key: served[key]["crew_id"] if key in served else ""),
        date=tasks.map(lambda key: served[key]["date"] if key in served else ""),
        reason=tasks.map(lambda key: reason.get(key, "")),
    )
    return rows.reset_index(drop=True)


def _with_columns(frame: gpd.GeoDataFrame, columns: list[str]) -> gpd.GeoDataFrame:
    """Return the frame with exactly these columns; an empty plan has none of its own."""
    return gpd.GeoDataFrame(frame.reindex(columns=columns), geometry=frame.geometry.to_numpy(), crs=WGS84)


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with plain columns: field text cleaned, tuples and other objects as text."""
    plain = frame.copy()
    shape = [plain.geometry.name] if isinstance(plain, gpd.GeoDataFrame) else []
    for name in plain.columns.drop(shape):
        column = plain[name]
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
            plain[name] = column.map(_text_of).astype(object)
    return plain


def _text_of(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return text.clean(";".join(str(part) for part in value))
    return text.clean(value)


@contextmanager
def _dated(day: str) -> Iterator[None]:
    """Let GDAL take the plan's first day for now, so that its files do not hold the clock."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
