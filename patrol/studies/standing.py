"""How policies stand against each other in a simulation: paired by world, with standard errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from patrol.errors import Finding, PlanError
from patrol.studies.simulate import Simulation


def against(result: Simulation, baseline: str = "calendar") -> pd.DataFrame:
    """Return each run with its loss relative to a baseline in the same world.

    Returns
    -------
    DataFrame
        The runs with ``change`` (loss / loss of the baseline − 1) and ``change_avoidable`` (the same of what is lost
        beyond ``least``).
    """
    runs = result.runs
    base = runs[runs["policy"] == baseline].set_index(["kind", "world"])["loss"]
    if base.empty:
        known = ", ".join(result.setup.policies)
        what = f"{baseline} was not simulated"
        raise PlanError(Finding("error", "simulate.baseline", "--policies", what, f"known: {known}"))
    here = pd.MultiIndex.from_frame(runs[["kind", "world"]])
    beside = base.reindex(here).to_numpy(float)
    least = runs["least"].to_numpy(float)
    loss = runs["loss"].to_numpy(float)
    return runs.assign(change=loss / beside - 1.0, change_avoidable=(loss - least) / (beside - least) - 1.0)


def summary(result: Simulation, baseline: str = "calendar") -> pd.DataFrame:
    """Return means over worlds, and standard errors of changes, a row a kind and policy in the order simulated.

    Columns: those of the runs without ``world``, then ``change, change_se, change_avoidable, change_avoidable_se``
    (relative to the baseline in the same world; NaN with one world), ``worlds`` (how many), ``least_share`` (least /
    loss).
    """
    runs = against(result, baseline)
    groups = runs.groupby(["kind", "policy"], sort=False)
    means = groups.mean(numeric_only=True).drop(columns="world")
    errors = groups[["change", "change_avoidable"]].sem().add_suffix("_se")
    table: pd.DataFrame = means.join(errors).assign(worlds=groups.size())
    return table.assign(least_share=table["least"] / table["loss"]).reset_index()


def pairs(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each kind of world with its rows, in order."""
    kinds: list[Any] = list(dict.fromkeys(table["kind"]))
    for kind in kinds:
        yield str(kind), table[table["kind"] == kind]
