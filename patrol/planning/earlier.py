"""Layers as they were on an earlier day, as far as records tell: what is scored of the past is not what is open now."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pandas as pd

from patrol.errors import Finding
from patrol.hazards.model import OPEN_STATES
from patrol.layers.files import Layers


def as_of(layers: Layers, on: date) -> Layers:
    """Return the layers with the hazards that were open at the end of a day, told as a note where that differs.

    One that was closed or refuted later is open, ``reported``; and so is every other that was reported by then, if
    records go on after the day: when a hazard was verified or assigned stands in no file. Types, places, classes and
    deadlines are as they are now. What a register knows of looks has its own days.
    """
    rows, after = layers.hazards, pd.Timestamp(on) + timedelta(days=1)
    later = (rows["closed"] >= after).to_numpy(bool)
    if not (later | (rows["reported"] >= after).to_numpy(bool)).any():
        return layers
    known = (rows["reported"] < after).to_numpy(bool)
    moved = (
        known & (rows["state"].isin(OPEN_STATES).to_numpy(bool) | later) & (rows["state"] != "reported").to_numpy(bool)
    )
    then = rows.assign(state=rows["state"].mask(moved, "reported"), closed=rows["closed"].mask(later))
    told = []
    if moved.any():
        what = f"{int(moved.sum())} hazards are taken as reported and not yet looked at on {on}, whatever came later"
        told = [Finding("note", "hazards.earlier", "hazards", what, count=int(moved.sum()))]
    return dataclasses.replace(layers, hazards=then, findings=(*layers.findings, *told))
