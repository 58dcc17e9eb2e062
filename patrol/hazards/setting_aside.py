"""Satellite detections: what the register has seen of them, and places that later files show to be hot all year.

A file of one day cannot tell a kiln from a fire. What it took in is judged again when the days after (or before) it
come in: reports that are then known to be static are withdrawn by an event, and a hazard that nobody else reported
and nobody has acted upon is shown as refuted. So the same files give the same open hazards in any order.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrol.config import HazardSettings
from patrol.errors import Finding
from patrol.hazards.lookup import MACHINE
from patrol.hazards.model import Event, Intake, canonical
from patrol.hazards.register import Register
from patrol.hazards.stamps import stamps
from patrol.hazards.static_sources import hot_days

SATELLITES = "firms:"
_DETECTION = ["lon", "lat", "captured_at", "uncertainty_m"]
_TOLD = 20


def no_detections() -> pd.DataFrame:
    """Return an empty frame of detections."""
    none = {name: np.empty(0) for name in _DETECTION}
    return pd.DataFrame(none | {"captured_at": pd.Series([], dtype="datetime64[us, UTC]")})[_DETECTION]


def known_detections(register: Register) -> pd.DataFrame:
    """Return what satellites have seen as the register knows it: ``lon, lat, captured_at, uncertainty_m``."""
    return pd.concat([_taken(register)[_DETECTION], _remembered(register)], ignore_index=True)


def _taken(register: Register) -> pd.DataFrame:
    reports = pd.DataFrame(register.reports())
    seen = reports["source"].str.startswith(SATELLITES) & (reports["party"] == "sensor")
    return reports[seen].reset_index(drop=True)


def _remembered(register: Register) -> pd.DataFrame:
    """Return the detections that were static when they came in: events of imports keep them."""
    rows = [one for body in register.memory.imports("static")["body"] for one in body["static"]]
    if not rows:
        return no_detections()
    told = pd.DataFrame(rows, columns=_DETECTION)
    when = pd.to_datetime(told["captured_at"], utc=True, format="ISO8601").astype("datetime64[us, UTC]")
    return told.assign(captured_at=when)


def to_remember(register: Register, intake: Intake) -> list[list[object]]:
    """Return the static detections of a file that the register has not seen, as its event keeps them."""
    if intake.static is None or intake.static.empty:
        return []
    rows = intake.static.drop_duplicates(["lon", "lat", "captured_at"])
    known = set(_places(known_detections(register)))
    new = rows[[place not in known for place in _places(rows)]].sort_values(_DETECTION, kind="stable")
    columns = (new["lon"].tolist(), new["lat"].tolist(), stamps(new["captured_at"]), new["uncertainty_m"].tolist())
    return [list(row) for row in zip(*columns, strict=True)]


def _places(rows: pd.DataFrame) -> list[tuple[float, float, str]]:
    lon, lat = rows["lon"].round(5).tolist(), rows["lat"].round(5).tolist()
    return list(zip(lon, lat, [one[:16] for one in stamps(rows["captured_at"])], strict=True))


def set_aside(
    register: Register, settings: HazardSettings, label: str, *, now: str
) -> tuple[frozenset[str], list[Finding]]:
    """Withdraw the reports of satellites whose place is static by now.

    Returns
    -------
    left : frozenset of str
        The reports that are left of their hazards: these have to be put together anew.
    findings : list of Finding
    """
    taken = _taken(register)
    live = taken[taken["withdrawn"].isna()].reset_index(drop=True)
    if live.empty:
        return frozenset(), []
    rest = pd.concat([taken.loc[taken["withdrawn"].notna(), _DETECTION], _remembered(register)], ignore_index=True)
    days = hot_days(live, at_most=settings.static_days, history=rest)
    gone = live[days >= settings.static_days]
    if gone.empty:
        return frozenset(), []
    body = canonical({"reason": "static", "days": int(settings.static_days)})
    events = [Event("withdraw", name, now, MACHINE, "sensor", body) for name in gone["report_id"]]
    register.note(events, recorded_at=now)
    hazards = sorted(set(gone["hazard_id"]))
    open_ = set(register.hazards().query("open")["hazard_id"])
    told = [_told(name, name in open_, label, settings) for name in hazards[:_TOLD]]
    if len(hazards) > _TOLD:
        what = f"{len(hazards) - _TOLD} more hazards lie on static heat sources"
        told.append(Finding("note", "hazards.static_place", label, what, "see patrol hazards list"))
    beside = register.memory.members(hazards)
    return frozenset(beside.loc[beside["withdrawn"].isna(), "report_id"]), told


def _told(name: str, still: bool, label: str, settings: HazardSettings) -> Finding:
    what = f"{name} lies where satellites saw heat on {settings.static_days} days or more: a kiln, flare or factory"
    if still:
        what += "; it stays open for what others reported of it, or for what was done about it"
        return Finding("suspicion", "hazards.static_place", label, what, "look whether it is a fire")
    return Finding("note", "hazards.static_place", label, f"{what}; set aside", f"patrol hazards verify PROJECT {name}")
