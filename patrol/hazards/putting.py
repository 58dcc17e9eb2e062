"""A hazard put by hand where it is: located, snapped and zoned anew, as a report that says so would be."""

from __future__ import annotations

from typing import Any

import numpy as np

from patrol.errors import Finding, RegisterError
from patrol.hazards.ground import Ground
from patrol.hazards.locate import locate
from patrol.hazards.match import snap, zone_of
from patrol.hazards.model import REPORT_COLUMNS, empty_frame
from patrol.hazards.plausible import Area
from patrol.hazards.receive import ROUNDED, degrees
from patrol.text import clean

_REFUSED = ("line_", "pole_", "coordinates_beyond", "contradiction")

_SHOWN = (
    "feeder_id", "pole_no", "snap_state", "snap_m", "confidence", "other_feeder_id", "other_pole_no", "other_m",
)  # fmt: skip
PLACE = ("lon", "lat", "uncertainty_m", "zone_id", *_SHOWN)  # what is set, blanks too


def put_anew(ground: Ground, lonlat: tuple[float, float] | None, line: str, pole: str) -> dict[str, Any]:
    """Return the body of an event ``set`` that puts a hazard at a place, or at a pole of a line.

    Parameters
    ----------
    ground : Ground
    lonlat : (lon, lat), optional
        WGS84; without it the pole says where.
    line, pole : str
        As people call them, "" for none.

    Raises
    ------
    RegisterError
        Names the line or pole that nobody knows, a pole far from the coordinates, a place off the project's map, and
        a line that is not there.
    """
    settings = ground.settings.hazards
    rows = empty_frame(REPORT_COLUMNS, 1)
    rows["row"], rows["record"] = 1, "hazard"
    rows["feeder_ref"], rows["pole_ref"] = clean(line, limit=80), clean(pole, limit=80)
    if lonlat is not None:
        rows["lon"], rows["lat"] = lonlat
    named = rows.assign(lon=np.nan, lat=np.nan)
    told = [*(locate(named, ground.network, ground.layers, settings)[1] if line or pole else ())]
    placed, more = locate(rows, ground.network, ground.layers, settings)
    told += more
    faults = {one.what: one for one in told if one.code.removeprefix("hazards.").startswith(_REFUSED)}
    if lonlat is not None and _outside(ground, lonlat):
        faults["place"] = Finding("error", "register.place", "set", "the place lies outside the project", "mend --near")
    if lonlat is None and not pole:
        what, mend = "a line alone is no place", "give --pole or --near too"
        faults["line"] = Finding("error", "register.place", "set", what, mend)
    if faults:
        raise RegisterError([Finding("error", "register.place", "set", one.what, one.mend) for one in faults.values()])
    xy = placed[["x", "y"]].to_numpy(float)
    on = snap(
        xy, placed["uncertainty_m"].to_numpy(float), ground.network, settings,
        located_by=placed["located_by"].to_numpy(object), named_feeder=placed["feeder_id"].to_numpy(object),
        pole_at=placed[["pole_x", "pole_y"]].to_numpy(float),
    ).round(ROUNDED)  # fmt: skip
    if line and on["feeder_id"].iloc[0] != placed["feeder_id"].iloc[0]:
        what = f"line {clean(line, limit=60)} is not there: {on['feeder_id'].iloc[0] or 'no line'} is"
        raise RegisterError(Finding("error", "register.place", "set", what, "mend --near, or leave --feeder out"))
    lon, lat = degrees(xy, placed, ground)
    body: dict[str, Any] = {"lon": float(lon[0]), "lat": float(lat[0])}
    body["uncertainty_m"] = float(placed["uncertainty_m"].iloc[0])
    body |= {str(name): value for name, value in on.iloc[0].items() if name in _SHOWN}
    body["zone_id"] = str(zone_of(xy, ground.layers.zones)[0])
    return {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in body.items()}


def _outside(ground: Ground, lonlat: tuple[float, float]) -> bool:
    area = Area.of(ground.layers.lines)
    lon, lat = (np.array([one]) for one in lonlat)
    return area is not None and bool(area.distance_km(lon, lat)[0] > ground.settings.hazards.outside_km)
