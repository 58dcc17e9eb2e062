"""How long all sections and hazard types take to score for one day, beside a row-by-row pandas way.

``python scripts/bench/score.py --sections 300000 --baseline 200 --out FILE``. Each way runs in a process of its own,
on the same drawn sections and visits, so that its peak memory is its own; the slow way takes the first sections only
and is compared a section, and its values with those of the fast way.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from measure import Steps
from patrol.config import ConsequenceSettings, PlanningSettings
from patrol.hazards.taxonomy import load_types
from patrol.risk.latent import arrival_rates, latent
from patrol.risk.score import Scene, patrol_values, risk_now, summary_columns

HERE = Path(__file__).resolve().parent
ON = date(2024, 8, 16)
VISITS = 8  # a section in the two years before
CYCLE_DAYS = 90.0
COLUMNS = ("value_foot", "value_vehicle", "value_drone", "risk_ecm_day")
AGREE = 1e-9  # relative


def draw(sections: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return drawn sections, and their visits; the first sections are the same whatever the number."""
    rng = np.random.default_rng(20240816)
    table = rng.random((sections, 4 + 3 * VISITS))
    frame = pd.DataFrame({
        "length_m": 100 + 400 * table[:, 0],
        "condition": np.where(table[:, 1] < 0.3, np.nan, 0.5 + 9.5 * table[:, 1]),
        "placement": np.where(table[:, 2] < 0.1, "underground", "overhead"),
        "ecm_per_fault": 1e4 + 5e5 * table[:, 3],
    })  # fmt: skip
    age = 1 + (table[:, 4 : 4 + VISITS] * 700).astype(np.int64)
    age.sort(axis=1)
    method = np.array(["foot", "vehicle", "drone"], object)[(table[:, 4 + VISITS : 4 + 2 * VISITS] * 3).astype(int)]
    keep = table[:, 4 + 2 * VISITS :] < 0.7
    keep[:, 0] = True  # everything was patrolled at some time
    visits = pd.DataFrame({
        "section": np.repeat(np.arange(sections), VISITS).reshape(sections, VISITS)[keep],
        "date": pd.Timestamp(ON) - pd.to_timedelta(age[keep], unit="D"),
        "method": method[keep],
        "share": 1.0,
    })  # fmt: skip
    return frame, visits


def fast(sections: int, keep: int) -> dict[str, Any]:
    """Score with the project's own functions; return the figures and the first rows."""
    frame, visits = draw(sections)
    types = load_types()
    few = np.arange(64)  # once before, so that compilation stands apart
    score(frame.iloc[few], visits[visits["section"] < len(few)], types)
    steps = Steps()
    with steps.time("score"):
        values = score(frame, visits, types)
    return steps.report() | {"types": len(types), "rows": values.head(keep).to_numpy().tolist()}


def score(frame: pd.DataFrame, visits: pd.DataFrame, types: pd.DataFrame) -> pd.DataFrame:
    """Return value by method and risk now."""
    rate = arrival_rates(frame, types)
    newest = visits.groupby("section")["date"].max()
    tau = (pd.Timestamp(ON) - newest).dt.days.reindex(range(len(frame))).to_numpy(float)
    state = latent(rate, types, visits, ON, tau_days=tau, cycle_days=np.full(len(frame), CYCLE_DAYS))
    prices = ConsequenceSettings()
    scene = Scene(
        types=types, latent=state, group=np.zeros(len(frame), np.int64), weather=np.ones((1, 1, len(types))),
        arrivals=np.ones((1, 1, len(types))), fire_weather=np.ones(1),
        fault_ecm=frame["ecm_per_fault"].to_numpy(float),
        fire_ecm=np.full(len(frame), prices.fire_ecm), consequence=prices, planning=PlanningSettings(),
    )  # fmt: skip
    summary_columns(scene)
    return patrol_values(scene).add_prefix("value_").assign(risk_ecm_day=risk_now(scene))


def slow(sections: int) -> dict[str, Any]:
    """Score row by row, as one would write it from the equations; return the figures and all rows."""
    frame, visits = draw(sections)
    types = load_types()
    steps = Steps()
    rows = []
    with steps.time("score"):
        for number, section in frame.iterrows():
            past = visits[visits["section"] == number].sort_values("date")
            rows.append([sum(part) for part in zip(*(one(section, kind, past) for _, kind in types.iterrows()),
                                                   strict=True)])  # fmt: skip
    return steps.report() | {"types": len(types), "rows": rows}


def one(section: pd.Series[Any], kind: pd.Series[Any], past: pd.DataFrame) -> tuple[float, ...]:
    """Return value by method and risk of one section and type."""
    scope, below = kind["scope"], section["placement"] == "underground"
    rate = kind["base_rate_per_100km_yr"] * section["length_m"] / 1000 / 36500
    if (scope == "OH" and below) or (scope == "UG" and not below):
        rate = 0.0
    if kind["category"] == "equip":
        worn = 4.0 if math.isnan(section["condition"]) else max(section["condition"], 4.0)
        rate *= ageing(worn) / ageing(4.0)
    phi = kind["phi_per_day"]
    kappa = phi + (1 / kind["persist_days"] if kind["persist_days"] > 0 else 0.0)
    n = 0.0
    at: Any = None
    for _, visit in past.iterrows():
        if at is None:  # patrolled on foot once a cycle, for ever
            grown, stays = after(0.0, rate, kappa, CYCLE_DAYS), math.exp(-kappa * CYCLE_DAYS)
            gone = 1 - (1 - kind["d_foot"]) * stays
            n = grown / gone if gone > 0 else grown
        else:
            n = after(n, rate, kappa, (visit["date"] - at).days)
        n, at = n * (1 - kind[f"d_{visit['method']}"]), visit["date"]
    tau = (pd.Timestamp(ON) - at).days
    now = after(n, rate, kappa, tau)
    x = kappa * tau
    wait = tau / 2 if x < 1e-7 else 1 / kappa + tau * math.exp(-x) / math.expm1(-x)
    lead = min(PlanningSettings().fix_lead_days, kind["deadline_h"] / 24)
    prices = ConsequenceSettings()
    cost = (
        section["ecm_per_fault"]
        + kind["p_ignition_given_fault"] * prices.fire_ecm
        + kind["p_injury_given_fault"] * prices.injury_ecm
    )
    worth = phi * math.exp(-kappa * lead) * max(now - n, 0.0) * wait * cost
    return (*(kind[f"d_{method}"] * worth for method in ("foot", "vehicle", "drone")), phi * now * cost)


def after(n: float, rate: float, kappa: float, days: float) -> float:
    """Return the hazards some days later."""
    if kappa * days < 1e-9:
        return n + rate * days
    return n * math.exp(-kappa * days) - rate * math.expm1(-kappa * days) / kappa


def ageing(score: float) -> float:
    """Return CNAIM's growth of the chance of failure with the health score."""
    x = 1.087 * score
    return 1 + x + x**2 / 2 + x**3 / 6


def child(*words: str) -> dict[str, Any]:
    """Run one way in a process of its own."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    done = subprocess.run(
        [sys.executable, __file__, *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr[-4000:])
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def compare(sections: int, few: int) -> dict[str, Any]:
    """Return both ways' figures, the ratio a section in CPU seconds, and how far their values lie apart."""
    own = child("--way", "fast", "--sections", str(sections), "--baseline", str(few))
    plain = child("--way", "slow", "--sections", str(few))
    a, b = np.array(own.pop("rows")), np.array(plain.pop("rows"))
    apart = float(np.max(np.abs(a - b) / np.maximum(np.abs(b), 1e-9)))
    each = plain["total"]["cpu_seconds"] / few, own["total"]["cpu_seconds"] / sections
    return {
        "sections": sections, "baseline_sections": few, "patrol": own, "baseline": plain,
        "ratio_cpu_a_section": round(each[0] / each[1], 1), "largest_relative_difference": apart,
        "same": bool(apart < AGREE),
    }  # fmt: skip


def main() -> None:
    """Measure, print, and write where told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sections", type=int, default=300_000, help="sections that the project's own way scores")
    parser.add_argument("--baseline", type=int, default=200, help="of these, scored row by row too")
    parser.add_argument("--way", choices=["fast", "slow", "both"], default="both", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help="write the JSON here too")
    args = parser.parse_args()
    if args.way == "fast":
        print(json.dumps(fast(args.sections, args.baseline)))
        return
    if args.way == "slow":
        print(json.dumps(slow(args.sections)))
        return
    words = json.dumps(compare(args.sections, args.baseline), indent=1)
    print(words)
    if args.out:
        args.out.write_text(words + "\n", "utf-8")


if __name__ == "__main__":
    main()
