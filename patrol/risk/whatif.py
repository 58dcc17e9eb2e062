"""What a score would be if one thing were otherwise: one more report, a patrol yesterday, no wind.

Everything else stays as it is, what patrols have taught included: nobody knows what they would have found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.risk.days import Days
from patrol.risk.latent import latent
from patrol.risk.past import METHODS
from patrol.risk.score import Scene
from patrol.risk.weather import condition_factors

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """What the unseen hazards of a day were stepped through; parameters of :func:`patrol.risk.latent.latent`."""

    visits: pd.DataFrame
    cycle_days: Floats
    days: Days
    on: date


def one_section(scene: Scene, row: int) -> Scene:
    """Return the scene of one section, as its row 0; what follows costs no more than that one."""
    state = scene.latent
    only = slice(row, row + 1)
    return replace(
        scene,
        latent=replace(state, n=state.n[only], n0=state.n0[only], tau_days=state.tau_days[only], rate=state.rate[only]),
        group=scene.group[only],
        fault_ecm=scene.fault_ecm[only],
        fire_ecm=scene.fire_ecm[only],
    )


def patrolled_yesterday(scene: Scene, trail: Trail, row: int) -> Scene:
    """Return the scene of one section had somebody walked all of it the day before, on foot."""
    mine = _visits_of(trail, row)
    day = pd.Timestamp(trail.on) - pd.Timedelta(days=1)
    walk = {"section": 0, "date": day, "method": METHODS[0], "share": 1.0}
    one = pd.DataFrame([walk]).astype({"date": trail.visits["date"].dtype})
    return _stepped(scene, trail, row, pd.concat([mine, one], ignore_index=True) if len(mine) else one, 1.0)


def longer_ago(scene: Scene, trail: Trail, row: int, *, times: float = 2.0) -> Scene:
    """Return the scene of one section had its patrols all been longer ago, so that ``times`` the days have passed.

    The patrols keep their order, their days apart and what was seen; seasons and weather stay where they were.
    """
    tau = float(scene.latent.tau_days[row])
    longer = float(np.rint(tau * times))
    mine = _visits_of(trail, row)
    earlier = mine.assign(date=mine["date"] - pd.Timedelta(days=longer - tau))
    return _stepped(scene, trail, row, earlier, longer)


def calm(scene: Scene, conditions: tuple[pd.DataFrame, ...], *, without: str = "wind") -> Scene:
    """Return the scene without one weather condition, on its day and the days after it.

    Parameters
    ----------
    conditions : tuple of DataFrame
        Of :class:`patrol.risk.weather.SectionWeather`, one a weather group, on the days of the scene.
    without : str
        One of ``alerts.CONDITIONS``. What blew before the day has been survived, and stays.
    """
    still = [condition_factors(one.assign(**{without: False}), scene.types).to_numpy(float) for one in conditions]
    return replace(scene, weather=np.stack(still, axis=1))


def with_one_more_report(
    reports: pd.DataFrame, hazards: pd.DataFrame, hazard_id: str, *, at: pd.Timestamp
) -> pd.DataFrame:
    """Return reports with one more of a hazard: a villager's whom nobody knows yet.

    Parameters
    ----------
    reports, hazards : DataFrame
        As for :func:`patrol.risk.credibility.credibility`.
    at : Timestamp
        When it is seen, with a time zone.

    Notes
    -----
    A hazard without reports counts as reported once by its party; that report is written out, so that the new one
    comes to it and not in its place.
    """
    seen = "seen" if "seen" in reports else "captured_at"
    told = [{"report_id": "what-if", "party": "villager", seen: at}]
    if not (reports["hazard_id"] == hazard_id).any():
        first = hazards.loc[hazards["hazard_id"] == hazard_id].iloc[0]
        when = pd.Timestamp(first["reported"])
        when = when.tz_localize(at.tz) if when.tz is None else when
        told = [{"report_id": "", "party": str(first["party"]), seen: when}, *told]
    new = pd.DataFrame([{"hazard_id": hazard_id, **one} for one in told])
    new[seen] = pd.to_datetime(new[seen], utc=True).astype("datetime64[us, UTC]")
    columns = [name for name in ("hazard_id", "report_id", "case_id", "party", seen, *_WITNESS) if name in reports]
    blank = {name: "" for name in columns if name not in new}
    new = new.assign(**blank)
    if "case_id" in columns:
        new = new.assign(case_id=hazard_id)
    old = reports[columns]
    old = old.assign(**{seen: pd.to_datetime(old[seen], utc=True).astype("datetime64[us, UTC]")})
    return pd.concat([old, new[columns]], ignore_index=True) if len(old) else new[columns]


def with_a_look(outcomes: pd.DataFrame, hazard_id: str, *, at: pd.Timestamp) -> pd.DataFrame:
    """Return outcomes with one more: staff looked, and the hazard is there. See :mod:`patrol.risk.verdicts`."""
    last = int(outcomes["seq"].max()) if len(outcomes) else 0
    row = {"hazard_id": hazard_id, "seq": last + 1, "at": at, "outcome": "true", "party": "enterprise"}
    new = pd.DataFrame([row])
    new["at"] = pd.to_datetime(new["at"], utc=True).astype("datetime64[us, UTC]")
    return pd.concat([outcomes, new[list(outcomes.columns)]], ignore_index=True) if len(outcomes) else new


_WITNESS = ("source", "reporter", "photo_keys")


def _visits_of(trail: Trail, row: int) -> pd.DataFrame:
    mine = trail.visits.loc[trail.visits["section"] == row, ["section", "date", "method", "share"]]
    return mine.assign(section=0).reset_index(drop=True)


def _stepped(scene: Scene, trail: Trail, row: int, visits: pd.DataFrame, tau_days: float) -> Scene:
    """Return the scene of one section with its hazards stepped through other visits."""
    one = one_section(scene, row)
    state = latent(
        np.ascontiguousarray(one.latent.rate), scene.types, visits, trail.on, tau_days=[tau_days],
        cycle_days=trail.cycle_days[row : row + 1], days=trail.days.of_row(row),
    )  # fmt: skip
    return replace(one, latent=state)
