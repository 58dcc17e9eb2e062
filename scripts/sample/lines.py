"""The lines and poles layers: one feature a span, with the age and state of its stretch."""

from __future__ import annotations

from typing import Any

from sample.feeders import TRUNKS, County, Run
from sample.frame import Dice

STAGE_SPANS = 45  # about this many spans of a trunk were built in one go
THIS_YEAR = 2024


def _stages(run: Run, dice: Dice) -> list[tuple[int, float]]:
    """Return build year and health score (1 new to 9 worn out) of each span; a stage ends at a tap or a device."""
    result: list[tuple[int, float]] = []
    begun = 0
    for k, pole in enumerate(run.poles[:-1]):
        changed = k > 0 and run.cable[k] != run.cable[k - 1]
        if k == 0 or changed or (k - begun > STAGE_SPANS and (pole.taps or pole.device)):
            year = dice.whole(2009, 2022) if run.cable[k] else dice.whole(1988, 2022)
            score = 1 + (THIS_YEAR - year) / 4.8 + dice.between(-0.8, 0.8)
            begun = k
            stage = year, min(9.0, max(1.0, round(2 * score) / 2))
        result.append(stage)
    return result


def line_rows(county: County, dice: Dice) -> list[dict[str, Any]]:
    """Return one row a span."""
    names = {trunk.feeder: (trunk.name, trunk.name_zh) for trunk in TRUNKS}
    rows = []
    for run in county.runs:
        customer = run.level == 2 and dice.chance(0.3)  # a twig that its user paid for and owns
        for k, (year, condition) in enumerate(_stages(run, dice)):
            name, name_zh = names[run.feeder]
            end = run.poles[k + 1]
            rows.append(
                {
                    "line_id": f"{run.feeder}-{end.no}",
                    "feeder_id": run.feeder,
                    "name": name,
                    "name_zh": name_zh,
                    "voltage_kv": 10.0,
                    "placement": "underground" if run.cable[k] else "overhead",
                    "condition": condition,
                    "install_year": year,
                    "region_class": "urban" if run.urban[k] else "rural",
                    "owner": "customer" if customer else "utility",
                    "geometry": [run.poles[k].at, end.at],
                }
            )
    return rows


def pole_rows(county: County) -> list[dict[str, Any]]:
    """Return one row a pole; a tie's pole has two rows, for it bears a number of each feeder."""
    rows, seen = [], set()
    for run in county.runs:
        for pole in run.poles:
            if id(pole) in seen:
                continue
            seen.add(id(pole))
            rows.append(
                {
                    "feeder_id": pole.feeder,
                    "pole_no": pole.no,
                    "branch": pole.branch,
                    "parent_pole": pole.parent,
                    "type": pole.kind,
                    "geometry": pole.at,
                }
            )
    return rows
