"""Small registers for tests: reports as a frame, and a register opened on a file."""

import pandas as pd

from patrol.config import HazardSettings
from patrol.hazards.model import PLACE_COLUMNS, REPORT_COLUMNS, Event, canonical
from patrol.hazards.register import open_register
from patrol.hazards.taxonomy import load_types

TYPES = load_types()
NOW = "2024-08-20T00:00:00.000000Z"
KITE, TREE, NEST = "E01", "V01", "V03"  # a kite (emergency), a tree, vines on a pole


def stamp(day, hour=0, minute=0):
    return f"2024-08-{day:02d}T{hour:02d}:{minute:02d}:00.000000Z"


def reports(*rows):
    """Return reports as the register takes them; each row is a dictionary, what it leaves out has a plain value."""
    plain = {
        "record": "hazard", "party": "villager", "source": "", "precision": "s", "lon": 106.5, "lat": 38.9,
        "uncertainty_m": 15.0, "located_by": "lonlat", "feeder_id": "F1", "pole_no": "37", "snap_state": "snapped",
        "snap_m": 2.0, "pole_m": 9.0, "confidence": 0.9, "zone_id": "Z1", "type": TREE, "captured_at": stamp(1),
    }  # fmt: skip
    kinds = {**REPORT_COLUMNS, **PLACE_COLUMNS, **dict.fromkeys(["key", "hazard_id", "previous_id", "type"], "str")}
    blank = {"str": "", "float64": float("nan"), "int64": 0, "time": ""}
    full = [{**plain, "row": at + 1, "key": f"k{at}", **row} for at, row in enumerate(rows)]
    frame = {
        name: pd.Series([row.get(name, blank[kind]) for row in full], dtype=object) for name, kind in kinds.items()
    }
    for name, kind in kinds.items():
        if kind == "time":
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601").astype("datetime64[us, UTC]")
        elif kind != "str":
            frame[name] = frame[name].astype(kind)
    return pd.DataFrame(frame)


def opened(path, *, create=True, settings=None, types=TYPES):
    return open_register(
        path, create=create, timezone="Asia/Shanghai", settings=settings or HazardSettings(), types=types
    )


def take(register, *rows, now=NOW, **kw):
    return register.take(reports(*rows), at_now=now, actor="office", party="enterprise", **kw)


def event(action, subject, at, body=None, actor="crew 1", party="enterprise"):
    return Event(action, subject, at, actor, party, canonical(body or {}))


def do(register, action, subject, at, body=None, **kw):
    register.act([event(action, subject, at, body, **kw)], recorded_at=NOW)


def shown(register, name):
    return register.hazards().set_index("hazard_id").loc[register.find(name)]


READY = {"permit": True, "outage": "not needed", "materials": True}
OWNER = {"owner": "crew 7", "owner_party": "enterprise"}
