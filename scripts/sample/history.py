"""A year behind: its faults, and where on the lines things happen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sample.feeders import County, Run
from sample.frame import UV, Dice, between

TODAY = date(2024, 8, 16)  # the records end the evening before
FIRST_DAY = TODAY - timedelta(days=366)
FAULTS_PER_100KM = 9.3  # a year; the domain brief's anchor
# cause as a hazard type, by the shares of the same anchor: equipment 36, trees and birds 26, nature 19 ...
_CAUSES = [("S07", 13), ("S08", 9), ("S11", 8), ("S05", 6), ("V01", 15), ("A01", 11), ("N05", 10), ("N03", 9),
           ("E02", 6), ("E07", 5), ("U01", 4)]  # fmt: skip


def fault_rows(county: County, dice: Dice) -> list[dict[str, Any]]:
    """Return a year of trips, more of them where a line is long, in spring and in summer."""
    km = {run.feeder: 0.0 for run in county.runs}
    for run in county.runs:
        km[run.feeder] += run.length_m / 1000
    count = round(sum(km.values()) * FAULTS_PER_100KM / 100)
    rows = []
    while len(rows) < count:
        day = FIRST_DAY + timedelta(days=dice.whole(0, 364))
        if not dice.chance(1.0 if day.month in {2, 3, 6, 7, 8} else 0.5):
            continue
        feeder = dice.weighted(list(km), list(km.values()))
        run, k = random_span(county, feeder, dice)
        rows.append(
            {
                "date": day.isoformat(),
                "feeder_id": feeder,
                "pole_no": run.poles[k].no if dice.chance(0.8) else "",
                "cause": dice.weighted([c for c, _ in _CAUSES], [w for _, w in _CAUSES]) if dice.chance(0.9) else "",
            }
        )
    return sorted(rows, key=lambda row: (row["date"], row["feeder_id"]))


def random_span(county: County, feeder: str, dice: Dice) -> tuple[Run, int]:
    """Return a run of the feeder and the number of one of its spans, every span as likely."""
    runs = county.of(feeder)
    run = dice.weighted(runs, [len(run.poles) - 1 for run in runs])
    return run, dice.whole(1, len(run.poles) - 1) - 1


def on_span(run: Run, k: int, share: float) -> UV:
    """Return a place on a span."""
    return between(run.poles[k].at, run.poles[k + 1].at, share)
