"""Records of days after the one that is planned from, a slip of the pen or a plan of days gone by: they are told."""

from __future__ import annotations

from datetime import date

import pandas as pd

from patrol.errors import Finding
from patrol.hazards.model import OPEN_STATES
from patrol.layers.files import Layers

_SHOWN = 3


def later_findings(layers: Layers, *, on: date) -> list[Finding]:
    """Return a suspicion for each kind of record that a plan from a day on leaves out because it is of a later day.

    Open hazards reported later, patrols of later days, and last visits to service points that are still to come.
    """
    hazards, patrols, points = layers.hazards, layers.patrols, layers.service_points
    standing = hazards["state"].isin(OPEN_STATES) & hazards["closed"].isna()
    return [
        *_later(hazards[standing], "hazards", "reported", "hazard_id", "are left out", on, layers),
        *_later(patrols, "patrols", "date", "feeder_id", "are left out", on, layers),
        *_later(points, "service_points", "last_visit", "point_id", "are taken as they are", on, layers),
    ]


def _later(rows: pd.DataFrame, kind: str, column: str, name: str, what: str, on: date, layers: Layers) -> list[Finding]:
    late = rows[rows[column] > pd.Timestamp(on)].sort_values([column, name], kind="stable")
    if late.empty:
        return []
    shown = [f"{key} on {day.date()}" for key, day in zip(late[name], late[column], strict=True)][-_SHOWN:]
    said = f"{len(late)} of {len(rows)} are dated after {on} and {what}: {', '.join(shown)}"
    said += " and earlier ones" if len(late) > _SHOWN else ""
    label = layers.project.inputs[kind].label if kind in layers.project.inputs else "register"
    mend = "mend the day if it is a slip of the pen; else plan from a later day"
    return [Finding("suspicion", f"{kind}.later", label, said, mend, field=column, count=len(late))]
