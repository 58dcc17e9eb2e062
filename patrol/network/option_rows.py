"""The table of options: its columns, and the rows of those there are and of those refused."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.config import TravelSettings
from patrol.network.access import Access

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COLUMNS = (
    "direction", "entry_x", "entry_y", "exit_x", "exit_y", "service_s", "walk_m", "distance_m", "method", "reason",
    "why", "why_m",
)  # fmt: skip


class Refusal(NamedTuple):
    """Why a row has no option: a code that ``words`` knows, the metres it is about (NaN if none), and plain text."""

    code: str
    metres: float
    text: str


NO_ROAD = Refusal("no_road", math.nan, "unreachable: no usable road")


def too_far(gap_m: Floats, travel: TravelSettings) -> list[Refusal]:
    """Return, for every row, how far the nearest road is and what the limit is."""
    limit = f"walked x {travel.detour_factor:g}, limit {travel.max_walk_in_m:,.0f} m"
    return [
        Refusal("over_water", float(gap), f"unreachable: water lies before the nearest road, {gap:,.0f} m away")
        if gap * travel.detour_factor <= travel.max_walk_in_m
        else Refusal("far_road", float(gap), f"unreachable: nearest road {gap:,.0f} m ({limit})")
        if np.isfinite(gap)
        else NO_ROAD
        for gap in gap_m
    ]


def option_rows(
    some: Ints, direction: int, ends: tuple[Access, Access], figures: tuple[Floats, Floats, Floats], method: str
) -> pd.DataFrame:
    """Return the option rows of sections ``some``; seconds and metres are rounded up."""
    entry, exit_ = ends
    service, walk, driven = (np.ceil(values[some] - 1e-6).astype(np.int64) for values in figures)
    return pd.DataFrame(
        {
            "row": some, "direction": np.full(len(some), direction, dtype=np.int64),
            "entry_x": entry.x[some], "entry_y": entry.y[some], "exit_x": exit_.x[some], "exit_y": exit_.y[some],
            "service_s": service, "walk_m": walk, "distance_m": driven, "method": method, "reason": "",
            "why": "", "why_m": np.nan,
        }
    )  # fmt: skip


def refused_rows(some: Ints, why: list[Refusal]) -> pd.DataFrame:
    """Return rows without an option for sections ``some``; ``why`` has a reason for every section."""
    reasons = [why[k] for k in some]
    zero, none = np.zeros(len(some), dtype=np.int64), np.full(len(some), np.nan)
    return pd.DataFrame(
        {
            "row": some, "direction": zero, "entry_x": none, "entry_y": none, "exit_x": none, "exit_y": none,
            "service_s": zero, "walk_m": zero, "distance_m": zero, "method": "",
            "reason": np.array([item.text for item in reasons], dtype=object),
            "why": np.array([item.code for item in reasons], dtype=object),
            "why_m": np.array([item.metres for item in reasons], dtype=float),
        }
    )  # fmt: skip


def in_order(parts: list[pd.DataFrame], key: str) -> pd.DataFrame:
    """Return the parts as one frame, sorted by row, forward before backward, with the row named ``key``."""
    frame = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    order = np.lexsort((-frame["direction"].to_numpy(), frame["row"].to_numpy()))
    return frame.iloc[order].reset_index(drop=True).rename(columns={"row": key})[[key, *COLUMNS]]
