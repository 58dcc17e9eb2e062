"""A year behind: patrols by pole range, and faults. ``LATE_SHARE`` is the knob for how much is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sample.feeders import County, Run
from sample.frame import UV, Dice, between

TODAY = date(2024, 8, 16)  # the records end the evening before
FIRST_DAY = TODAY - timedelta(days=366)
LATE_SHARE = 0.33  # stretches that the summer peak left overdue
NEVER_SHARE = 0.03  # stretches whose patrols nobody wrote down
CYCLE_DAYS = {"urban": 30, "rural": 90}
WHOLE_FEEDERS = ("F612", "F622")  # patrolled as a whole before the winter, with no poles written down
STRETCH_M = 1100.0
FAULTS_PER_100KM = 9.3  # a year; the domain brief's anchor
# cause as a hazard type, by the shares of the same anchor: equipment 36, trees and birds 26, nature 19 ...
_CAUSES = [("S07", 13), ("S08", 9), ("S11", 8), ("S05", 6), ("V01", 15), ("A01", 11), ("N05", 10), ("N03", 9),
           ("E02", 6), ("E07", 5), ("U01", 4)]  # fmt: skip


@dataclass(frozen=True)
class Stretch:
    """Poles of one run that are patrolled in one go, and how often."""

    feeder: str
    first: str
    last: str
    length_m: float
    stops: int
    cycle_days: int


def make_stretches(county: County) -> list[Stretch]:
    """Cut every run at taps and devices into stretches of about a kilometre.

    The border of the town cuts too, and the last pole with an important user behind it.
    """
    result, critical = [], _toward_important(county)
    for run in county.runs:
        gone, start, depth = 0.0, 0, critical.get(id(run), 0)
        for k in range(len(run.poles) - 1):
            gone += run.span_m(k)
            end = run.poles[k + 1]
            last = k + 2 == len(run.poles)
            border = (not last and run.urban[k + 1] != run.urban[k]) or k + 1 == depth
            knot = end.taps or end.device in {"switch", "recloser", "tie"}
            if last or border or (knot and gone >= STRETCH_M):
                result.append(_stretch(run, start, k + 1, gone, start < depth))
                gone, start = 0.0, k + 1
    return result


def _toward_important(county: County) -> dict[int, int]:
    """Return for each run (by ``id``) how many of its spans, from its start, have an important user behind them."""
    result: dict[int, int] = {}
    for run in reversed(county.runs):  # a branch comes after the run that it leaves
        own = [k for k, pole in enumerate(run.poles) if pole.important]
        taps = {id(pole): k for k, pole in enumerate(run.poles)}
        own += [
            taps[id(branch.poles[0])]
            for branch in county.of(run.feeder)
            if branch is not run and id(branch) in result and id(branch.poles[0]) in taps
        ]
        if own:
            result[id(run)] = max(own)
    return result


def _stretch(run: Run, start: int, end: int, length: float, critical: bool) -> Stretch:
    cycle = CYCLE_DAYS["urban" if run.urban[start] else "rural"]
    if critical:  # an important user behind it: twice as often
        cycle //= 2
    poles = run.poles[start : end + 1]
    stops = sum(bool(pole.device) for pole in poles[1:])
    return Stretch(run.feeder, poles[0].no, poles[-1].no, length, stops, cycle)


def patrol_rows(stretches: list[Stretch], seed: object) -> tuple[list[dict[str, Any]], dict[Stretch, date]]:
    """Return a year of patrols in order of date, and the last one of each stretch that has any.

    Every stretch throws its own dice, so that turning a knob moves only what it should.
    """
    rows = [_patrol(date(2023, 11, 9), feeder, "", "", "vehicle") for feeder in WHOLE_FEEDERS]
    last = {}
    for stretch in stretches:
        dice = Dice(f"{stretch.feeder} {stretch.first} {stretch.last} {seed}")
        late, never, share = dice.chance(LATE_SHARE), dice.chance(NEVER_SHARE), dice.between(0, 1)
        if never and stretch.feeder not in WHOLE_FEEDERS:
            continue
        share = 1.02 + 0.43 * share if late else 0.985 * share
        day = TODAY - timedelta(days=1 + int(stretch.cycle_days * share))
        last[stretch] = _workday(day)
        while day >= FIRST_DAY:
            mode = dice.weighted(("foot", "drone", "vehicle", "ebike"), (60, 20, 14, 6))
            party = dice.weighted(("enterprise", "villager", "government"), (92, 5, 3))
            row = _patrol(_workday(day), stretch.feeder, stretch.first, stretch.last, mode)
            finds = dice.weighted((0, 1, 2, 3), (70, 20, 8, 2))
            rows.append(row | {"party": party, "finds": finds} | ({} if party == "enterprise" else {"mode": "foot"}))
            day -= timedelta(days=int(stretch.cycle_days * dice.between(0.8, 1.15)))
    rows.sort(key=lambda row: (row["date"], row["feeder_id"], row["first_pole"], row["last_pole"]))
    return rows, last


def _patrol(day: date, feeder: str, first: str, last: str, mode: str) -> dict[str, Any]:
    return {
        "date": day.isoformat(), "feeder_id": feeder, "first_pole": first, "last_pole": last, "mode": mode,
        "party": "enterprise", "finds": 0,
    }  # fmt: skip


def _workday(day: date) -> date:
    """Return the Friday before a weekend day."""
    return day - timedelta(days=max(0, day.isoweekday() - 5))


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
