"""The score of every section on a day: what is at stake, and what a patrol of it is worth.

Source of the equations: the project's domain brief, section 3(c) to 3(e). Everything is a product of a number by
section and a number by hazard type, summed over types, so whole frames are scored by a few matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.config import ConsequenceSettings, PlanningSettings
from patrol.risk.latent import Latent, at_least_one, expected, index_growth
from patrol.risk.past import fix_days, grown_in, hazard_rates, loss_rates

Floats = NDArray[np.float64]

METHODS = ("foot", "vehicle", "drone")
COST_PARTS = ("interruption", "fire", "injury")
BLOCK = 1 << 14  # sections scored at a time


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """All that the score of a day depends on; n sections, m hazard types, k days from the day on.

    Attributes
    ----------
    types : DataFrame
        Hazard types by code.
    latent : Latent
        Unseen hazards on the first day.
    group : ndarray of int64, shape (n,)
        Group of each section: those that share weather and events.
    weather : ndarray, shape (k, groups, m)
        Factors of the fault rates φ by day.
    arrivals : ndarray, shape (k, groups, m)
        Factors of the rates of new hazards λ by day: season and events.
    fire_weather : ndarray, shape (k,)
        g(FWI) by day, 1 where it is not known.
    fault_ecm, fire_ecm : ndarray, shape (n,)
        ECM of the interruption that a fault causes, and of a fire that it starts.
    growth : ndarray, shape (n, m)
        :func:`patrol.risk.latent.index_growth` of ``latent``.
    """

    types: pd.DataFrame
    latent: Latent
    group: NDArray[np.int64]
    weather: Floats
    arrivals: Floats
    fire_weather: Floats
    fault_ecm: Floats
    fire_ecm: Floats
    consequence: ConsequenceSettings
    planning: PlanningSettings
    growth: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Work out what follows from the rest, once."""
        object.__setattr__(self, "growth", index_growth(self.latent))


def find_weights(scene: Scene) -> Floats:
    """Return φ·e^(−κρ)·d by type and method, shape (m, methods): what finding one hazard saves of its faults."""
    phi, _ = loss_rates(scene.types)
    seen = scene.types[[f"d_{method}" for method in METHODS]].to_numpy(float)
    return np.asarray((phi * still_there(scene))[:, None] * seen)


def still_there(scene: Scene) -> Floats:
    """Return e^(−κρ) by type: the chance that a hazard is still there when it is mended.

    ρ is the days from a find to its repair (:func:`patrol.risk.past.fix_days`): finding what goes by itself before
    anyone can mend it earns nothing.
    """
    _, kappa = loss_rates(scene.types)
    return np.asarray(np.exp(-kappa * fix_days(scene.types, scene.planning.fix_lead_days)))


def cost_shares(scene: Scene, day: int) -> Floats:
    """Return what one fault adds to each of COST_PARTS, shape (3, m), for a unit of ECM of that part.

    C = interruption + p(ignition)·g(FWI)·C_fire + p(injury)·C_injury; domain brief 3(c).
    """
    types = scene.types
    return np.vstack([
        np.ones(len(types)),
        types["p_ignition_given_fault"].to_numpy(float) * scene.fire_weather[day],
        types["p_injury_given_fault"].to_numpy(float),
    ])  # fmt: skip


def unit_costs(scene: Scene, rows: Any = slice(None)) -> Floats:
    """Return ECM of an interruption, a fire and an injury by section, shape (rows, 3)."""
    fault, fire = scene.fault_ecm[rows], scene.fire_ecm[rows]
    return np.column_stack([fault, fire, np.full(len(fault), scene.consequence.injury_ecm)])


def patrol_values(scene: Scene, day: int = 0) -> pd.DataFrame:
    """Return what a patrol on a day is worth, in ECM, one column a method of looking.

    The numerator of the index W, domain brief 3(e): W = Σ_k d_k φ_k x C_sk e^(−κρ)·growth, where growth holds what
    past patrols have left, and on later days what will have come by then if nobody patrols before. Time is paid once,
    in the solver's objective, so it is not divided by hours here.

    Returns
    -------
    DataFrame
        Columns ``foot, vehicle, drone``, never negative; a ``RangeIndex`` of the sections.
    """
    growth = scene.growth if day == 0 else index_growth(latent_on(scene, day))
    return pd.DataFrame(_summed(scene, growth, find_weights(scene), day), columns=list(METHODS))


def patrol_values_again(scene: Scene, rows: Any, gap_days: Any) -> pd.DataFrame:
    """Return what the patrol after the next is worth, in ECM: of some sections, so many days after one on foot.

    What that patrol leaves of the hazards of the first day grows at the usual rates, without weather: nobody knows it
    so far ahead. Otherwise as :func:`patrol_values`.

    Parameters
    ----------
    rows : ndarray of int, shape (r,)
        Rows of the scene, repeated as often as needed.
    gap_days : ndarray, shape (r,)
        Days between the two patrols.

    Returns
    -------
    DataFrame
        Columns ``foot, vehicle, drone``, a ``RangeIndex``.
    """
    only = _rows_of(scene, np.asarray(rows, dtype=np.int64))
    state = only.latent
    left = state.n * (1.0 - scene.types["d_foot"].to_numpy(float))
    gap = np.asarray(gap_days, float)
    then = replace(state, n=expected(left, state.rate, state.kappa, gap[:, None]), n0=left, tau_days=gap)
    return pd.DataFrame(_summed(only, index_growth(then), find_weights(scene), 0), columns=list(METHODS))


def _rows_of(scene: Scene, rows: NDArray[np.int64]) -> Scene:
    state = scene.latent
    return replace(
        scene,
        latent=replace(
            state, n=state.n[rows], n0=state.n0[rows], tau_days=state.tau_days[rows], rate=state.rate[rows]
        ),
        group=scene.group[rows], fault_ecm=scene.fault_ecm[rows], fire_ecm=scene.fire_ecm[rows],
    )  # fmt: skip


def latent_on(scene: Scene, day: int) -> Latent:
    """Return the unseen hazards on a day of the scene, had nobody patrolled before it."""
    if day == 0:
        return scene.latent
    phi, kappa = loss_rates(scene.types)
    state, n = scene.latent, scene.latent.n.copy()
    for number in range(len(scene.weather[0])):
        here = np.flatnonzero(scene.group == number)
        keep, new = np.ones(len(kappa)), np.zeros(len(kappa))  # of what is there, and of a rate of 1 a day
        for step in range(day):
            loss = kappa + phi * (scene.weather[step, number] - 1.0)
            keep, new = keep * np.exp(-loss), new * np.exp(-loss) + scene.arrivals[step, number] * grown_in(loss)
        n[here] = n[here] * keep + state.rate[here] * new
    return replace(state, n=n, tau_days=state.tau_days + day)


def risk_now(scene: Scene, day: int = 0) -> Floats:
    """Return the expected loss by what nobody has seen yet, ECM a day, shape (n,): Σ_k φ_k·x·n·C; 3(d)."""
    phi, _ = loss_rates(scene.types)
    result: Floats = _summed(scene, latent_on(scene, day).n, phi[:, None], day)[:, 0]
    return result


def _summed(scene: Scene, amount: Floats, weights: Floats, day: int) -> Floats:
    """Return Σ over types of amount · weights · weather · cost, shape (n, columns of weights)."""
    shares = cost_shares(scene, day)  # (3, m)
    columns = weights.shape[1]
    out = np.zeros((len(amount), columns))
    for number, factors in enumerate(scene.weather[day]):
        here = np.flatnonzero(scene.group == number)
        table = np.hstack([(factors * share)[:, None] * weights for share in shares])  # (m, 3 * columns)
        for first in range(0, len(here), BLOCK):
            rows = here[first : first + BLOCK]
            parts = (amount[rows] @ table).reshape(len(rows), len(shares), columns)
            out[rows] = np.einsum("npc,np->nc", parts, unit_costs(scene, rows))
    return out


def summary_columns(scene: Scene) -> pd.DataFrame:
    """Return what maps and tables show of each section, on the first day.

    Returns
    -------
    DataFrame
        ``hazards_expected`` (number there), ``hazard_chance`` (of one at least), ``risk_ecm_day``, ``top_type`` (the
        code that adds most to the value of a patrol on foot), ``fire_weather`` and ``fire_ecm``.
    """
    n = scene.latent.n.sum(axis=1)
    best = np.zeros(len(n), dtype=np.int64)
    weights = find_weights(scene)[:, 0]
    shares = cost_shares(scene, 0)
    for first in range(0, len(n), BLOCK):
        rows = slice(first, first + BLOCK)
        cost = unit_costs(scene, rows) @ shares
        best[rows] = (scene.growth[rows] * weights * scene.weather[0][scene.group[rows]] * cost).argmax(axis=1)
    return pd.DataFrame({
        "hazards_expected": n,
        "hazard_chance": at_least_one(n),
        "risk_ecm_day": risk_now(scene),
        "top_type": scene.types.index.to_numpy(object)[best],
        "fire_weather": np.full(len(n), scene.fire_weather[0]),
        "fire_ecm": scene.fire_ecm,
    })  # fmt: skip


def visit_values(scene: Scene, hazards: pd.DataFrame, days: int) -> Floats:
    """Return what a look at each open hazard on each day of the horizon is worth, in ECM, shape (hazards, days).

    The cost of delay, P·φ·x·C summed over the days that a look on that day, rather than after the horizon, moves
    the repair forward by; domain brief 3(e). φ is that of the hazard's own class, see
    :func:`patrol.risk.past.hazard_rates`.

    Parameters
    ----------
    hazards : DataFrame
        ``type`` (a code of ``types``), ``p`` (chance that it is true and still there), ``section`` (row, -1 if off
        the network), ``ecm_per_fault, hazard_class, class_hours``.
    days : int
        1 to the number of days of the scene.
    """
    kind = scene.types.index.get_indexer(pd.Index(hazards["type"]))
    at = hazards["section"].to_numpy(np.int64)
    on_line = at >= 0
    group = np.where(on_line, scene.group[at], 0) if len(scene.group) else np.zeros(len(at), np.int64)
    fire = np.where(on_line, scene.fire_ecm[at], scene.consequence.fire_ecm) if len(scene.fire_ecm) else 0.0
    unit = np.column_stack([
        hazards["ecm_per_fault"].to_numpy(float), np.broadcast_to(fire, len(at)),
        np.full(len(at), scene.consequence.injury_ecm),
    ])  # fmt: skip
    phi, truth = hazard_rates(hazards, scene.types), hazards["p"].to_numpy(float)
    a_day = np.zeros((len(hazards), days))
    for day in range(days):
        cost = (unit * cost_shares(scene, day)[:, kind].T).sum(axis=1)
        a_day[:, day] = truth * phi * scene.weather[day][group, kind] * cost
    return np.asarray(a_day[:, ::-1].cumsum(axis=1)[:, ::-1])
