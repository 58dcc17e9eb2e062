"""Back-test by month with a rolling origin: say on the first where to look, and see what the month brings.

**No look into the future.** A scorer is given what :func:`patrol.studies.history.truncate` leaves of the
layers, and the network, which has no date.

**Finds follow the crews**: where nobody went, nothing was found. So two questions are kept apart, and both are
answered. Outcomes ``finds``, ``faults`` and ``stake`` (finds weighted by what a fault there costs, ECM) are over
all sections and their kilometres: they flatter whoever ranks as the crews went, but reports of villagers and faults
come from everywhere. Outcomes ``patrolled`` and ``per_hour`` are over the sections patrolled in the month only:
of the kilometres looked at, or of the crew-hours spent there, had the score pointed at those that found most?
There the score is multiplied by the looks (parts of) a section got, so that it, too, is about the effort that was
made. ``per_hour`` favours sections looked at by quick modes whatever the score; compare policies there, not with 1.

**Measures**: ``pai_5, pai_10, pai_20, pei_5, pei_10, pei_20`` (per cent of the kilometres or hours), ``auc`` (pairs
within one month), ``slope`` (:func:`patrol.studies.metrics.calibration_slope` of counts on scores; none where a score
is zero), for ``patrolled`` also ``brier`` (chance of a find; scores scaled to counts by the months before, the same
for every policy) and ``found_per_expected`` (only for policies that state a number of finds, unscaled).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from patrol.errors import Finding, LayerError
from patrol.hazards.taxonomy import project_types
from patrol.layers.files import Layers
from patrol.planning.known import load_known
from patrol.project import Project
from patrol.studies.history import (
    NOWHERE,
    Ground,
    between,
    counts,
    effort,
    history_at,
    lay_ground,
    sections_of_rows,
    true_hazards,
)
from patrol.studies.measures import Floats, Panels, measure, reliability_tables
from patrol.studies.policies import BASELINES, MODELS, PAST_DAYS, Policy

Progress = Callable[[str, int, int], None]
POLICIES = (*MODELS, *BASELINES)
DRAWS = 200


def _tell_nobody(step: str, done: int, total: int) -> None:
    """Take a report of progress that nobody waits for."""


@dataclass(frozen=True, slots=True)
class BackTest:
    """What a back-test found.

    Attributes
    ----------
    table : DataFrame
        ``policy, split`` (all, month, feeder), ``key`` (``2023-09``, feeder id, empty), ``outcome, measure, value,
        se``. ``se`` is from draws of whole feeders with replacement; of a single feeder, from draws of months;
        NaN where too few draws have a value. Rows without a value are left out.
    leads : DataFrame
        ``policy, against, outcome, measure, lead`` (of the pooled measure; positive is better, for the Brier
        score too), ``se`` and ``ahead`` (share of draws in which it is better), both from the same draws.
    reliability : DataFrame
        Chances of a find in a patrolled section, by policy; see
        :func:`patrol.studies.measures.reliability_tables`.
    months : tuple of date
    notes : tuple of Finding
    synthetic : bool
        The project's data are invented: whoever shows the result says so.
    """

    table: pd.DataFrame
    leads: pd.DataFrame
    reliability: pd.DataFrame
    months: tuple[date, ...]
    notes: tuple[Finding, ...]
    synthetic: bool


def next_month(day: date) -> date:
    """Return the first day of the month after."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def months_of(first: date, last: date) -> tuple[date, ...]:
    """Return the first days of the months from that of ``first`` through that of ``last``."""
    months, month = [], date(first.year, first.month, 1)
    while month <= last:
        months.append(month)
        month = next_month(month)
    return tuple(months)


def back_test_project(project: Project, *, first: date, last: date, **options: Any) -> BackTest:
    """Load a project, its register too, and test the model against the four baselines.

    ``options`` are those of :func:`back_test`.

    Raises
    ------
    PatrolError
        Every fault of the inputs; or nothing happened in those months.
    """
    return back_test(load_known(project), project_types(project), first=first, last=last, **options)


def back_test(
    layers: Layers,
    types: pd.DataFrame,
    policies: Sequence[Policy] = POLICIES,
    *,
    first: date,
    last: date,
    seed: int = 1,
    draws: int = DRAWS,
    progress: Progress | None = None,
) -> BackTest:
    """Score the sections on the first of every month, and measure the scores by what the month brought.

    Parameters
    ----------
    layers : Layers
        With hazards, faults and patrols of the whole time.
    types : DataFrame
        Hazard types by code.
    policies : sequence of Policy
    first, last : date
        Any day of the first and of the last month.
    seed, draws : int
        Of the bootstrap.
    progress : callable, optional
        Told ``(step, done, total)``.

    Raises
    ------
    LayerError
        If no hazard and no fault of those months can be put on a section.
    NetworkError
        If no line can be planned on.
    """
    tell = progress or _tell_nobody
    months = months_of(first, last)
    if not months:
        raise ValueError("the last month is before the first")
    tell("network", 0, 1)
    ground = lay_ground(layers, types)
    panels = look_back(ground, layers, policies, months, progress=tell)
    if not (panels.finds.any() or panels.faults.any()):
        what = f"no hazard or fault from {months[0]:%Y-%m} to {months[-1]:%Y-%m} lies on a section"
        mend = "choose months with records, or give the hazards and faults feeder and pole numbers"
        raise LayerError(Finding("error", "backtest.nothing", "hazards, faults", what, mend))
    table, leads = measure(panels, draws=draws, seed=seed, progress=lambda done, all_: tell("measures", done, all_))
    notes = (*_lost(ground, layers, months), *_short(layers, months))
    return BackTest(table, leads, reliability_tables(panels), months, notes, layers.project.synthetic)


def look_back(
    ground: Ground,
    layers: Layers,
    policies: Sequence[Policy],
    months: Sequence[date],
    *,
    progress: Progress | None = None,
) -> Panels:
    """Return the scores of every first of a month, and what each month brought."""
    tell = progress or _tell_nobody
    ids = ground.sections["section_id"].to_numpy(object)
    scores: dict[str, list[Floats]] = {policy.name: [] for policy in policies}
    brought: dict[str, list[Floats]] = {name: [] for name in ("finds", "faults", "looks", "hours")}
    for number, on in enumerate(months):
        tell("months", number, len(months))
        end, history = next_month(on), history_at(ground, layers, on)
        for policy in policies:
            scores[policy.name].append(_scored(policy, policy.score(history, on), ids))
        brought["finds"].append(counts(ground, true_hazards(between(layers.hazards, "reported", on, end))))
        brought["faults"].append(counts(ground, between(layers.faults, "date", on, end)))
        made = effort(ground, between(layers.patrols, "date", on, end))
        brought["looks"].append(made["looks"].to_numpy(float))
        brought["hours"].append(made["hours"].to_numpy(float))
    return Panels(
        months=tuple(months),
        scores={name: np.array(rows) for name, rows in scores.items()},
        stated=frozenset(policy.name for policy in policies if policy.counts),
        length_km=ground.sections["length_m"].to_numpy(float) / 1000.0,
        ecm_per_fault=ground.sections["ecm_per_fault"].to_numpy(float),
        feeder_id=ground.sections["feeder_id"].to_numpy(object),
        **{name: np.array(rows) for name, rows in brought.items()},
    )


def _scored(policy: Policy, scores: pd.Series[Any], ids: Any) -> Floats:
    """Return scores in the order of the sections; a scorer that leaves one out or is not finite is our bug."""
    values: Floats = scores.reindex(ids).to_numpy(float)
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"{policy.name}: a score is missing, negative or not finite")
    return values


def _lost(ground: Ground, layers: Layers, months: Sequence[date]) -> list[Finding]:
    """Note the rows of those months that lie on no section and so count nowhere."""
    found = []
    for kind, column in (("hazards", "reported"), ("faults", "date")):
        rows = between(getattr(layers, kind), column, months[0], next_month(months[-1]))
        lost = int((sections_of_rows(ground, rows) == NOWHERE).sum())
        if lost:
            what = f"{lost} of {len(rows)} {kind} of those months name no pole and have no place on a line: not counted"
            found.append(Finding("note", "backtest.nowhere", kind, what, "give feeder and pole number", count=lost))
    return found


def _short(layers: Layers, months: Sequence[date]) -> list[Finding]:
    """Note where the records begin too late for the months asked for."""
    days = [rows.min() for rows in (layers.hazards["reported"], layers.patrols["date"]) if len(rows)]
    begin = max(days, default=pd.Timestamp(months[0]))
    early = sum((pd.Timestamp(on) - begin).days < PAST_DAYS for on in months) if days else 0
    if not early:
        return []
    what = f"the records begin on {begin:%Y-%m-%d}: {early} of {len(months)} months have less than a year behind them"
    return [Finding("note", "backtest.short", "hazards, patrols", what, "begin a year after the records", count=early)]


def summary(result: BackTest, outcome: str = "finds") -> pd.DataFrame:
    """Return the pooled measures of an outcome: a row a policy, a column a measure, NaN where there is none."""
    return _wide(result, outcome, "value")


def summary_errors(result: BackTest, outcome: str = "finds") -> pd.DataFrame:
    """Return the standard errors of :func:`summary`, in the same shape."""
    return _wide(result, outcome, "se")


def _wide(result: BackTest, outcome: str, what: str) -> pd.DataFrame:
    rows = result.table[(result.table["split"] == "all") & (result.table["outcome"] == outcome)]
    policies, names = result.table["policy"].drop_duplicates(), rows["measure"].drop_duplicates()
    wide = rows.pivot(index="policy", columns="measure", values=what).reindex(index=policies, columns=names)
    return wide.rename_axis(index="policy", columns=None)
