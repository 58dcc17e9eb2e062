"""Prizes and classes out of values: what the solver collects, and what maps show in colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.config import ConsequenceSettings

METHODS = ("foot", "vehicle", "drone")
MILLI = 1000
RISK_CLASSES = 5

Floats = NDArray[np.float64]


def fault_cost(ecm_per_fault: Floats, types: pd.DataFrame, settings: ConsequenceSettings) -> Floats:
    """Return ECM of one fault by section and type, shape (sections, types).

    C = interruption + p(ignition)·fire + p(injury)·injury; domain brief 3(c), without fire weather.
    """
    fire = types["p_ignition_given_fault"].to_numpy(float) * settings.fire_ecm
    injury = types["p_injury_given_fault"].to_numpy(float) * settings.injury_ecm
    return np.asarray(ecm_per_fault, float)[:, None] + (fire + injury)[None, :]


def milli(ecm: pd.Series[Any] | pd.DataFrame) -> Any:
    """Return whole milli-ECM, never negative."""
    return (ecm.clip(lower=0) * MILLI).round().astype("int64")


def risk_class(value: pd.Series[Any]) -> pd.Series[Any]:
    """Return 1 (least) to 5 (most) by fifths of the ranked values; for colours only, never for decisions."""
    rank = value.rank(method="first", pct=True).fillna(0.0).to_numpy(float)
    fifth = np.clip(np.ceil(rank * RISK_CLASSES), 1, RISK_CLASSES).astype(int)
    return pd.Series(fifth, index=value.index, name="risk_class")
