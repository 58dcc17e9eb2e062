"""What the latent model knows of the past: rates by type, and the visits of the last two years in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from patrol.hazards.taxonomy import CLASSES
from patrol.risk.days import Days, same_days
from patrol.risk.stepping import BySection, ByType, Visits, step_visits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METHODS = ("foot", "vehicle", "drone")  # the first is that of patrols that nobody wrote down
ALPHA_EMERGENCY, ALPHA = 0.05, 0.01  # share of open hazards that become faults by their deadline
WINDOW_DAYS = 730  # of what stood open two years ago nothing is left but what every patrol since has missed


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What became of hazards through the visits of the last :data:`WINDOW_DAYS` before a day.

    Attributes
    ----------
    n, n0 : ndarray, shape (sections, types)
        Hazards on the day, and just after the last patrol.
    order : ndarray of int, shape (visits,)
        Positions in the frame of visits of those of the window, by section and day.
    found : ndarray, shape (visits, groups), or (0, 1)
        Hazards that each of them should have found.
    """

    n: Floats
    n0: Floats
    order: Ints
    found: Floats


def loss_rates(types: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return (φ, κ) a day by type: fault rate of an open hazard, and that plus the rate at which it goes by itself."""
    phi = types["phi_per_day"].to_numpy(float)
    persist = types["persist_days"].to_numpy(float)
    mu = np.where(np.isnan(persist) | (persist <= 0), 0.0, 1.0 / np.where(persist > 0, persist, 1.0))
    return phi, mu + phi


def hazard_rates(hazards: pd.DataFrame, types: pd.DataFrame) -> Floats:
    """Return φ a day by open hazard: that of its type, or of its own class where somebody has given it another.

    φ = −ln(1−α)/deadline, α = 5 % of emergencies and 1 % of others (domain brief, 3(a)). A graver class than the
    type's never lowers it, a milder one never raises it.

    Parameters
    ----------
    hazards : DataFrame
        ``type`` (a code of ``types``), ``hazard_class``, ``class_hours`` (deadline of that class, hours).
    types : DataFrame
        By code, with ``phi_per_day, default_class``.
    """
    kind = types.loc[hazards["type"]]
    usual, mine = kind["default_class"].to_numpy(object), hazards["hazard_class"].to_numpy(object)
    of_type = kind["phi_per_day"].to_numpy(float)
    alpha = np.where(mine == CLASSES[0], ALPHA_EMERGENCY, ALPHA)
    of_class = -np.log1p(-alpha) * 24.0 / hazards["class_hours"].to_numpy(float)
    grave, was = (np.array([CLASSES.index(name) for name in names], dtype=np.int64) for names in (mine, usual))
    return np.where(
        grave == was, of_type, np.where(grave < was, np.maximum(of_class, of_type), np.minimum(of_class, of_type))
    )


def fix_days(types: pd.DataFrame, usual: float) -> Floats:
    """Return days from a find to its repair by type: the usual ones, but no more than the type's deadline.

    What is an emergency is called in where it is found and made safe within its day, whatever others wait.
    """
    return np.minimum(usual, types["deadline_h"].to_numpy(float) / 24.0)


def before_patrol(kappa: Floats, cycle_days: Floats, seen: Floats) -> Floats:
    """Return the hazards just before a patrol that comes once a cycle, for a rate of 1 a day.

    n = c·g(κc) / (1 − (1−d)·e^(−κc)) with g(x) = (1 − e^(−x))/x, from n = (1−d)·n·e^(−κc) + c·g(κc). What nobody
    finds (d = 0) and what never goes would pile up without end: then it is what one cycle brings.

    Parameters
    ----------
    kappa, seen : ndarray, shape (types,)
        Loss a day, and d.
    cycle_days : ndarray, shape (cycles,)
        Days; infinite gives the equilibrium 1/κ, which needs a κ above 0.

    Returns
    -------
    ndarray, shape (cycles, types)
    """
    ever = np.isfinite(cycle_days)[:, None]
    cycle = np.where(ever, cycle_days[:, None], 1.0)
    x = cycle * kappa
    with np.errstate(divide="ignore", over="ignore"):
        new = np.where(ever, cycle * grown_in(x), 1.0 / kappa)
    gone = np.where(ever, seen - (1.0 - seen) * np.expm1(-x), 1.0)
    return np.asarray(new / np.where(gone > 0, gone, 1.0))


def grown_in(x: Floats) -> Floats:
    """Return (1 − e^(−x))/x, 1 at 0."""
    some = x > 1e-8
    return np.where(some, -np.expm1(-x) / np.where(some, x, 1.0), 1.0 - 0.5 * x)


def walk(
    rate: Floats,
    types: pd.DataFrame,
    visits: pd.DataFrame,
    on: date,
    *,
    cycle_days: ArrayLike,
    tau_days: ArrayLike | None = None,
    days: Days | None = None,
    group: Ints | None = None,
) -> Past:
    """Walk through the visits before a day.

    Parameters
    ----------
    rate : ndarray, shape (sections, types)
        λ a day.
    types, visits : DataFrame
        Types by code; ``section`` (row number), ``date, method, share``. Visits on the day and after it are not
        looked at.
    cycle_days, tau_days : array, shape (sections,)
        Days between patrols before the first visit; days since the assumed patrol of sections without one (0 if
        not given).
    days : Days, optional
        Factors of φ and of λ by day; 1 without.
    group : ndarray of int, shape (types,), optional
        Column of ``found`` for each type; without it, what visits should find is not reckoned.

    Raises
    ------
    ValueError
        If shapes do not agree, or a visit is by an unknown method or to an unknown section.
    """
    rate = np.ascontiguousarray(rate, dtype=np.float64)
    if rate.shape[1] != len(types):
        raise ValueError(f"rates of {rate.shape[1]} types for {len(types)}")
    cycle, row = np.unique(_each_section(cycle_days, len(rate)), return_inverse=True)
    tau = np.rint(_each_section(np.zeros(len(rate)) if tau_days is None else tau_days, len(rate))).astype(np.int64)
    order, begin, age, method = _in_order(visits, len(rate), on)
    span = int(max(WINDOW_DAYS, tau.max(initial=0)))
    share = visits["share"].to_numpy(float)[order]
    days = same_days(len(rate)) if days is None else days
    tables = [_tables(types, on, span, pair) for pair in zip(days.faults, days.arrivals, strict=True)]
    lost, grown = (np.ascontiguousarray(np.stack(part)) for part in zip(*tables, strict=True))
    seen = np.ascontiguousarray(types[[f"d_{method}" for method in METHODS]].to_numpy(float).T)
    column = np.zeros(len(types), dtype=np.int64) if group is None else group.astype(np.int64)
    by_type = ByType(lost, grown, seen, before_patrol(loss_rates(types)[1], cycle, seen[0]), column)
    n, n0 = np.empty_like(rate), np.empty_like(rate)
    found = np.zeros((0 if group is None else len(order), int(column.max(initial=0)) + 1))
    by_section = BySection(row.astype(np.int64).ravel(), span - tau, begin, days.group)
    step_visits(rate, by_type, by_section, Visits(span - age, method, share), n, n0, found)
    return Past(n, n0, order, found)


def _in_order(visits: pd.DataFrame, sections: int, on: date) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the rows of visits in the window by section and day, where each section's begin, their age and method.

    Visits of one day act one after the other: by method and share, so that the order of rows does not matter.
    """
    age = (pd.Timestamp(on) - visits["date"]).dt.days.to_numpy(np.int64)
    rows = np.flatnonzero((age > 0) & (age <= WINDOW_DAYS))
    age, section = age[rows], visits["section"].to_numpy(np.int64)[rows]
    method = pd.Index(METHODS).get_indexer(pd.Index(visits["method"].to_numpy(object)[rows])).astype(np.int64)
    if len(rows) and (method.min() < 0 or section.min() < 0 or section.max() >= sections):
        raise ValueError("a visit is by an unknown method or to an unknown section")
    share = np.rint(visits["share"].to_numpy(float)[rows] * 1e6).astype(np.int64)
    key = ((section * (WINDOW_DAYS + 1) + WINDOW_DAYS - age) * len(METHODS) + method) * 1_000_001 + share
    order = np.argsort(key, kind="stable")
    begin = np.searchsorted(section[order], np.arange(sections + 1)).astype(np.int64)
    return rows[order], begin, age[order], method[order]


def _tables(
    types: pd.DataFrame, on: date, days: int, factors: tuple[pd.DataFrame, pd.DataFrame]
) -> tuple[Floats, Floats]:
    """Return losses and growth by day and type for some days, ``on`` last.

    Within a day κ is constant and the step exact: n·e^(−κ) + λ·(1 − e^(−κ))/κ.
    """
    phi, usual = loss_rates(types)
    dates = pd.date_range(on - timedelta(days=days), periods=days, freq="D")

    def each_day(table: pd.DataFrame) -> Floats:
        return table.reindex(index=dates, columns=types.index).fillna(1.0).to_numpy(float)

    kappa = (usual - phi) + phi * each_day(factors[0])
    new, keep = each_day(factors[1]) * grown_in(kappa), np.exp(-kappa)
    lost, grown = np.zeros((days + 1, len(types))), np.zeros((days + 1, len(types)))
    np.cumsum(kappa, axis=0, out=lost[1:])
    for day in range(days):
        grown[day + 1] = grown[day] * keep[day] + new[day]
    return lost, grown


def _each_section(values: ArrayLike, sections: int) -> Floats:
    given = np.ascontiguousarray(values, dtype=np.float64)
    if given.shape != (sections,):
        raise ValueError(f"{given.shape} numbers for {sections} sections")
    return given
