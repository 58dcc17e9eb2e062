"""Which single rules might be relaxed for a task, most natural first, and what always helps: a crew just for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from patrol.routing.model import Option, Problem, Shift, Task
from patrol.routing.relax import Relaxation
from patrol.routing.rules import Draft, options_of, party_fits, route_work, shift_listed, skills_fit, zone_fits
from patrol.routing.schedule import timed
from patrol.routing.standing import Standing
from patrol.routing.unfit import always
from patrol.units import DAY_S, UNREACHABLE

MOST_SHIFTS = 12  # that a rule is relaxed for in turn
MOST_CREWS = 6  # crews more that are tried, by day and hour
ROOM_S, ROOM_M, ROOM_LOAD = DAY_S // 2, 200_000, 1_000  # tried first; only what the plan found needs is then named
USUAL_S = 1800  # of work, where a task has no option that says how long it takes
MORNING = 28_800


def singles(problem: Problem, draft: Draft, task: int, code: str) -> Iterator[Relaxation]:
    """Yield single relaxations that may bring a task in which a code keeps out.

    Of a code about other tasks (partners, the occurrence before) ``task`` is that other one.
    """
    if code in {"series_before", "no_partner"}:
        yield from singles(problem, draft, task, always(problem, task, range(len(problem.shifts)))[0] or "outranked")
        return
    if code == "series_too_soon":
        yield from _gaps(problem, task)
    elif code == "not_together":
        yield Relaxation("untie", task=task)
    else:
        yield from _of_shifts(problem, task, code)
    if problem.tasks[task].options:
        yield from crews(problem, task)


def _gaps(problem: Problem, task: int) -> Iterator[Relaxation]:
    for series in problem.series:
        if task in series.tasks:
            yield from (Relaxation("gap", task=task, days=days) for days in range(series.min_gap - 1, 0, -1))
    yield Relaxation("free", task=task)


def _of_shifts(problem: Problem, number: int, code: str) -> Iterator[Relaxation]:
    task = problem.tasks[number]
    if code == "no_zone":
        yield Relaxation("zone", task=number)
        return
    done: set[str] = set()
    for k, crew in enumerate(problem.shifts):
        if len(done) >= MOST_SHIFTS:
            return
        one = _for_shift(problem, number, k, code) if _else_fits(task, k, crew, code) else None
        name = crew.party if code == "no_party" else crew.crew_id if code == "no_skill" else crew.shift_id
        if one is not None and name not in done:
            done.add(name)
            yield one


def _else_fits(task: Task, k: int, crew: Shift, code: str) -> bool:
    """Return whether a shift may serve a task but for the rule that a code names."""
    return (
        (code in {"no_option", "unreachable"} or bool(options_of(task, crew.profile)))
        and (code == "no_party" or party_fits(task, crew))
        and (code == "no_skill" or skills_fit(task, crew))
        and zone_fits(task, crew)
        and (code == "not_allowed" or shift_listed(task, k))
    )


def _for_shift(problem: Problem, number: int, k: int, code: str) -> Relaxation | None:
    task, crew = problem.tasks[number], problem.shifts[k]
    if code == "no_party":
        return Relaxation("party", task=number, shift=k, party=crew.party)
    if code == "no_skill":
        return Relaxation("skill", shift=k, names=tuple(name for name in task.skills if name not in crew.skills))
    if code == "not_allowed":
        return Relaxation("listed", task=number, shift=k)
    if code in {"no_window", "no_window_day"}:
        return Relaxation("window", task=number, day=crew.day, opens=crew.opens, closes=crew.closes)
    if code in {"no_option", "unreachable"}:
        own = [option for option in task.options if option.profile == crew.profile] or list(task.options)
        return Relaxation("way", task=number, shift=k, seconds=min((o.service_s for o in own), default=USUAL_S))
    if task.windows and all(window.day != crew.day for window in task.windows):
        return None
    return Relaxation("limits", shift=k, seconds=ROOM_S, metres=ROOM_M, walk_m=ROOM_M, load=ROOM_LOAD)


def crews(problem: Problem, number: int) -> Iterator[Relaxation]:
    """Yield a crew more just for one task, on the days and hours on which it is worth most."""
    task = problem.tasks[number]
    hours = [(w.day, w.opens, w.closes) for w in task.windows] or [
        (day, MORNING, DAY_S) for day in sorted({shift.day for shift in problem.shifts} or range(problem.days))
    ]
    made = [_crew(problem, number, option, *one) for option in _first_of_profiles(task) for one in hours]
    worth = [max(option.prizes[day] for option in task.options) for _ in _first_of_profiles(task) for day, *_ in hours]
    order = sorted(range(len(made)), key=lambda k: (made[k].shift < 0, -worth[k], k))
    yield from (made[k] for k in order[:MOST_CREWS])


def _first_of_profiles(task: Task) -> list[Option]:
    return list({option.profile: option for option in reversed(task.options)}.values())


def _crew(problem: Problem, number: int, option: Option, day: int, opens: int, closes: int) -> Relaxation:
    """Return a crew like one there is: its base if it gets there in time, else the place of the task."""
    task, profile = problem.tasks[number], problem.profiles[option.profile]
    like = [k for k, s in enumerate(problem.shifts) if s.profile == option.profile]
    like.sort(key=lambda k: (not party_fits(task, problem.shifts[k]), problem.shifts[k].day != day, k))
    base = problem.shifts[like[0]] if like else None
    start, end, to, back = option.entry, option.exit, 0, 0
    if base is not None:
        legs = ((base.start, option.entry), (option.exit, base.end))
        far = max(int(max(profile.travel_s[leg], profile.distance_m[leg])) for leg in legs)
        if far < UNREACHABLE and int(profile.travel_s[legs[0]]) <= closes:
            start, end = base.start, base.end
            to, back = int(profile.travel_s[legs[0]]), int(profile.travel_s[legs[1]])
    party = base.party if base is not None and party_fits(task, base) else next(iter(task.parties), "")
    return Relaxation(
        "crew", task=number, shift=like[0] if like else -1, tasks=(number,), names=task.skills, party=party,
        profile=option.profile, start=start, end=end, day=day, opens=max(0, opens - to),
        closes=max(opens, to) + option.service_s + back,
    )  # fmt: skip


def fallbacks(problem: Problem, number: int) -> Iterator[tuple[Relaxation, ...]]:
    """Yield several rules relaxed at once: free of its ties or series, with a way where there is none, and a crew."""
    task = problem.tasks[number]
    first: tuple[Relaxation, ...] = ()
    if any(number in (tie.first, tie.second) for tie in problem.ties):
        first = (Relaxation("untie", task=number),)
    if any(number in series.tasks for series in problem.series):
        first = (Relaxation("free", task=number),)
    if first:
        yield first
    if task.options:
        yield from ((*first, crew) for crew in crews(problem, number))
        return
    for k, shift in list(enumerate(problem.shifts))[:MOST_SHIFTS]:
        way = Relaxation("way", task=number, shift=k, seconds=USUAL_S)
        prizes = (0,) * problem.days
        option = Option(shift.profile, shift.start, shift.end, USUAL_S, 0, 0, 0, prizes)
        reached = replace(task, options=(option,))
        tasks = (*problem.tasks[:number], reached, *problem.tasks[number + 1 :])
        yield from ((*first, way, crew) for crew in crews(replace(problem, tasks=tasks), number))


def narrowed(one: Relaxation, plan: Standing, task: int) -> Relaxation:
    """Return a relaxation with no more than the plan found by it needs."""
    if one.kind == "window":
        routes = timed(plan.problem, plan.draft, plan.rests) or ()
        starts = [stop.start for route in routes for stop in route.stops if stop.task == task and stop.kind == "task"]
        return replace(one, opens=starts[0], closes=starts[0]) if starts else one
    return _used(one, plan) if one.kind == "limits" else one


def _used(one: Relaxation, plan: Standing) -> Relaxation:
    """Return limits widened by what the route of the shift uses beyond those there were."""
    problem, wide = plan.problem, plan.problem.shifts[one.shift]
    sequence = dict(plan.draft).get(one.shift, ())
    routes = timed(problem, plan.draft, plan.rests) or ()
    finish = max((route.finish for route in routes if route.shift == one.shift), default=wide.opens)
    options = [problem.tasks[task].options[way] for task, way in sequence]
    profile = problem.profiles[wide.profile]
    places = [wide.start, *(place for option in options for place in (option.entry, option.exit)), wide.end]
    legs = sum(int(profile.distance_m[a, b]) for a, b in zip(places[::2], places[1::2], strict=True)) if options else 0
    driven = sum(option.distance_m for option in options) + (0 if profile.on_foot else legs)
    walked = sum(option.walk_m for option in options) + (legs if profile.on_foot else 0)
    work = route_work(problem, one.shift, sequence)
    shared = sum(route_work(problem, k, stops) for k, stops in plan.draft if problem.shifts[k].group == wide.group)
    over = (finish - wide.closes, work - wide.max_work_s, shared - wide.group_max_s if wide.group else -one.seconds)
    return replace(
        one,
        seconds=max(0, one.seconds + max(over)),
        metres=max(0, one.metres + driven - wide.max_distance_m),
        walk_m=max(0, one.walk_m + walked - wide.max_walk_m),
        load=max(0, one.load + sum(problem.tasks[task].load for task, _ in sequence) - wide.max_load),
    )
