"""What really goes on in the county: where, when and how often hazards come, what becomes of them, who sees them.

One process brings forth hazards, faults and finds. It starts from the package's table of hazard types, but is NOT
the package's model: rates, chances of a fault, lasting and detection differ from the table by factors drawn once a
type; seasons come later and weigh otherwise; a line in bad condition is not quite as bad; and every category has
places of its own where it comes more often (beside water, round villages, and patches a mile wide that nothing
explains) with a log-sd of 0.9. A risk model has to find that out, as in life.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import shapely

from sample.feeders import County
from sample.frame import UV, Dice, between, metric
from sample.history import BEFORE, FIRST_DAY, TODAY

RATE, PHI = 1.6, 0.8  # this county beside the table, on average; a windy edge of the desert
TYPE_SD = 0.4  # log-sd of a type's own factors
PLACE_SD = 0.9  # log-sd of rates from place to place, by category
PATCH_M = 900.0  # wavelength / 2 pi of the patches
SEASON_LATE = timedelta(days=10)
DEVICE_TYPES = ("S10", "S11", "S12", "U01", "F02")  # where transformers and switches stand, nearly always
_NEAR = {"veg": ("water", 150.0), "nat": ("water", 200.0), "fire": ("village", 900.0), "ext": ("village", 900.0),
         "user": ("village", 600.0), "equip": ("village", 1500.0)}  # fmt: skip
_SEASONS = [  # first and last day and the column of the table; the largest of a day counts
    ((11, 15), (3, 15), "m_winter_peak"), ((1, 20), (2, 25), "m_spring_festival"), ((3, 1), (5, 31), "m_spring_agri"),
    ((6, 1), (9, 15), "m_summer_peak"), ((9, 15), (11, 14), "m_autumn_harvest"),
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Span:
    """From one pole to the next, away from the source; ``no`` is the number of the farther pole."""

    feeder: str
    no: str
    ends: tuple[UV, UV]
    cable: bool
    length_m: float
    condition: float
    device: bool
    to_water_m: float
    to_village_m: float

    @property
    def middle(self) -> tuple[float, float]:
        """Return metres east and north."""
        return metric(between(*self.ends, 0.5))


@dataclass(frozen=True, eq=False)
class Kind:
    """A hazard type as it is in this county."""

    code: str
    category: str
    cover: pd.Series  # its row of the table
    yearly: float  # hazards a year in the whole county
    places: list[float]  # ends of the spans' shares
    days: list[float]  # ends of the shares of the days of the records
    phi: float
    persist_days: float
    detects: dict[str, float]


@dataclass(frozen=True, eq=False)
class World:
    """Spans, and hazard types by code."""

    spans: list[Span]
    kinds: dict[str, Kind]
    begin: date

    def arrivals(self, dice: Dice) -> list[tuple[float, Span, Kind]]:
        """Return what comes in the time of the records and the half year before it: (days since begin, span, type)."""
        years = (TODAY - self.begin).days / 365
        return [
            (kind_day, self.spans[dice.along(kind.places)], kind)
            for kind in self.kinds.values()
            for kind_day in (self._day(kind, dice) for _ in range(dice.poisson(kind.yearly * years)))
        ]

    @staticmethod
    def _day(kind: Kind, dice: Dice) -> float:
        return dice.along(kind.days) + dice.between(0.25, 1.0)


def make_spans(county: County, lines: list[dict[str, Any]], water: list[Any], villages: list[UV]) -> list[Span]:
    """Return all spans in the order of the lines layer, with what makes a place what it is."""
    canals = shapely.union_all([shapely.LineString([metric(at) for at in row["geometry"]]) for row in water])
    homes = shapely.MultiPoint([metric(at) for at in villages])
    spans: list[Span] = []
    for run in county.runs:
        for k, near in enumerate(run.poles[:-1]):
            far, row = run.poles[k + 1], lines[len(spans)]
            middle = shapely.Point(metric(between(near.at, far.at, 0.5)))
            spans.append(Span(
                run.feeder, far.no, (near.at, far.at), run.cable[k], run.span_m(k), row["condition"],
                far.device in {"transformer", "switch", "recloser"}, middle.distance(canals), middle.distance(homes),
            ))  # fmt: skip
    return spans


def make_world(spans: list[Span], types: pd.DataFrame, dice: Dice) -> World:
    """Draw the county's own parameters."""
    begin = FIRST_DAY - BEFORE
    places = {category: _places(spans, category, dice) for category in sorted(set(types["category"]))}
    kinds = {code: _kind(str(code), row, spans, places[row["category"]], dice) for code, row in types.iterrows()}
    return World(spans, kinds, begin)


def _kind(code: str, row: pd.Series, spans: list[Span], place: list[float], dice: Dice) -> Kind:
    weights = [
        span.length_m * factor * _suits(row["scope"], span.cable) * _own(code, row["category"], span)
        for span, factor in zip(spans, place, strict=True)
    ]
    base = float(row["base_rate_per_100km_yr"]) * RATE * _near_one(dice, TYPE_SD)
    persists = float(row["persist_days"])
    see = dice.between(0.75, 1.1)
    return Kind(
        code, row["category"], row, base * sum(weights) / 100_000,
        list(itertools.accumulate(weights)), list(itertools.accumulate(_days(row, dice))),
        float(row["phi_per_day"]) * PHI * _near_one(dice, TYPE_SD), persists * dice.between(0.6, 1.5),
        {mode: min(0.98, float(row[f"d_{mode}"]) * see) for mode in ("foot", "vehicle", "drone")},
    )  # fmt: skip


def _near_one(dice: Dice, sd: float) -> float:
    return math.exp(sd * dice.normal() - sd * sd / 2)


def _suits(scope: str, cable: bool) -> bool:
    return scope == "BOTH" or (scope == "UG") == cable


def _own(code: str, category: str, span: Span) -> float:
    """Return what a span's build does to a type: its condition (CNAIM's curve, flattened), and its devices."""
    factor = 1.0
    if category == "equip" and code != "S14":
        factor = (_wear(max(span.condition, 4.0)) / _wear(4.0)) ** 0.7
    return factor * ((5.0 if span.device else 0.2) if code in DEVICE_TYPES else 1.0)


def _wear(health: float) -> float:
    x = 1.087 * health
    return 1 + x + x**2 / 2 + x**3 / 6


def _places(spans: list[Span], category: str, dice: Dice) -> list[float]:
    """Return the factor of every span: half of it what is near, half patches and a lot for every few hundred metres."""
    what, reach = _NEAR.get(category, ("village", 900.0))
    waves = [(dice.normal() / PATCH_M, dice.normal() / PATCH_M, dice.between(0, 2 * math.pi)) for _ in range(40)]
    raw, lot = [], 0.0
    for number, span in enumerate(spans):
        x, y = span.middle
        away = span.to_water_m if what == "water" else span.to_village_m
        patch = math.sqrt(2 / len(waves)) * sum(math.cos(a * x + b * y + c) for a, b, c in waves)
        lot = dice.normal() if number % 6 == 0 else lot
        raw.append(1.6 * math.exp(-away / reach) + 0.8 * patch + 0.4 * lot)
    mean = sum(raw) / len(raw)
    sd = math.sqrt(sum((value - mean) ** 2 for value in raw) / len(raw))
    factors = [math.exp(PLACE_SD * (value - mean) / sd) for value in raw]
    scale = sum(span.length_m for span in spans) / sum(
        f * span.length_m for f, span in zip(factors, spans, strict=True)
    )
    return [factor * scale for factor in factors]


def _days(row: pd.Series, dice: Dice) -> list[float]:
    """Return how likely a type comes on each day of the records: the table's seasons, late and of another weight."""
    weight = dice.between(0.5, 1.3)
    days = []
    for k in range((TODAY - FIRST_DAY + BEFORE).days):
        on = FIRST_DAY - BEFORE + timedelta(days=k) - SEASON_LATE
        here = [float(row[name]) for start, stop, name in _SEASONS if _inside((on.month, on.day), start, stop)]
        days.append(max(0.02, 1 + (max(here, default=1.0) - 1) * weight))
    return days


def _inside(day: tuple[int, int], start: tuple[int, int], stop: tuple[int, int]) -> bool:
    return start <= day <= stop if start <= stop else day >= start or day <= stop
