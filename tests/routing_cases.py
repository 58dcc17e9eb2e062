"""Routing problems for tests: random ones with every rule mixed, and one made by hand."""

import dataclasses
import itertools

import numpy as np

from patrol.planning.tasks import MANDATORY_EMERGENCY
from patrol.routing.model import (
    Balance,
    Break,
    Dropped,
    Option,
    Problem,
    Profile,
    Series,
    Shift,
    Solution,
    Task,
    Tie,
    Window,
)  # fmt: skip
from patrol.routing.rules import goal, late_price
from patrol.routing.schedule import timed
from patrol.units import UNREACHABLE

PARTIES = ("enterprise", "government", "fire", "villager")
HOUR = 3600


def make_profile(rng, places, *, name="car", on_foot=False, kmh=30.0, holes=0.0):
    """Return a profile over points in metres, with oneway noise and some pairs nobody can travel."""
    metres = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    metres = np.ceil(metres * rng.uniform(1.0, 1.2, metres.shape)).astype(np.int64)
    travel = np.ceil(metres * 3.6 / kmh).astype(np.int64)
    if holes:
        gone = rng.random(metres.shape) < holes
        metres[gone], travel[gone] = UNREACHABLE, UNREACHABLE
    np.fill_diagonal(metres, 0)
    np.fill_diagonal(travel, 0)
    return Profile(name, on_foot, travel, metres, np.round(places * 10).astype(np.int64))


def make_options(rng, task, profiles, days, prize, daily):
    """Return two directions for each profile that may serve the task; entry and exit are locations 2t and 2t+1."""
    options = []
    for profile, name in enumerate(profiles):
        if name != "car" and rng.random() < 0.3:
            continue
        service = int(rng.integers(300, 2400))
        walk = int(rng.integers(50, 800)) if name == "foot" else 0
        worth = round(prize * rng.uniform(0.6, 1.0))
        prizes = tuple(round(worth * (1 - 0.1 * day * daily)) for day in range(days))
        ends = (2 * task, 2 * task + 1)
        for direction in (1, -1):
            options.append(Option(profile, *ends[::direction], service, walk, 400, direction, prizes))
    return tuple(options)


def make_windows(rng, days):
    """Return no window mostly, else one or two on some days."""
    if rng.random() < 0.6:
        return ()
    windows = []
    for day in range(days):
        if rng.random() < 0.7:
            first = int(rng.integers(8, 13)) * HOUR
            windows.append(Window(day, first, first + HOUR))
            if rng.random() < 0.4:
                windows.append(Window(day, first + 2 * HOUR, first + 3 * HOUR))
    return tuple(windows)


def make_shifts(rng, crews, days, n_tasks, n_profiles, hours):
    """Return one shift a crew and day; the last crews are volunteers who share their hours."""
    shifts = []
    for crew in range(crews):
        profile = int(rng.integers(n_profiles))
        party = PARTIES[crew % 4]
        opens = int(rng.integers(7, 10)) * HOUR
        length = int(hours * HOUR * rng.uniform(0.6, 1.2))
        pause = None
        if rng.random() < 0.6:
            earliest = opens + int(length * 0.3)
            pause = Break(earliest, earliest + int(length * 0.2), min(1800, length // 4))
        group = f"crew{crew}" if party == "villager" else ""
        prices = (int(rng.integers(0, 40)), int(rng.integers(0, 3000)))
        for day in range(days):
            shifts.append(
                Shift(
                    shift_id=f"{day}-{crew}",
                    crew_id=f"crew{crew}",
                    party=party,
                    day=day,
                    profile=profile,
                    start=2 * n_tasks + crew,
                    end=2 * n_tasks + crew,
                    opens=opens,
                    closes=opens + length,
                    max_work_s=int(length * rng.uniform(0.7, 1.0)),
                    max_distance_m=int(rng.integers(20, 90)) * 1000,
                    max_walk_m=int(rng.integers(2, 9)) * 1000,
                    pause=pause,
                    skills=("drone",) if rng.random() < 0.4 else (),
                    zones=(f"z{crew % 3}",) if rng.random() < 0.4 else (),
                    group=group,
                    group_max_s=int(length * days * 0.5) if group else 0,
                    price_s=prices[0],
                    price_m=prices[1],
                )
            )
    return tuple(sorted(shifts, key=lambda shift: (shift.day, shift.shift_id)))


def make_problem(seed, tasks=14, crews=4, days=2, *, hours=3.0, side_m=12_000.0, daily=1.0, holes=0.03):
    """Return a random problem in which windows, breaks, limits, skills, zones, groups and pins all bind somewhere."""
    rng = np.random.default_rng(seed)
    names = ("car", "foot", "car")
    middle = rng.uniform(0, side_m, (tasks, 1, 2))
    places = np.concatenate(
        [(middle + rng.uniform(-250, 250, (tasks, 2, 2))).reshape(-1, 2), rng.uniform(0, side_m, (crews, 2))]
    )
    profiles = tuple(
        make_profile(rng, places, name=f"{name}{k}", on_foot=name == "foot", kmh=(30.0, 4.0, 18.0)[k], holes=holes)
        for k, name in enumerate(names)
    )
    shifts = make_shifts(rng, crews, days, tasks, len(names), hours)
    served = []
    for task in range(tasks):
        prize = int(rng.lognormal(11, 1.2))
        bound = tuple(int(k) for k in np.flatnonzero(rng.random(len(shifts)) < 0.5)) if rng.random() < 0.15 else None
        served.append(
            Task(
                task_id=f"t{task}",
                options=make_options(rng, task, names, days, prize, daily),
                windows=make_windows(rng, days),
                mandatory=int(rng.choice([0, 0, 0, 1, 1, 5])),
                parties=tuple(rng.choice(PARTIES, 2, replace=False)) if rng.random() < 0.2 else (),
                skills=("drone",) if rng.random() < 0.15 else (),
                zone=f"z{rng.integers(3)}" if rng.random() < 0.7 else "",
                shifts=bound,
                pinned=bound is not None and bool(rng.random() < 0.3),
            )
        )
    return Problem(days, profiles, tuple(served), shifts)


LAGS = ((0, 0), (0, 900), (-600, 1200), (1800, 5400), (-7200, -900))


def mixed_windows(rng, task, days):
    """Return a task's windows with due times in the last of each day, so that to start later is never cheaper."""
    windows = task.windows
    if not windows and rng.random() < 0.5:
        windows = tuple(Window(day, 7 * HOUR, 18 * HOUR) for day in range(days))
    last = {window.day: window for window in windows}
    late = []
    for window in windows:
        if window is last[window.day] and rng.random() < 0.7:
            due = window.opens + int((window.closes - window.opens) * rng.uniform(0, 0.4))
            late.append(dataclasses.replace(window, due=due, late_price=int(rng.integers(0, 30))))
        else:
            late.append(window)
    return tuple(late)


def mixed_shifts(rng, shifts, days):
    """Give shifts loads, opening prices, zones, and crews that share their hours."""
    shared = {shift.crew_id: rng.uniform(0.05, 0.5) for shift in shifts if rng.random() < 0.4}
    zones = {shift.crew_id: (f"z{rng.integers(3)}",) if rng.random() < 0.7 else () for shift in shifts}
    return tuple(
        dataclasses.replace(
            shift,
            group=shift.crew_id if shift.crew_id in shared else "",
            group_max_s=int((shift.closes - shift.opens) * days * shared.get(shift.crew_id, 0)),
            zones=zones[shift.crew_id],
            price_s=shift.price_s // 4,
            price_open=int(rng.integers(0, 20_000)) if rng.random() < 0.5 else 0,
            max_load=int(rng.integers(2, 6)) if rng.random() < 0.5 else shift.max_load,
        )
        for shift in shifts
    )


def mixed_tasks(rng, problem, repeated, tied):
    """Give tasks loads, lateness, aid, and shifts they were kept for; those of series and ties are free to serve."""
    tasks = []
    for number, task in enumerate(problem.tasks):
        zone = f"z{rng.integers(3)}"
        aids = ("", "open") if number in tied else ("", "room", "room", "open")
        free = {"parties": (), "skills": (), "shifts": None, "pinned": False} if number in repeated | tied else {}
        if number in tied and rng.random() < 0.6:
            free["windows"] = ()
        mixed = dataclasses.replace(
            task,
            mandatory=0 if number in repeated else task.mandatory,
            zone=zone,
            aid=str(rng.choice(aids)),
            load=int(rng.integers(0, 3)),
            kept=int(rng.integers(len(problem.shifts))) if rng.random() < 0.5 else -1,
            change_price=int(rng.integers(0, 30_000)),
            **free,
        )
        if mixed.aid == "room" and number % 3 == 0:
            mixed = dataclasses.replace(mixed, aid_from=number % 2)  # open to all at once, or on the second day
        tasks.append(dataclasses.replace(mixed, windows=mixed_windows(rng, mixed, problem.days)))
    return tuple(tasks)


def preferring(rng, tasks, shifts):
    """Return tasks of which some had better be served by one of two crews."""
    crews = sorted({shift.crew_id for shift in shifts})
    out = []
    for task in tasks:
        mine = set(rng.choice(crews, min(len(crews), 2), replace=False)[: int(rng.integers(0, 3))])
        own = tuple(k for k, shift in enumerate(shifts) if shift.crew_id in mine)
        out.append(dataclasses.replace(task, preferred=own, other_price=int(rng.integers(0, 30_000))))
    return tuple(out)


def make_mixed(seed, tasks=7, crews=2, days=2, **shape):
    """Return a random small problem in which every rule of the model may bind: those of ``make_problem`` and all newer.

    Only the last window of a day has a due time: the earliest schedule is then the one with the least lateness.
    """
    shape = {"hours": 3.5, "side_m": 4000.0, "holes": 0.06, **shape}
    problem = make_problem(seed, tasks, crews, days, **shape)
    rng = np.random.default_rng([seed, 1])
    order = [int(task) for task in rng.permutation(tasks)]
    repeated = sorted(order[: int(rng.choice([0, 2, min(3, tasks - 2)]))]) if days > 1 else []
    most = min(3, crews, tasks - len(repeated))
    tied = order[len(repeated) :][: int(rng.choice([0, 2, most]))] if most >= 2 else []
    last = -int(rng.integers(1, 4))
    gap = int(rng.integers(1, 3))
    due = max(0, last + gap) + int(rng.choice([0, 0, 1]))
    series = Series(tuple(repeated), last, due, int(rng.integers(1, gap + 1)), gap, int(rng.integers(3)))
    ties = [Tie(a, b, *LAGS[rng.integers(len(LAGS))]) for a, b in itertools.pairwise(tied)]
    shifts = mixed_shifts(rng, problem.shifts, days)
    halves = rng.permutation(len(shifts)), int(rng.integers(0, len(shifts) + 1))
    parts = (halves[0][: halves[1]], halves[0][halves[1] :])
    return dataclasses.replace(
        problem,
        tasks=preferring(np.random.default_rng([seed, 2]), mixed_tasks(rng, problem, set(repeated), set(tied)), shifts),
        shifts=shifts,
        series=(series,) if repeated else (),
        ties=tuple(ties),
        balances=tuple(
            Balance(tuple(int(k) for k in part), int(rng.integers(0, 7200)), int(rng.integers(0, 20)))
            for part in parts
            if len(part) and rng.random() < 0.6
        ),
        max_late_price=int(rng.choice([0, 0, 10, 40])),
        aid_permille=int(rng.choice([0, 200, 700])),
    )


def as_solution(problem, draft, codes="outranked", rests=None):
    """Return (shift, sequence) pairs as a timed solution, everything else dropped."""
    routes = timed(problem, draft, rests)
    assert routes is not None, "a sequence of this test does not fit its shift"
    done = {task for _, sequence in draft for task, _ in sequence}
    dropped = tuple(Dropped(task, codes) for task in range(len(problem.tasks)) if task not in done)
    _, weight, value = goal(problem, draft, late_price(problem, routes))
    return Solution("test", 1, 0, "exhausted", routes, dropped, weight, value)


LINE = np.arange(10)


def line_profile(name, *, seconds, on_foot=False):
    """Return ten places one kilometre apart on a line."""
    away = np.abs(LINE[:, None] - LINE[None, :]).astype(np.int64)
    return Profile(name, on_foot, away * seconds, away * 1000, np.stack([LINE, LINE], axis=1).astype(np.int64))


def line_task(name, entry, leave, *, profile=0, prize=100_000, days=2, **rules):
    """Return a task of half an hour with both directions, or one way if it is a point."""
    ways = [(entry, leave, 1), (leave, entry, -1)] if entry != leave else [(entry, entry, 0)]
    options = tuple(Option(profile, a, b, 1800, 300, 500, way, (prize,) * days) for a, b, way in ways)
    return Task(name, options, **rules)


LINE_SHIFT = Shift(
    shift_id="car-0", crew_id="car", party="enterprise", day=0, profile=0, start=0, end=0, opens=28_800, closes=43_200,
    max_work_s=12_000, max_distance_m=12_000, max_walk_m=1_000, pause=Break(32_100, 32_100, 900), skills=("drone",),
    zones=("north",), group="car", group_max_s=20_000, price_s=2, price_m=30,
)  # fmt: skip


def places_on_a_line(places, emergencies, crews=(0,), *, windows=None, pinned=None, closes=4 * 3600, days=1):
    """Return tasks on a line, 60 s a step, and crews that start at steps of it at second 0."""
    everything = [*places, *crews]
    gap = np.abs(np.subtract.outer(everything, everything)).astype(np.int64)
    profile = Profile("foot", True, gap * 60, gap * 100, np.zeros((len(everything), 2), np.int64))
    tasks = tuple(
        Task(
            f"T{k}",
            (Option(0, k, k, 600, 0, 0, 0, (1_000_000,) * days),),
            windows=(windows or {}).get(k, ()),
            mandatory=MANDATORY_EMERGENCY if k in emergencies else 0,
            shifts=(pinned[k],) if pinned and k in pinned else None,
            pinned=bool(pinned and k in pinned),
        )
        for k in range(len(places))
    )
    shifts = tuple(
        Shift(f"{day}/C{k}", f"C{k}", "enterprise", day, 0, len(places) + k, len(places) + k, 0, closes, closes,
              10**6, 10**6)
        for day in range(days)
        for k in range(len(crews))
    )  # fmt: skip
    return Problem(days, (profile,), tasks, shifts)


def line_case():
    """Return a problem on a line and a sound solution: a break on the way, two days, two profiles, a task dropped.

    ``car-0`` serves t0 (2 to 3) and t1 (4 to 5) and rests halfway between; ``car-1`` serves t2 on day 1 in its
    second window; ``foot-0`` serves t3; t4 is dropped.
    """
    windows = (Window(1, 29_000, 29_500), Window(1, 36_000, 36_600))
    tasks = (
        line_task("t0", 2, 3, parties=("enterprise", "fire"), skills=("drone",), zone="north", shifts=(0, 1)),
        line_task("t1", 4, 5, mandatory=3),
        line_task("t2", 7, 7, windows=windows, mandatory=1),
        line_task("t3", 1, 1, profile=1),
        line_task("t4", 9, 9),
    )
    tomorrow = dataclasses.replace(LINE_SHIFT, shift_id="car-1", day=1, pause=None, max_distance_m=20_000)
    walker = dataclasses.replace(
        LINE_SHIFT, shift_id="foot-0", profile=1, pause=None, group="", group_max_s=0, max_walk_m=3_000, price_m=0
    )
    profiles = (line_profile("car", seconds=600), line_profile("foot", seconds=900, on_foot=True))
    problem = Problem(2, profiles, tasks, (LINE_SHIFT, tomorrow, walker))
    return problem, as_solution(problem, ((0, ((0, 0), (1, 0))), (1, ((2, 0),)), (2, ((3, 0),))))
