"""Two substations and eight feeders of 10 kV: trunks laid by hand, branches grown, poles numbered.

A pole's number is unique on its feeder: ``012`` on the trunk, ``012B03`` third on the first branch from
pole 012, ``012B03B02`` on a branch of that.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

from shapely import LineString

from sample.frame import UV, Dice, between, metres
from sample.places import TOWNS, Place

SUBSTATIONS = {
    "SS-CG": ("Chengguan substation", "城关变电站", (12.1, 6.7)),
    "SS-TZ": ("Touzha substation", "头闸变电站", (12.1, 13.4)),
}
TOWN_CENTRE, TOWN_RADIUS = (12.1, 7.8), 2.3  # grid units
SPAN_M = {"overhead": 59.5, "urban": 50.0, "cable": 85.0}
CLEAR = 0.18  # grid units that a branch keeps from every other line
BRANCH_EVERY_KM = {"urban": 0.55, "rural": 2.6}  # the knob for the length of the whole network
BRANCH_SHARE = 0.93
SUB_BRANCH_SHARE = 0.35


@dataclass(frozen=True)
class Trunk:
    """A feeder as laid out by hand: corners from the breaker on, how far its branches reach, first metres of cable."""

    feeder: str
    name: str
    name_zh: str
    substation: str
    corners: list[UV]
    west_east: tuple[float, float]
    cable_km: float = 0.1
    arm: tuple[UV, ...] = ()


TRUNKS = [
    Trunk("F611", "611 Chengguan Line", "611城关线", "SS-CG", [(12.1, 6.67), (12.1, 3.62), (23.2, 3.62)],
          (0.9, 5.6), 0.25),
    Trunk("F612", "612 Huangquqiao Line", "612黄渠桥线", "SS-CG",
          [(12.13, 6.7), (12.75, 6.7), (12.75, 7.53), (23.0, 7.53)], (5.7, 8.9), 0.6),
    Trunk("F613", "613 Yaofu Line", "613姚伏线", "SS-CG", [(12.07, 6.7), (11.6, 6.7), (11.6, 5.83), (1.6, 5.83)],
          (0.9, 7.8), 0.25),
    Trunk("F614", "614 Tongfu Line", "614通伏线", "SS-CG", [(12.1, 6.73), (12.1, 9.88), (1.6, 9.88)], (8.0, 12.0), 1.5),
    Trunk("F621", "621 Baofeng Line", "621宝丰线", "SS-TZ", [(12.1, 13.37), (12.1, 10.12), (23.2, 10.12)], (9.0, 12.1)),
    Trunk("F622", "622 Lingsha Line", "622灵沙线", "SS-TZ",
          [(12.13, 13.4), (12.7, 13.4), (12.7, 14.03), (23.4, 14.03)], (12.2, 17.0)),
    Trunk("F623", "623 Touzha Line", "623头闸线", "SS-TZ",
          [(12.07, 13.4), (11.5, 13.4), (11.5, 14.12), (1.6, 14.12)], (12.0, 17.0)),
    Trunk("F624", "624 Taole Line", "624陶乐线", "SS-TZ", [(12.1, 13.43), (12.1, 20.12), (22.1, 20.12)],
          (19.0, 21.8), 0.1, ((12.1, 20.12), (2.6, 20.12))),
]  # fmt: skip
# feeder, feeder, u of the tie, v where the two meet
TIES = [
    ("F611", "F612", 21.0, 5.5),
    ("F612", "F621", 18.2, 8.9),
    ("F621", "F622", 20.4, 12.1),
    ("F613", "F614", 3.6, 7.9),
    ("F614", "F623", 6.1, 12.0),
    ("F622", "F624", 22.05, 17.3),
]


@dataclass
class Pole:
    """A numbered pole, gantry or cable well."""

    feeder: str
    no: str
    branch: str
    parent: str
    at: UV
    kind: str
    taps: int = 0
    device: str = ""
    important: bool = False


@dataclass
class Run:
    """Poles in a row, away from the source: a trunk, or a branch with the pole it leaves from first."""

    feeder: str
    code: str
    poles: list[Pole]
    level: int
    cable: list[bool] = field(default_factory=list)  # of the span after each pole
    urban: list[bool] = field(default_factory=list)

    @property
    def line(self) -> LineString:
        """Return the run in the county's plane."""
        return LineString([pole.at for pole in self.poles])

    def span_m(self, k: int) -> float:
        """Return metres of the span after pole k."""
        return metres([self.poles[k].at, self.poles[k + 1].at])

    @property
    def length_m(self) -> float:
        """Return metres of the run."""
        return sum(self.span_m(k) for k in range(len(self.poles) - 1))


def is_urban(at: UV) -> bool:
    """Return whether a place belongs to the county town."""
    return math.dist(at, TOWN_CENTRE) < TOWN_RADIUS


def lay(feeder: str, code: str, corners: list[UV], first: Pole | None, level: int, cable_km: float = 0.0) -> Run:
    """Return a run of poles through the corners, numbered from the first; a trunk begins at its breaker's gantry."""
    start = first or Pole(feeder, "000", "", "", corners[0], "gantry")
    run = Run(feeder, code, [start], level)
    gone = 0.0
    for a, b in itertools.pairwise(corners):
        length = metres([a, b])
        done = 0
        while done < length - 1:
            cable = gone < cable_km * 1000 - 1
            urban = is_urban(between(a, b, done / length))
            step = SPAN_M["cable" if cable else "urban" if urban else "overhead"]
            left = length - done
            step = left / max(1, round(left / step))
            done += step
            gone += step
            number = len(run.poles)
            no = f"{code}{number:02d}" if code else f"{number:03d}"
            kind = "cable well" if cable else "concrete 15 m" if not code else "concrete 12 m"
            run.poles.append(Pole(feeder, no, code, run.poles[-1].no, between(a, b, min(1.0, done / length)), kind))
            run.cable.append(cable)
            run.urban.append(urban)
        run.poles[-1].at = b
    return run


def branch_code(tap: Pole) -> str:
    """Return the code of the next branch from a pole: ``012B``, then ``012C``."""
    tap.taps += 1
    return tap.no + "ABCDEFGH"[tap.taps]


class County:
    """The lines while they grow; branches that would come near another line are not built."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.runs: list[Run] = []
        self.ties: list[tuple[str, str, Pole]] = []

    def clear(self, corners: list[UV], apart: float) -> bool:
        """Return whether a branch past its first ``apart`` keeps its distance from every line."""
        line = LineString(corners)
        if line.length <= apart * 1.2:
            return False
        start = line.interpolate(apart * 1.05)
        tail = LineString([(start.x, start.y), *_after(line, apart * 1.05)])
        return all(tail.distance(run.line) >= apart for run in self.runs)

    def add(self, tap: Pole, corners: list[UV], level: int, cable_km: float = 0.0) -> Run:
        """Build a branch."""
        run = lay(tap.feeder, branch_code(tap), corners, tap, level, cable_km)
        self.runs.append(run)
        return run

    def of(self, feeder: str) -> list[Run]:
        """Return the runs of a feeder."""
        return [run for run in self.runs if run.feeder == feeder]


def _after(line: LineString, distance: float) -> list[UV]:
    """Return the corners of a line beyond a distance."""
    places, gone = list(line.coords), 0.0
    result = []
    for a, b in itertools.pairwise(places):
        gone += math.dist(a, b)
        if gone > distance:
            result.append(b)
    return result


def grow(dice: Dice, villages: list[Place]) -> County:
    """Return the whole network: trunks, ties, a branch to every town and village, then branches and twigs by chance."""
    county = County(dice)
    for trunk in TRUNKS:
        county.runs.append(lay(trunk.feeder, "", trunk.corners, None, 0, trunk.cable_km))
    for trunk in TRUNKS:
        if trunk.arm:
            county.add(_nearest(county.of(trunk.feeder), trunk.arm[0]), list(trunk.arm), 0)
    _tie(county)
    for place in [*TOWNS[1:], *villages]:
        _reach(county, place)
    for trunk in TRUNKS:
        for run in [run for run in county.of(trunk.feeder) if run.level == 0]:
            _branches(county, run, trunk.west_east)
    for run in [run for run in county.runs if run.level == 1]:
        _twigs(county, run)
    return county


def _nearest(runs: list[Run], at: UV) -> Pole:
    poles = [pole for run in runs for pole in run.poles[1:] if pole.kind != "cable well"]
    return min(poles, key=lambda pole: math.dist(pole.at, at))


def _tie(county: County) -> None:
    """Build the ends of two feeders that meet at one pole: it bears a number of each, and the open tie."""
    for one, other, u, v in TIES:
        taps = [_nearest([run for run in county.of(name) if run.level == 0], (u, v)) for name in (one, other)]
        first = county.add(taps[0], [taps[0].at, (taps[0].at[0], v)], 1)
        meeting = first.poles[-1]
        county.add(taps[1], [taps[1].at, meeting.at], 1).poles[-1].device = "tie"
        county.ties.append((one, other, meeting))


def _reach(county: County, place: Place) -> None:
    """Build a branch to a place that no line passes: along the fields, then along the canal."""
    if min(run.line.distance(LineString([place.at, place.at])) for run in county.runs) < 0.2:
        return
    poles = [pole for run in county.runs if run.level == 0 for pole in run.poles[2:] if pole.kind != "cable well"]
    poles.sort(key=lambda pole: math.dist(pole.at, place.at))
    for pole in poles[:60]:
        for corner in ((pole.at[0], place.at[1]), (place.at[0], pole.at[1])):
            corners = [pole.at, corner, place.at]
            corners = [a for k, a in enumerate(corners) if k == 0 or math.dist(a, corners[k - 1]) > 0.05]
            if pole.taps == 0 and len(corners) > 1 and county.clear(corners, CLEAR):
                county.add(pole, corners, 1)
                return


def _branches(county: County, run: Run, west_east: tuple[float, float]) -> None:
    """Build branches across a trunk, now to one side and now to the other."""
    dice, gone, side = county.dice, 0.0, county.dice.pick([-1, 1])
    wait = 0.4
    for k in range(1, len(run.poles) - 1):
        gone += run.span_m(k - 1) / 1000
        pole, ahead = run.poles[k], run.poles[k + 1].at
        if gone < wait or pole.kind == "cable well" or pole.taps:
            continue
        urban = is_urban(pole.at)
        wait = gone + BRANCH_EVERY_KM["urban" if urban else "rural"] * dice.between(0.7, 1.3)
        side = -side
        if not dice.chance(BRANCH_SHARE):
            continue
        north_south = abs(ahead[0] - pole.at[0]) > abs(ahead[1] - pole.at[1])
        room = (west_east[1] - pole.at[1] if side > 0 else pole.at[1] - west_east[0]) if north_south else 0.9
        length = dice.between(0.25, 0.5) if urban else min(max(0.4, room), dice.between(0.5, 1.5))
        step = (0.0, side * length) if north_south else (side * length, 0.0)
        _try_branch(county, pole, step)


def _try_branch(county: County, pole: Pole, step: UV) -> None:
    """Build the branch, or the longest half or quarter of it that has room."""
    for share in (1.0, 0.7, 0.45):
        end = (pole.at[0] + step[0] * share, pole.at[1] + step[1] * share)
        if county.clear([pole.at, end], CLEAR):
            county.add(pole, [pole.at, end], 1)
            return


def _twigs(county: County, run: Run) -> None:
    """Build short lines off a branch, along the canals."""
    dice, tied = county.dice, {pole.at for *_, pole in county.ties}
    if run.poles[-1].at in tied or run.length_m < 500 or not dice.chance(SUB_BRANCH_SHARE):
        return
    pole = run.poles[max(2, int(len(run.poles) * dice.between(0.45, 0.9)))]
    if pole.taps:
        return
    ahead = run.poles[1].at
    across = abs(ahead[1] - run.poles[0].at[1]) > abs(ahead[0] - run.poles[0].at[0])
    for side in dice.shuffled([-1, 1]):
        length = side * dice.between(0.25, 0.6)
        corner = (pole.at[0] + length, pole.at[1]) if across else (pole.at[0], pole.at[1] + length)
        if county.clear([pole.at, corner], CLEAR):
            county.add(pole, [pole.at, corner], 2)
            return
