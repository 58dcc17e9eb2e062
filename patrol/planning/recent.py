"""What each crew has worked lately: the weeks before a plan, against which its load is made even.

Of what the project keeps, only plans know hours. A row of patrols says who looked at what on which day and not how long
it took, and of many crews nothing; what comes back from the field says what became of a stop, its time now and then.
``patrol week`` however leaves a plan for every week in the folder ``plans``, with ways and service of each stop. So the
hours are those of published plans (a replan that was put in the place of one counts as such), less the stops of which
the field says that they were not done, with the way to them; a shift of which nothing was done has not been worked.
What nobody reported counts as planned. Of a day that several plans have the one that begins latest counts.

On a cold start there are no earlier plans, so nobody is behind or ahead, and each crew is free for its even share.
Plans made before this was kept do not say what crews offered by day; they count as if there were none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from patrol.errors import Finding, PlanError
from patrol.plan import TASK_STOPS, Plan, spent_s
from patrol.planning.frozen import Frozen
from patrol.planning.rolling import Earlier

Missed = Collection[tuple[str, str]]  # (shift_id, task_id) of stops that were not done
_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Recent:
    """Hours of crews before a plan.

    Attributes
    ----------
    first, last : str
        ISO days between which earlier plans were looked for, "" for none.
    days : int
        How many of these days some plan has.
    offered, worked : mapping of str to int
        Seconds by crew: what its shifts offered, and travel and service.
    """

    first: str = ""
    last: str = ""
    days: int = 0
    offered: Mapping[str, int] = field(default_factory=lambda: _NONE)
    worked: Mapping[str, int] = field(default_factory=lambda: _NONE)

    def even_s(self, crews: Iterable[str]) -> dict[str, float]:
        """Return what each of some crews would have worked had they shared their work evenly.

        That is the same part of the hours that it offered as any other's. Crews that offered nothing are left out; the
        sum over the others is what these worked.
        """
        known = sorted({crew for crew in crews if self.offered.get(crew, 0) > 0})
        offered = sum(self.offered[crew] for crew in known)
        worked = sum(self.worked.get(crew, 0) for crew in known)
        return {crew: worked * self.offered[crew] / offered for crew in known}

    def ahead_s(self, crews: Iterable[str]) -> dict[str, float]:
        """Return what each of some crews worked beyond its even share, negative for less; the sum is nothing."""
        return {crew: self.worked.get(crew, 0) - even for crew, even in self.even_s(crews).items()}

    def row(self) -> dict[str, Any]:
        """Return it as the plan holds it."""
        crews = sorted({*self.offered} | {*self.worked})
        return {
            "from": self.first,
            "to": self.last,
            "days": self.days,
            "crews": {
                crew: {"offered_s": self.offered.get(crew, 0), "worked_s": self.worked.get(crew, 0)} for crew in crews
            },
        }


def read_recent(row: Mapping[str, Any] | None) -> Recent:
    """Return what :meth:`Recent.row` wrote into a plan; nothing of a plan without it.

    Raises
    ------
    PlanError
        If it is malformed.
    """
    if row is None:
        return Recent()
    try:
        offered, worked = (
            {str(crew): _seconds(one[key]) for crew, one in row["crews"].items()} for key in ("offered_s", "worked_s")
        )
        return Recent(str(row["from"]), str(row["to"]), _seconds(row["days"]), offered, worked)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = f"settings.recent is malformed: {type(error).__name__}: {error}"
        mend = "plan again, or undo the edit"
        raise PlanError(Finding("error", "recent.malformed", "plan.json", what, mend)) from error


def _seconds(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def recent_hours(
    plans: Iterable[Earlier], *, first: date, weeks: int, missed: Mapping[date, Missed] = MappingProxyType({})
) -> Recent:
    """Return what crews offered and worked on the days before a plan that earlier plans have.

    Parameters
    ----------
    plans : iterable of Earlier
        Plans that begin on ``first`` or later are passed over.
    first : date
        First day of the plan to make.
    weeks : int
        How far back to look; 0 looks at nothing.
    missed : mapping
        Stops that were not done, by the first day of their plan.
    """
    begins = first - timedelta(days=7 * weeks)
    of_day: dict[date, Earlier] = {}
    for earlier in sorted(plans, key=lambda one: one.first):
        if earlier.first < first and "offered_s" in _load(earlier.plan) and "scenario" not in earlier.plan.document:
            own = (earlier.first + timedelta(days=k) for k in range(int(earlier.plan.document["days"])))
            of_day |= {day: earlier for day in own if begins <= day < first}
    offered, worked = Counter[str](), Counter[str]()
    for earlier in {id(one): one for one in of_day.values()}.values():
        mine = {day for day, one in of_day.items() if one is earlier}
        for crew, seconds in _load(earlier.plan)["offered_s"].items():
            offered[crew] += sum(
                int(value) for k, value in enumerate(seconds) if earlier.first + timedelta(days=k) in mine
            )
        for shift in earlier.plan.shifts:
            if date.fromisoformat(shift["date"]) in mine:
                worked[shift["crew_id"]] += worked_of(shift, missed.get(earlier.first, ()))
    if not of_day:
        return Recent()
    last = first - timedelta(days=1)
    return Recent(begins.isoformat(), last.isoformat(), len(of_day), dict(offered), dict(worked))


def _load(plan: Plan) -> dict[str, Any]:
    return dict(plan.figures.get("load", {}))


def worked_of(shift: Mapping[str, Any], missed: Missed) -> int:
    """Return travel and service of a shift of a plan without the stops that were not done, and the ways to these."""
    served = [stop for stop in shift["route"] if stop["kind"] in TASK_STOPS]
    out = [stop for stop in served if (shift["shift_id"], stop["task_id"]) in missed]
    if out and len(out) == len(served):
        return 0
    return max(0, int(shift["travel_s"]) + int(shift["service_s"]) - sum(spent_s(stop) for stop in out))


def with_past(recent: Recent, before: Plan, frozen: Mapping[str, Frozen], day: date) -> Recent:
    """Return the recent hours as the rest of a plan knows them: with what is worked of the plan so far.

    Of days that are over all hours count as offered; of the day itself those that are worked, for the rest of its hours
    is still to be planned.
    """
    crew_of = {entry["shift_id"]: (entry["crew_id"], entry["date"]) for entry in before.shifts}
    offered, worked = Counter(recent.offered), Counter(recent.worked)
    begins = date.fromisoformat(before.document["from"])
    gone = (day - begins).days
    by_day = _load(before).get("offered_s")
    for crew, seconds in (by_day or {}).items():
        offered[crew] += sum(int(value) for value in seconds[:gone])
    for name, one in sorted(frozen.items()):
        crew, on = crew_of[name]
        worked[crew] += one.work_s
        if by_day is None or on == day.isoformat():
            offered[crew] += one.work_s
    first, last = recent.first or begins.isoformat(), day.isoformat()
    return Recent(first, last, recent.days + gone + 1, dict(offered), dict(worked))
