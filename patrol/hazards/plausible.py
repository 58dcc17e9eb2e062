"""Which reports cannot be right, whatever format they came in, and the area of a project that tells so.

Coordinates that no place has (a form's default, axes exchanged, metres for degrees, another county) set
a report aside with the reason, unless it also says line and pole, equipment or a distance along a line:
then it is kept without them, and that is said. Nothing is mended in silence. A report with no place at
all is kept, for a person to ask back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from patrol import text
from patrol.config import HazardSettings
from patrol.errors import Finding
from patrol.hazards.formats.places import has_place
from patrol.hazards.formats.sheet import is_clean
from patrol.hazards.frames import renumbered
from patrol.hazards.model import REPORT_COLUMNS, IntakeContext
from patrol.layers.raw import some_rows

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

EARTH_KM = 6371.0
EARLIEST = pd.Timestamp("1990-01-01", tz="UTC")
AHEAD = pd.Timedelta(minutes=10)  # clocks of phones are a little off
STEP_DEG = 0.005  # lines are thinned to this: distances to them are right to about 0.6 km
NO_VALUE = (999.0, 9999.0, 99999.0, 999999.0)  # what programs write for "not known", also negative
MEND = "mend it in the quarantine file and import that"
_WHOLE_TEXT = ("area_wkt", "photos")  # cutting these would damage them


@dataclass(frozen=True, slots=True)
class Area:
    """Where the lines of a project are.

    Attributes
    ----------
    bounds : tuple of float
        West, south, east, north in WGS84 degrees.
    """

    bounds: tuple[float, float, float, float]
    _tree: cKDTree = field(repr=False, compare=False)

    @classmethod
    def of(cls, lines: gpd.GeoDataFrame) -> Area | None:
        """Return the area of lines in any CRS, None if there are none."""
        shapes = lines.geometry.to_crs("EPSG:4326").to_numpy()
        shapes = shapely.segmentize(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))], STEP_DEG)
        points = shapely.get_coordinates(shapes)
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points):
            return None
        west, south = points.min(axis=0)
        east, north = points.max(axis=0)
        cells = np.sort(np.round(points / STEP_DEG).astype(np.int64) @ [1 << 20, 1])  # one number each: sorted faster
        columns, rows = np.divmod(cells[np.diff(cells, prepend=cells[0] - 1) > 0] + (1 << 19), 1 << 20)
        thin = np.column_stack([columns, rows - (1 << 19)]) * STEP_DEG
        return cls((float(west), float(south), float(east), float(north)), cKDTree(_on_sphere(thin)))

    def distance_km(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """Return about how far points (WGS84 degrees) are from the nearest line; infinite where no place."""
        result = np.full(len(lon), np.inf)
        with np.errstate(invalid="ignore"):
            real = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
        chord, _ = self._tree.query(_on_sphere(np.column_stack([lon[real], lat[real]])))
        result[real] = 2 * EARTH_KM * np.arcsin(np.clip(chord / 2, 0, 1))
        return result


def _on_sphere(lonlat: FloatArray) -> FloatArray:
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


@dataclass
class _Check:
    """Reports under check: what is wrong with each, and whose coordinates are left out."""

    frame: pd.DataFrame
    label: str
    reasons: npt.NDArray[Any]
    codes: npt.NDArray[Any]
    findings: list[Finding] = field(default_factory=list)

    def reject(self, bad: BoolArray, code: str, why: str | Callable[[int], str]) -> None:
        """Set reports aside that have no other fault yet."""
        for i in np.flatnonzero(bad & (self.reasons == "")):
            self.reasons[i] = why if isinstance(why, str) else why(int(i))
            self.codes[i] = code

    def tell(self, level: Literal["suspicion", "note"], code: str, what: str, mend: str = "") -> None:
        """Add a finding about several rows."""
        self.findings.append(Finding(level, f"reports.{code}", self.label, what, mend))

    def rows(self, which: BoolArray) -> str:
        """Return the numbers of rows for a message."""
        return some_rows(self.frame["row"].to_numpy(np.int64)[which])

    def place(self, bad: BoolArray, code: str, why: str | Callable[[int], str]) -> None:
        """Set reports aside for their coordinates; from those with another place only the coordinates go."""
        if not bad.any():
            return
        placed = has_place(self.frame)
        self.reject(bad & ~placed, code, why)
        spared = bad & placed
        if spared.any():
            said = why if isinstance(why, str) else why(int(np.flatnonzero(spared)[0]))
            what = f"{self.rows(spared)}: coordinates left out, the place named beside them counts: {said}"
            self.tell("suspicion", code, what, "mend the coordinates, or leave them out")
            for name in ("lon", "lat", "uncertainty_m"):
                self.frame[name] = self.frame[name].mask(spared)


def check_reports(
    reports: pd.DataFrame,
    area: Area | None,
    context: IntakeContext,
    settings: HazardSettings,
    *,
    label: str = "reports",
) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Return the reports that can be taken in, those set aside, and what there is to tell.

    Parameters
    ----------
    reports : DataFrame
        Columns of :data:`patrol.hazards.model.REPORT_COLUMNS`; left as it is.
    area : Area or None
        Where the project's lines are; without it nothing is outside.
    context : IntakeContext
        ``now`` bounds the times.
    settings : HazardSettings
        ``same_point_max``, ``outside_km``.
    label : str
        File name for the findings.

    Returns
    -------
    tuple of (kept, rejected, findings)
        ``kept`` with RangeIndex and texts cleaned; ``rejected`` has the columns of ``reports`` and
        ``reason``, indexed by position in ``reports``.
    """
    frame = renumbered(reports)
    blank = np.full(len(frame), "", dtype=object)
    check = _Check(frame, label, blank, blank.copy())
    _texts(check)
    _times(check, context)
    _places(check, area, settings)
    bad = check.reasons != ""
    rejected = frame[bad].assign(reason=check.reasons[bad])
    found = [
        Finding("rejected", f"reports.{code}", label, str(reason), MEND, row=int(row))
        for row, code, reason in zip(rejected["row"], check.codes[bad], rejected["reason"], strict=True)
    ]
    kept = frame[~bad].reset_index(drop=True) if bad.any() else frame
    return kept, rejected, [*check.findings, *found]


def _texts(check: _Check) -> None:
    """Clean every text; most need nothing, and that is found out fast."""
    for name, kind in REPORT_COLUMNS.items():
        if kind != "str":
            continue
        limit = 10**9 if name in _WHOLE_TEXT else text.MAX_CHARS
        words = check.frame[name].tolist()
        if check.frame[name].dtype == object and is_clean(words, limit):
            continue
        made = {word: _clean(word, limit, name == "description") for word in dict.fromkeys(words)}
        if any(word is not clean for word, clean in made.items()):
            check.frame[name] = pd.Series([made[word] for word in words], dtype=object)
        elif check.frame[name].dtype != object:
            check.frame[name] = check.frame[name].astype(object)
        long = {word for word in made if isinstance(word, str) and len(word) > limit}
        if long:
            cut = np.array([word in long for word in words], dtype=bool)
            check.tell("note", "cut", f"{check.rows(cut)}: {name} cut to {limit} characters")


def _clean(word: object, limit: int, multiline: bool) -> str:
    if type(word) is str and word.isprintable() and len(word) <= limit and "  " not in word:
        return word.strip()
    return text.clean(word, limit=limit, multiline=multiline)


def _times(check: _Check, context: IntakeContext) -> None:
    latest = pd.Timestamp(context.now) + AHEAD
    latest = latest.tz_localize("UTC") if latest.tzinfo is None else latest
    for name in ("captured_at", "given_closed"):
        at = check.frame[name]
        late, early = (at > latest).to_numpy(bool), (at < EARLIEST).to_numpy(bool)
        if name == "given_closed":  # of an alert it is when the alert expires, and that is to come
            late &= (check.frame["record"] != "alert").to_numpy(bool)
        check.reject(late, "future", partial(_when, at, context.timezone, f"{name} {{}} is in the future"))
        check.reject(early, "ancient", partial(_when, at, context.timezone, f"{name} {{}} is before 1990"))
    closed_first = (check.frame["given_closed"] < check.frame["captured_at"]).to_numpy(bool)
    if closed_first.any():
        what = f"{check.rows(closed_first)}: closed before it was reported"
        check.tell("suspicion", "closed_first", what, "mend one of the two times")


def _when(at: pd.Series[Any], timezone: str, words: str, i: int) -> str:
    return words.format(at.iloc[i].tz_convert(timezone).strftime("%Y-%m-%d %H:%M"))


def _places(check: _Check, area: Area | None, settings: HazardSettings) -> None:
    lon, lat = (check.frame[name].to_numpy(np.float64, copy=True) for name in ("lon", "lat"))
    said = ~(np.isnan(lon) & np.isnan(lat)) & (check.frame["record"] != "alert").to_numpy(bool)
    for bad, code, why in _impossible(lon, lat):
        check.place(bad & said, code, why)
        said &= ~bad
    _same_point(check, lon, lat, said, settings.same_point_max)
    said &= ~check.frame["lon"].isna().to_numpy(bool)
    if area is None:
        check.place(said & (np.abs(lat) > 90), "no_number", "no latitude is beyond 90: the axes may be exchanged")
    else:
        _outside(check, lon, lat, said, area, settings.outside_km)
    nowhere = check.frame["lon"].isna().to_numpy(bool) & ~has_place(check.frame) & (check.reasons == "")
    nowhere &= (check.frame["record"] == "hazard").to_numpy(bool)
    if nowhere.any():
        what = f"{check.rows(nowhere)}: no place that can be found on the network; kept, to be asked back"
        check.tell("suspicion", "no_place", what, "ask the reporter for the line and pole, or the place")


def _impossible(lon: FloatArray, lat: FloatArray) -> list[tuple[BoolArray, str, str | Callable[[int], str]]]:
    """Return the coordinates no place has: which, a code, and why."""
    same = lon == lat

    def shown(i: int) -> str:
        return f"{lon[i]:.7g}, {lat[i]:.7g}"

    none = np.isin(np.abs(lon), NO_VALUE) | np.isin(np.abs(lat), NO_VALUE)
    with np.errstate(invalid="ignore"):
        beyond = (np.abs(lon) > 180) | (np.abs(lat) > 180)
        no_lat = (np.abs(lat) > 90) & (np.abs(lon) > 90)
    mend = "projected metres or feet: declare their system"
    return [
        (np.isnan(lon) | np.isnan(lat), "half_place", "only one of longitude and latitude is there"),
        (np.isinf(lon) | np.isinf(lat), "no_number", "its coordinates are no place on earth"),
        ((lon == 0) & (lat == 0), "zero", "0, 0 is what an empty form sends, not a place"),
        ((lon == -1) & (lat == -1), "sentinel", "-1, -1 is what a form sends for no place"),
        (none, "sentinel", lambda i: f"{shown(i)} stands for a place that is not known"),
        (
            (np.abs(lat) == 90) | (np.abs(lon) == 180),
            "sentinel",
            lambda i: f"{shown(i)} is a pole or the end of the map",
        ),
        (same, "equal", lambda i: f"longitude and latitude are the same number ({lon[i]:.7g})"),
        (beyond, "metres", lambda i: f"{shown(i)} are no degrees but {mend}"),
        (no_lat, "no_number", lambda i: f"{shown(i)}: neither can be a latitude"),
    ]


def _same_point(check: _Check, lon: FloatArray, lat: FloatArray, said: BoolArray, most: int) -> None:
    """Name points that implausibly many reports share; a satellite's pixels have no default."""
    at = np.flatnonzero(said & (check.frame["party"] != "sensor").to_numpy(bool))
    order = at[np.lexsort((lat[at], lon[at]))]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(lon[order]) != 0) | (np.diff(lat[order]) != 0)
    which = np.cumsum(new) - 1
    number = np.zeros(len(lon), dtype=np.int64)
    number[order] = np.bincount(which)[which] if len(order) else 0
    shared = number > most
    check.place(
        shared,
        "same_point",
        lambda i: f"{number[i]} reports are at exactly {lon[i]:.7g}, {lat[i]:.7g}: a default, not a place",
    )


def _outside(check: _Check, lon: FloatArray, lat: FloatArray, said: BoolArray, area: Area, outside_km: float) -> None:
    distance = np.zeros(len(lon))
    distance[said] = area.distance_km(lon[said], lat[said])
    out = distance > outside_km
    turned = np.zeros(len(lon), dtype=bool)
    turned[out] = area.distance_km(lat[out], lon[out]) <= outside_km
    check.place(turned, "swapped", "longitude and latitude are exchanged: the other way round it would lie inside")
    check.place(
        out & ~turned,
        "outside",
        lambda i: f"{lon[i]:.5f}, {lat[i]:.5f} is {_far(distance[i])} from the nearest line",
    )


def _far(km: float) -> str:
    return f"about {km:.0f} km" if np.isfinite(km) else "no place at all, far"
