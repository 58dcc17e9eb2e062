"""Reports as GeoJSON (RFC 7946): properties as in a table, places from the geometry, WGS84 by the standard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from patrol import text
from patrol.errors import Finding, IntakeError
from patrol.hazards.formats.cells import Cells
from patrol.hazards.formats.records import flat, read_json
from patrol.hazards.formats.table import understood
from patrol.hazards.headings import match_headings
from patrol.hazards.model import Intake, IntakeContext
from patrol.plan import sha256

EARTH_M = 6_371_000.0
MAX_PROPERTIES = 2_000  # different names in one file; beyond, it is no list of reports
_PLACE = ("lon", "lat", "crs", "uncertainty_m")
_LONLAT = ("EPSG:4326", "OGC:CRS84")
_MEND = "export the layer again as GeoJSON"


def read_geojson(raw: bytes, label: str, context: IntakeContext) -> Intake:
    """Read a GeoJSON of reports, see :func:`geojson_and_originals`."""
    return geojson_and_originals(raw, label, context)[0]


def geojson_and_originals(raw: bytes, label: str, context: IntakeContext) -> tuple[Intake, pd.DataFrame]:
    """Read a GeoJSON of reports.

    A line or an area is taken at the middle of its extent, with a radius that holds all of it.

    Returns
    -------
    tuple of (Intake, DataFrame)
        What was made of the file, and for each good report its properties, flattened, with ``lon, lat``.

    Raises
    ------
    IntakeError
        If it is no GeoJSON with features.
    """
    document = read_json(raw, label, "geojson")
    features = document.get("features") if isinstance(document, dict) else None
    if isinstance(document, dict) and document.get("type") == "Feature":
        features = [document]
    if not isinstance(features, list):
        raise _fault(label, "is no GeoJSON with features", _MEND)
    crs = _stated_crs(document)
    notes = []
    if context.crs and context.crs not in _LONLAT:
        what = f"GeoJSON is WGS84 by its standard; {text.clean(context.crs, limit=60)} of [intake] is for tables"
        notes.append(Finding("note", "intake.crs", label, what))
    records, faults = [], []
    for feature in features:
        record, fault = _record(feature, crs)
        records.append(record)
        faults.append(fault)
    names = list(dict.fromkeys(name for record in records for name in record))
    if len(names) > MAX_PROPERTIES:
        raise _fault(label, f"its features have {len(names)} different properties", "export only the reports' own")
    columns = {name: np.array([record.get(name, "") for record in records], dtype=object) for name in names}
    table = pd.DataFrame(columns, dtype=object, index=pd.RangeIndex(len(records)))
    reasons = np.empty(len(records), dtype=object)
    reasons[:] = faults
    cells = Cells(table, np.arange(1, len(records) + 1, dtype=np.int64), reasons)
    properties = [name for name in names if name not in _PLACE]
    chosen, _ = match_headings(properties, {k: v for k, v in context.columns.items() if k not in _PLACE})
    # The geometry says where it is; properties such as "lng" are copies of it, in whatever system.
    chosen = {name: heading for name, heading in chosen.items() if name not in (*_PLACE, "lonlat")}
    chosen |= {name: name for name in _PLACE if name in table.columns}
    return understood(cells, chosen, label, context, form="geojson", notes=notes, sha=sha256(raw))


def _stated_crs(document: Mapping[str, Any]) -> str:
    """Return the system that older GeoJSON names, WGS84 if it names none; ``urn:ogc:def:crs:EPSG::4490``."""
    stated: Any = document.get("crs")
    for key in ("properties", "name"):
        stated = stated.get(key) if isinstance(stated, dict) else None
    if not isinstance(stated, str) or "CRS84" in stated.upper():
        return _LONLAT[0]
    if stated.casefold().startswith("urn:ogc:def:crs:epsg:"):
        return f"EPSG:{stated.rsplit(':', 1)[-1]}"
    return stated[:200]


def _record(feature: Any, crs: str) -> tuple[dict[str, str], str]:
    """Return the properties of a feature as texts, its place among them, and what is wrong with it."""
    if not isinstance(feature, dict):
        return {}, "it is no feature"
    properties = feature.get("properties")
    record = flat(properties, ".") if isinstance(properties, dict) else {}
    for name in _PLACE:
        if name in record:
            record[f"{name} (property)"] = record.pop(name)
    if "id" not in record and isinstance(feature.get("id"), (str, int)):
        record["id"] = str(feature["id"])
    geometry = feature.get("geometry")
    if geometry is None:
        return record, ""
    points = list(_points(geometry)) if isinstance(geometry, dict) else []
    if not points or not all(_is_position(point) for point in points):
        return record, "its geometry has no coordinates that are numbers"
    lon, lat, radius = _middle(points)
    place = {"lon": repr(lon), "lat": repr(lat), "crs": crs}
    if radius:
        place["uncertainty_m"] = repr(round(radius, 1))
    elif record.get("accuracy"):
        place["uncertainty_m"] = record["accuracy"]
    return record | place, ""


def _points(geometry: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the positions of a geometry; what is no list of numbers is yielded as it is."""
    todo: list[Any] = [geometry.get("coordinates")]
    for part in geometry.get("geometries") or [] if isinstance(geometry.get("geometries"), list) else []:
        todo.append(part.get("coordinates") if isinstance(part, dict) else None)
    while todo:
        part = todo.pop()
        if isinstance(part, list) and part and isinstance(part[0], list):
            todo += part
        elif part is not None:
            yield part


def _is_position(point: Any) -> bool:
    return (
        isinstance(point, list)
        and len(point) >= 2
        and all(isinstance(one, (int, float)) and not isinstance(one, bool) and abs(one) < 1e15 for one in point[:2])
    )


def _middle(points: list[Any]) -> tuple[float, float, float]:
    """Return the middle of an extent and the radius in metres that holds it (0 for a point)."""
    x, y = (np.array([point[i] for point in points], dtype=np.float64) for i in (0, 1))
    lon, lat = float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2
    if len(points) == 1:
        return float(x[0]), float(y[0]), 0.0
    east = np.radians(x.max() - x.min()) * np.cos(np.radians(lat)) * EARTH_M
    north = np.radians(y.max() - y.min()) * EARTH_M
    return lon, lat, float(np.hypot(east, north) / 2)


def _fault(label: str, what: str, mend: str) -> IntakeError:
    return IntakeError(Finding("error", "intake.geojson", label, what, mend))
