"""Where crews start and end, in metres; crews whose place or shift makes no sense are set aside."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyproj

from patrol.errors import Finding
from patrol.layers.area import Box, inside
from patrol.layers.crs import WGS84, transformed
from patrol.layers.inputs import Input

PLACES = ("start_x", "start_y", "end_x", "end_y")


def placed_crews(
    crews: pd.DataFrame, one: Input | None, crs: pyproj.CRS, box: Box | None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the crews with ``start_x, start_y, end_x, end_y`` in metres, without those that cannot be used.

    Parameters
    ----------
    crews : DataFrame
        Frame of schema ``crews``.
    one : Input or None
        The input they came from; its ``system`` is what ``start_lon`` and the others are in.
    crs : pyproj.CRS
        The project's metric CRS.
    box : tuple or None
        The project's area in metres; None where the lines are unknown.

    Returns
    -------
    tuple of (DataFrame, list of Finding)
        Longitudes and latitudes are WGS84 now. A crew without an end ends where it starts. Crews outside
        the area, with half an end, with a shift that ends before it starts, or with weekdays other than
        the digits 1 (Monday) to 7 are set aside.
    """
    crews = crews.copy()
    if one is None or one.system is None or crews.empty:
        return crews.assign(**{name: np.zeros(len(crews)) for name in PLACES}), []
    start = crews[["start_lon", "start_lat"]].to_numpy(dtype=float).copy()
    end = crews[["end_lon", "end_lat"]].to_numpy(dtype=float).copy()
    no_end = np.isnan(end).all(axis=1)
    half = np.isnan(end).any(axis=1) & ~no_end
    end[no_end | half] = start[no_end | half]
    for name, xy in (("start", start), ("end", end)):
        crews[[f"{name}_lon", f"{name}_lat"]] = transformed(xy, one.system, WGS84)
        crews[[f"{name}_x", f"{name}_y"]] = transformed(xy, one.system, crs)
    raw = one.raw
    at = np.searchsorted(raw.rows, crews["source_row"].to_numpy())
    found: list[Finding] = []
    found += raw.set_aside(
        at[half], "value_empty", "is only half given", "fill both or neither", name="end_lon, end_lat"
    )
    gone = half
    for name, xy in (("start", start), ("end", end)) if box is not None else ():
        assert box is not None
        out = ~inside(xy, one.system, box, crs) & ~gone
        turned = inside(xy[:, ::-1], one.system, box, crs)
        hints = dict(zip(at.tolist(), turned.tolist(), strict=True))

        def what(i: int, name: str = name, hints: dict[int, bool] = hints) -> str:
            hint = "; with longitude and latitude exchanged it would lie inside" if hints[i] else ""
            return f"the {name} lies outside the project's area, far from every line{hint}"

        found += raw.set_aside(at[out], "outside", what, "mend its coordinates", name=f"{name}_lon")
        gone = gone | out
    turned_shift = (crews["shift_end"] <= crews["shift_start"]).to_numpy(dtype=bool)
    mend = "a shift ends on the day it starts: split a night at 24:00"
    found += raw.set_aside(at[turned_shift], "shift", "the shift ends before it starts", mend, name="shift_end")
    strange = ~crews["weekdays"].str.fullmatch("[1-7]+").to_numpy(dtype=bool)
    mend = "write the digits of its days, 1 is Monday: 12345"
    found += raw.set_aside(at[strange], "weekdays", "are not digits from 1 to 7", mend, name="weekdays")
    keep = ~(gone | turned_shift | strange)
    return crews[keep].reset_index(drop=True), found
